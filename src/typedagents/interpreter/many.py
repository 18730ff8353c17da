"""Many conversations: so many at once, each with an outcome of its own, none of them held again after a crash.

Who holds them is a ``Holder``: ``in_world`` holds them in this process, and ``typedagents.durable.mapping`` has an engine hold them. What
each came to is written to a file of JSON lines as soon as it is known; whoever calls again with the same file goes on with
what is missing there, and a world that keeps traces goes on within conversations that were under way.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path as FilePath
from typing import Generic, Protocol

import anyio
from attrs import define, evolve, frozen
from msgspec import DecodeError, Raw, Struct, ValidationError
from msgspec.json import Decoder, decode

from typedagents.core.ambient import Ambient
from typedagents.core.effect import E
from typedagents.core.errors import ConfigError, Suspended, TraceError
from typedagents.core.stop import Cancelled, EffectFailure, StopReason
from typedagents.core.team import Team
from typedagents.trace.codec import encode, read_reason

from .bill import dollars
from .traces import TraceStore
from .world import Opening, World

BAR = 24
"""Characters of the progress bar."""


@frozen
class Held:
    """What became of the conversation about ``item``.

    It has ended for a ``reason``; or there is an ``error`` that broke it off; or it waits for somebody, to be called again.
    """

    item: str
    run: str = ""
    reason: StopReason | None = None
    summary: str = ""
    cost_usd: Decimal | None = None
    error: str = ""

    @property
    def ok(self) -> bool:
        """Whether it has ended by itself: not broken off, neither by a failure nor cancelled."""
        return self.reason is not None and not isinstance(self.reason, EffectFailure | Cancelled)

    @property
    def waits(self) -> bool:
        """Whether it has neither ended nor been broken off."""
        return self.reason is None and not self.error


class Holder(Protocol):
    """Who holds conversations."""

    async def __call__(self, item: str, said: Opening, /) -> Held:
        """Hold the conversation about ``item``, or go on with it where it was begun before."""
        ...


@frozen
class Progress:
    """How far it has come, out of ``total``. ``known_usd`` is what is known of the cost."""

    total: int
    ended: int = 0
    failed: int = 0
    waiting: int = 0
    under_way: int = 0
    known_usd: Decimal = Decimal(0)

    @property
    def done(self) -> int:
        """Those that need nothing more for now."""
        return self.ended + self.failed + self.waiting

    def __str__(self) -> str:
        full = BAR * self.done // self.total if self.total else BAR
        said = [f"[{'#' * full}{'.' * (BAR - full)}] {self.done}/{self.total}"]
        counts = ((self.failed, "failed"), (self.waiting, "waiting"), (self.under_way, "under way"))
        said += [f"{number} {words}" for number, words in counts if number]
        return ", ".join((*said, f"${dollars(self.known_usd)}"))

    def _and(self, held: Held) -> Progress:
        """One more is done."""
        return evolve(
            self,
            ended=self.ended + held.ok,
            failed=self.failed + (not held.ok and not held.waits),
            waiting=self.waiting + held.waits,
            known_usd=self.known_usd + (held.cost_usd or 0),
        )


def progress_bar(progress: Progress) -> None:
    """Shows it on standard error, where that is a terminal."""
    if sys.stderr.isatty():
        end = "\n" if progress.done == progress.total else ""
        sys.stderr.write(f"\r{progress}\x1b[K{end}")
        sys.stderr.flush()


async def map_conversations(
    hold: Holder,
    items: Mapping[str, Opening],
    *,
    at_once: int = 10,
    results: str | os.PathLike[str] | None = None,
    tell: Callable[[Progress], None] = progress_bar,
) -> tuple[Held, ...]:
    """What becomes of a conversation about each of ``items`` (what opens it, by name), in their order.

    ``results``: a file of JSON lines; what has ended there is not held again, what was broken off or waited is. An error in
    one conversation is its outcome; ``ConfigError`` ends them all.
    """
    if at_once < 1:
        raise ConfigError(f"at least one conversation is held at once; found at_once={at_once}")
    lines = _Results(None if results is None else FilePath(results))
    before = {item: held for item, held in lines.read().items() if held.reason is not None and item in items}
    missing = iter([item for item in items if item not in before])
    mapping = _Mapping(hold, items, missing, lines, tell, before, Progress(len(items)))
    for held in before.values():
        mapping.progress = mapping.progress._and(held)
    try:
        async with anyio.create_task_group() as group:
            for _ in range(min(at_once, len(items) - len(before))):
                group.start_soon(mapping.work)
    except BaseExceptionGroup as several:
        raise several.exceptions[0] from several
    tell(mapping.progress)
    return tuple([mapping.found[item] for item in items])


@define(eq=False)
class _Mapping:
    """The conversations under way; each worker takes the next that is missing."""

    hold: Holder
    items: Mapping[str, Opening]
    missing: Iterator[str]
    results: _Results
    tell: Callable[[Progress], None]
    found: dict[str, Held]
    progress: Progress

    async def work(self) -> None:
        for item in self.missing:
            self._count(under_way=1)
            held = await self._one(item)
            self.found[item] = held
            if not held.waits:
                self.results.write(held)
            self.progress = self.progress._and(held)
            self._count(under_way=-1)

    def _count(self, *, under_way: int) -> None:
        self.progress = evolve(self.progress, under_way=self.progress.under_way + under_way)
        self.tell(self.progress)

    async def _one(self, item: str) -> Held:
        try:
            return await self.hold(item, self.items[item])
        except ConfigError:
            raise
        except Exception as error:
            return Held(item, error=f"{type(error).__name__}: {error}")


@frozen
class _InWorld(Generic[E]):
    """See ``in_world``."""

    world: World[E]
    team: Team[E | Ambient]
    name: str

    async def __call__(self, item: str, said: Opening, /) -> Held:
        run = f"{self.name}-{item}"
        try:
            if _has_begun(self.world.store, run):
                outcome = await self.world.resume(self.team, run)
            else:
                outcome = await self.world.run(self.team, said, name=run)
        except Suspended:
            return Held(item, run)
        return Held(item, run, outcome.reason, outcome.summary, outcome.cost_usd)


def in_world(world: World[E], team: Team[E | Ambient], name: str) -> Holder:
    """Holds conversations of ``team`` in this process, each a run ``name-item``, gone on with where its trace stops."""
    return _InWorld(world, team, name)


def _has_begun(store: TraceStore | None, run: str) -> bool:
    try:
        return store is not None and bool(store.read(run))
    except TraceError:
        return False


# --- the file of results ----------------------------------------------------------------------------------------


class _Line(Struct, frozen=True):
    """One result. ``explained`` is for people."""

    item: str
    run: str
    reason: Raw
    explained: str
    summary: str
    cost_usd: Decimal | None
    error: str


_decoder = Decoder(_Line)


@frozen
class _Results:
    """A file of JSON lines, written one by one; the last line of an item counts."""

    file: FilePath | None

    def read(self) -> dict[str, Held]:
        """What stands there. A last line that a crash has torn is cut off."""
        if self.file is None or not self.file.exists():
            return {}
        data = self.file.read_bytes()
        whole = data.rfind(b"\n") + 1
        if whole < len(data):
            os.truncate(self.file, whole)
        found: dict[str, Held] = {}
        for number, raw in enumerate(data[:whole].splitlines(), 1):
            try:
                line = _decoder.decode(raw)
                reason = None if bytes(line.reason) == b"null" else read_reason(decode(line.reason))
            except (ValidationError, DecodeError, UnicodeDecodeError, TraceError) as error:
                raise ConfigError(
                    f"line {number} of {self.file} is no result: {error}; name another file for results, or mend this one"
                ) from error
            found[line.item] = Held(line.item, line.run, reason, line.summary, line.cost_usd, line.error)
        return found

    def write(self, held: Held) -> None:
        if self.file is not None:
            explained = held.error or str(held.reason)
            line = _Line(
                held.item,
                held.run,
                Raw(encode(held.reason)),
                explained,
                held.summary,
                held.cost_usd,
                held.error,
            )
            with self.file.open("ab") as opened:
                opened.write(encode(line) + b"\n")
