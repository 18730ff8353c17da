"""``map_conversations`` over an engine: whoever maps only submits and waits, and the workers hold the conversations."""

from __future__ import annotations

from typing import Protocol

from attrs import frozen

from typedagents.core.effect import AnyEffect
from typedagents.core.team import Team
from typedagents.interpreter.many import Held, Holder
from typedagents.interpreter.world import Opening

from .orders import Order, Report, ordered


class Submits(Protocol):
    """A client of an engine: ``DbosClient``, ``TemporalClient``."""

    async def submit(self, order: Order) -> None: ...
    async def result(self, run: str) -> Report: ...


@frozen
class _OnEngine:
    """See ``on_engine``."""

    client: Submits
    team: Team[AnyEffect]
    name: str

    async def __call__(self, item: str, said: Opening, /) -> Held:
        run = f"{self.name}-{item}"
        await self.client.submit(ordered(self.team, said, run=run))
        report = await self.client.result(run)
        return Held(item, run, report.why, report.summary)


def on_engine(client: Submits, team: Team[AnyEffect], name: str) -> Holder:
    """Has conversations of ``team`` held by an engine's workers, each a run ``name-item``; one submitted before is waited for.

    Those that ask humans are waited for until they are answered. What each cost stands in the workers' store.
    """
    return _OnEngine(client, team, name)
