"""Structure over programs (effects or steps): side by side, first to end, failure as a value. Adds no effect.

``each`` and ``both`` wait for all children and return, or raise the first failure, in program order: nothing can see
the order in which the world answered. The winner of a ``race`` is a fact from outside and is written to the trace.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Generic, assert_never

from .effect import E1, E2, R2, Bounds, E, EffectFailed, Failed, Fork, Ok, Program, R, Request, Steps, proved
from .errors import ConfigError


def attempt(program: Program[R, E]) -> Steps[Ok[R] | Failed, E]:
    """The result, or the failure, as a value. Budgets, limits and a human's leaving pass through: they end the run."""
    try:
        return Ok((yield from program))
    except EffectFailed as error:
        return error.failure


class _Slot(Generic[R]):
    """Where a child leaves its typed result, so that nothing has to be proved on the way back."""

    __slots__ = ("kept",)

    def __init__(self) -> None:
        self.kept: Ok[R] | Failed | None = None

    def fill(self, program: Program[R, E]) -> Steps[None, E]:
        try:
            self.kept = Ok((yield from program))
        except EffectFailed as error:
            self.kept = error.failure

    def take(self) -> R:
        match self.kept:
            case Ok(value):
                return value
            case Failed() as failure:
                raise EffectFailed(failure)
            case None:
                raise RuntimeError(
                    "a program was read before it ended; please report this as a bug of typedagents"
                )
            case _ as never:
                assert_never(never)


def _side_by_side(
    programs: Sequence[Program[R, E]],
) -> tuple[list[_Slot[R]], tuple[tuple[str, Steps[None, E]], ...]]:
    slots: list[_Slot[R]] = [_Slot() for _ in programs]
    return slots, tuple(
        (str(i), slot.fill(program)) for i, (slot, program) in enumerate(zip(slots, programs, strict=True))
    )


def each(programs: Sequence[Program[R, E]]) -> Steps[tuple[R, ...], E]:
    """All at once; their results, or the first failure, in program order."""
    slots, children = _side_by_side(programs)
    yield Fork(children)
    return tuple([slot.take() for slot in slots])


def both(first: Program[R, E1], second: Program[R2, E2]) -> Steps[tuple[R, R2], E1 | E2]:
    """Two programs of different types at once."""
    one: _Slot[R] = _Slot()
    two: _Slot[R2] = _Slot()
    left: Steps[None, E1 | E2] = one.fill(first)
    right: Steps[None, E1 | E2] = two.fill(second)
    yield Fork((("0", left), ("1", right)))
    return one.take(), two.take()


def race(programs: Sequence[Program[R, E]]) -> Steps[R, E]:
    """The first to end decides, by result or failure; the rest are abandoned. A time-out is a race with ``Sleep``."""
    if not programs:
        raise ConfigError("a race needs at least one program; found none")
    slots, children = _side_by_side(programs)
    winner = yield Fork(children, first_only=True)
    return slots[int(proved(winner, str))].take()


def scoped(
    label: str, program: Program[R, E], *, bounds: Bounds | None = None
) -> Generator[Request[E], object, R]:
    """The same program in a place of its own: its effects are numbered from nought below ``label``.

    With ``bounds`` it is a conversation, and all it asks for, nested ones included, is counted against them.
    """
    slot: _Slot[R] = _Slot()
    yield Fork(((label, slot.fill(program)),), bounds=bounds)
    return slot.take()
