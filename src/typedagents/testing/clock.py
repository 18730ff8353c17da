"""A clock that nobody waits for."""

from __future__ import annotations

from anyio.lowlevel import checkpoint
from attrs import define, field


@define(eq=False)
class VirtualClock:
    """A ``Clock`` whose sleep takes no time and moves it on: ``retry(model, clock=VirtualClock())``.

    ``slept`` holds the waits in order. For one conversation at a time: what others do meanwhile takes no time at all.
    """

    seconds: float = 0.0
    began: float = 1_800_000_000.0
    slept: list[float] = field(factory=list, init=False)

    def now(self) -> float:
        return self.seconds

    def date(self) -> float:
        return self.began + self.seconds

    async def sleep(self, seconds: float, /) -> None:
        await checkpoint()
        self.slept.append(seconds)
        self.seconds += seconds
