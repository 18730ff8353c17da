"""What happens around a call, told to watchers through ``call.emit``: nothing of it is part of the answer."""

from __future__ import annotations

from typing import Literal

from attrs import frozen

from typedagents.interpreter.ports import Headers

from .loose import header


class Notice:
    """Base of all of them: whoever asks whether an answer has begun to show leaves these out."""

    __slots__ = ()


@frozen
class Retrying(Notice):
    """Attempt ``attempt`` failed so; the next one starts in ``wait_s`` seconds."""

    attempt: int
    wait_s: float
    kind: str
    text: str

    @property
    def words(self) -> str:
        return f"attempt {self.attempt} failed ({self.kind}); again in {self.wait_s:g} s"


@frozen
class FellBack(Notice):
    """Provider number ``place`` (from 1) failed so; the next one is asked."""

    place: int
    kind: str
    text: str

    @property
    def words(self) -> str:
        return f"provider {self.place} failed ({self.kind}); the next one is asked"


@frozen
class UsedUp(Notice):
    """The service says that one of its limits is used up, and in these words when it is renewed."""

    resets: tuple[str, ...]


@frozen
class CacheTrouble(Notice):
    """The store of a cache could not be read or written, and why; the answer is not touched by that."""

    done: Literal["read", "written"]
    text: str

    @property
    def words(self) -> str:
        return f"the store of answers could not be {self.done} ({self.text})"


def used_up(headers: Headers) -> UsedUp | None:
    """What an answer says of limits of which nothing remains; None where all have something left, or no end."""
    spent = [name.lower() for name, value in headers if value.strip() == "0" and "ratelimit" in name.lower()]
    resets = (header(headers, name.replace("remaining", "reset")) for name in spent if "remaining" in name)
    found = tuple(reset for reset in resets if reset)
    return UsedUp(found) if found else None
