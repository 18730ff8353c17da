"""A run as a value that can be stored between any two effects: what durable engines keep.

``settle`` runs a team as far as it goes without the world; ``resume`` gives one open effect its outcome. Both are pure
and exact. What is stored stays small however long a conversation is: the log after the last turn of every conversation
under way (``frames``), what came back in the turns under way (``journal``), and what is open.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Generic

from attrs import evolve, frozen

from .ambient import Now
from .counting import Counts, charge_of
from .effect import AnyEffect, E, E_co, Ok, Outcome, Path, Tallied, proved
from .errors import HandlerError, PolicyError
from .kernel import opened, play
from .machine import ROOT, Machine, Open
from .team import Team
from .turn import Ended, Ready


@frozen
class Awaiting(Generic[E_co]):
    """A run that waits for its open effects.

    ``counts``: what each conversation under way has asked for so far; ``tallies``: what came back in nested ones.
    """

    frames: Mapping[Path, object]
    tallies: Mapping[Path, Tallied]
    journal: Mapping[Path, Outcome]
    winners: Mapping[str, str]
    counts: Mapping[Path, Counts]
    open: tuple[Open[E_co], ...]


def how_it_ended(machine: Machine[E]) -> Ended:
    """How the run of ``machine``, which is over, ended: by itself, or halted from outside."""
    if machine.halted is None:
        return proved(proved(machine.ended, Ok).value, Ended)
    state = machine.frames[machine.at]
    return Ended(state.log if isinstance(state, Ready) else proved(state, Ended).log, machine.halted)


def start(team: Team[E], opening: Ready | None = None) -> Awaiting[E | Now] | Ended:
    """``team`` run as far as it goes without the world."""
    at = opening or opened(team)
    return settle(team, Awaiting({ROOT: at}, {}, {}, {}, {}, ()))


def settle(team: Team[E], stored: Awaiting[E | Now]) -> Awaiting[E | Now] | Ended:
    """``stored`` taken as far as its journal reaches."""
    journal = stored.journal
    return settled(team, stored, lambda one: journal.get(one.path), {one.path for one in stored.open})


def settled(
    team: Team[E],
    stored: Awaiting[E | Now],
    known: Callable[[Open[E | Now]], Outcome | None],
    counted: Collection[str],
) -> Awaiting[E | Now] | Ended:
    """``settle`` with a journal that is looked up by effect. ``counted``: paths that the counts of ``stored`` include."""
    machine = restored(team, stored)
    # Only now is it known which of them lost a race: those were counted when they were begun.
    for one in caught_up(machine, known):
        if one.path not in counted:
            limit = machine.admit(one.path)
            if limit is not None:
                machine.halt(limit)
                break
    return how_it_ended(machine) if machine.over else awaiting(machine)


def restored(team: Team[E], stored: Awaiting[E | Now]) -> Machine[E | Now]:
    """A machine for what was ``stored``, to be caught up with its journal."""
    state = stored.frames[ROOT]
    return Machine(
        play(team, state if isinstance(state, Ended) else proved(state, Ready)),
        team.limits.bounds,
        frames=dict(stored.frames),
        tallies=dict(stored.tallies),
        winners=stored.winners,
        restored={path: evolve(counts) for path, counts in stored.counts.items()},
    )


def caught_up(machine: Machine[E], known: Callable[[Open[E]], Outcome | None]) -> list[Open[E]]:
    """Begin ``machine`` and feed it all that is ``known``; what it waits for then."""
    machine.begin()
    opened: list[Open[E]] = []
    while machine.opened:
        one = machine.opened.pop(0)
        outcome = known(one)
        if outcome is None:
            opened.append(one)
        else:
            machine.feed(one.path, outcome, charge_of(outcome))
    return [one for one in opened if machine.waits_for(one.path)]


def awaiting(machine: Machine[E]) -> Awaiting[E]:
    """What a machine between two effects is to be restored from; it may run on meanwhile."""
    journal = dict(machine.journal)
    under_way = {
        race: label
        for race, label in machine.decided.items()
        if any(path.startswith(race) for path in journal)
    }
    counts = {path: evolve(counts) for path, counts in machine.counts().items()}
    # Open effects stand there by path, so that a state does not depend on how often it was stored in between.
    return Awaiting(
        dict(machine.frames), dict(machine.tallies), journal, under_way, counts, machine.waiting()
    )


def _proved(effect: AnyEffect, value: object) -> Ok[object]:
    try:
        return Ok(effect.accept(value))
    except TypeError as error:
        raise HandlerError(f"this is no result of {effect.kind}: {error}") from error


def resume(
    team: Team[E], stored: Awaiting[E | Now], path: Path, outcome: Outcome
) -> Awaiting[E | Now] | Ended:
    """``stored`` with the outcome of one open effect; ``PolicyError`` where no such effect is open.

    A result is proved first: ``HandlerError`` where it is none of that effect.
    """
    asked = next((one.effect for one in stored.open if one.path == path), None)
    if asked is None:
        known = ", ".join(one.path for one in stored.open) or "none"
        raise PolicyError(f"no open effect at {path!r}; open are: {known}")
    if isinstance(outcome, Ok):
        outcome = _proved(asked, outcome.value)
    return settle(team, evolve(stored, journal={**stored.journal, path: outcome}))
