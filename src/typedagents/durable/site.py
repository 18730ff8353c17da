"""What a worker works with: the teams it knows, the world that performs, the store that all workers share."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from importlib import import_module
from types import MappingProxyType
from typing import Never, NoReturn, Protocol

from attrs import field, frozen
from attrs.validators import gt, optional

from typedagents.core.effect import AnyEffect, Outcome
from typedagents.core.errors import ConfigError, Parked
from typedagents.core.handler import Handler
from typedagents.core.human import AskHuman
from typedagents.core.registry import Teams
from typedagents.core.tool import Approve
from typedagents.interpreter.driver import Start
from typedagents.interpreter.requirements import check_performs
from typedagents.interpreter.world import World
from typedagents.trace.effects import Shelf
from typedagents.trace.outcomes import read_outcome, written_outcome

PARKED = "null"


def outcome_of(effect: AnyEffect, kept: str) -> Outcome | None:
    """What ``Site.perform`` said; None where a human has to be asked."""
    return None if kept == PARKED else read_outcome(effect, kept.encode())


def teams_in(module: str, attribute: str) -> Teams[AnyEffect]:
    """The teams of this name in this module, which is imported: anew in a sandbox."""
    found: object = getattr(import_module(module), attribute, None)
    if not isinstance(found, Teams):
        raise ConfigError(f"{module} has no Teams named {attribute!r}; write: {attribute} = teams(...)")
    return found


class SharedStore(Protocol):
    """Keeps the lines of runs, for all workers."""

    def extend(self, run: str, at: int, lines: Sequence[bytes], /) -> int:
        """Keep these lines, of which the first is number ``at``; how many were not kept already: those are left alone."""
        ...

    def read(self, run: str, /) -> Sequence[bytes]: ...
    def shelf(self, run: str, /) -> Shelf: ...
    def opened(self) -> AbstractContextManager[None]:
        """Whatever it takes to be used for a while."""
        ...

    def keep(self, data: bytes, /) -> str:
        """Keep this under its digest, which is returned."""
        ...

    def kept(self, digest: str, /) -> bytes: ...


@frozen
class Pace:
    """How fast a model may be asked, by all workers together: so many calls a second, so many at once on each worker."""

    per_second: float | None = field(default=None, validator=optional(gt(0)))
    at_once: int | None = field(default=None, validator=optional(gt(0)))


NO_PACES: Mapping[str, Pace] = MappingProxyType({})


@frozen
class Site:
    """``paces`` by the names of models, as ``CallModel`` gives them. Humans are asked by the engine, whatever ``world`` says.

    ``ConfigError`` where a team may ask for what nobody performs.
    """

    teams: Teams[AnyEffect]
    world: World[Never]
    store: SharedStore
    paces: Mapping[str, Pace] = NO_PACES

    def __attrs_post_init__(self) -> None:
        if not self.teams.known:
            raise ConfigError("a worker needs teams; name some, as in teams(support, review)")
        known: Handler[Never] = self.world.handler
        if known.answer_to(AskHuman) is None:
            known = known | AskHuman.by(_waits)
        if known.answer_to(Approve) is None:
            known = known | Approve.by(_waits)
        for team in self.teams.known:
            check_performs(team, known)

    @property
    def asks(self) -> tuple[type[AnyEffect], ...]:
        """What the engine asks humans for. An ``Approve`` that the world answers, by a rule say, is not among it."""
        return (AskHuman, Approve) if self.world.handler.answer_to(Approve) is None else (AskHuman,)

    async def perform(self, start: Start[AnyEffect], run: str, *, in_thread: bool = False) -> str:
        """What becomes of this effect, as JSON; ``PARKED`` where a human has to be asked."""
        try:
            return written_outcome(await self.world.perform(start, run=run, in_thread=in_thread)).decode()
        except Parked:
            return PARKED

    def shelve(self, page: bytes) -> str:
        """Keep a page of a conversation's logs, packed; its hash."""
        return self.store.keep(zlib.compress(page))

    def shelved(self, digest: str) -> bytes:
        """The page that was shelved."""
        return zlib.decompress(self.store.kept(digest))


def _waits(effect: AskHuman | Approve) -> NoReturn:
    raise Parked(f"{effect.kind} is answered through the engine")
