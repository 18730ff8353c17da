"""What watchers are told of a run while it goes on. Observations only: nothing a policy sees depends on them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from attrs import frozen

from typedagents.core.effect import AnyEffect, Outcome, Path
from typedagents.core.log import Entry
from typedagents.core.stop import StopReason


@frozen
class RunStarted:
    """A run begins, or goes on when ``resumed``. ``trace`` says where it is recorded, if it is."""

    run: str
    team: str
    trace: str | None
    resumed: bool = False


@frozen
class EntryAdded:
    """A conversation's log has one entry more: a turn began, something was said, ... ``path`` is that of the turn."""

    path: Path
    entry: Entry


@frozen
class EffectStarted:
    """An effect is about to be performed."""

    path: Path
    agent: str
    effect: AnyEffect


@frozen
class Observed:
    """Something shows while an effect is under way, such as a ``TextDelta``; or a policy tells, at ``path``, of itself."""

    path: Path
    agent: str
    observation: object


@frozen
class EffectFinished:
    """What became of an effect; ``replayed`` when the trace knew it."""

    path: Path
    agent: str
    effect: AnyEffect
    outcome: Outcome
    replayed: bool = False


@frozen
class RunEnded:
    """The run is over."""

    run: str
    reason: StopReason


Event: TypeAlias = RunStarted | EntryAdded | EffectStarted | Observed | EffectFinished | RunEnded
Watcher: TypeAlias = Callable[[Event], None]


@frozen
class Observing:
    """A watcher of what is ``Observed``, and of nothing else: the driver makes no other events for its sake."""

    watcher: Callable[[Observed], None]

    def __call__(self, event: Event, /) -> None:
        if isinstance(event, Observed):
            self.watcher(event)
