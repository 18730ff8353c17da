"""Structure over programs (effects or steps): side by side, first to end, failure as a value. Adds no effect.

``each`` and ``both`` wait for all children and return, or raise the first failure, in program order: nothing can see
the order in which the world answered. The winner of a ``race`` is a fact from outside and is written to the trace.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from typing import Generic, assert_never

from attrs import frozen

from .effect import (
    E1,
    E2,
    R2,
    Bounds,
    E,
    E_co,
    EffectFailed,
    Failed,
    Fork,
    Ok,
    Program,
    R,
    Request,
    Steps,
    proved,
)
from .errors import ConfigError, listed


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


def either(first: Program[R, E1], second: Program[R2, E2]) -> Steps[R | R2, E1 | E2]:
    """A race of two programs of different types."""
    one: _Slot[R] = _Slot()
    two: _Slot[R2] = _Slot()
    left: Steps[None, E1 | E2] = one.fill(first)
    right: Steps[None, E1 | E2] = two.fill(second)
    winner = yield Fork((("0", left), ("1", right)), first_only=True)
    return one.take() if winner == "0" else two.take()


@frozen
class Node(Generic[R, E_co]):
    """A program that begins when those named in ``after`` have ended, and is given their results by their names."""

    program: Callable[[Mapping[str, R]], Program[R, E_co]]
    after: tuple[str, ...] = ()


def graph(nodes: Mapping[str, Node[R, E]]) -> Steps[Mapping[str, R], E]:
    """Run ``nodes`` as concurrently as their order allows; the results by name, or the first failure, in given order.

    What comes after a failure does not begin, and fails by it. ``ConfigError`` where a node is unknown, or comes after
    itself.
    """
    ordered({name: node.after for name, node in nodes.items()})
    slots: dict[str, _Slot[R]] = {name: _Slot() for name in nodes}

    def run(node: Node[R, E]) -> Steps[R, E]:
        given = {name: slots[name].take() for name in node.after}
        return (yield from node.program(given))

    labels = {name: str(i) for i, name in enumerate(nodes)}
    yield Fork(
        tuple((labels[name], slots[name].fill(run(node))) for name, node in nodes.items()),
        after={
            labels[name]: frozenset(labels[other] for other in node.after) for name, node in nodes.items()
        },
    )
    return {name: slot.take() for name, slot in slots.items()}


def ordered(after: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """These names, each behind those it comes after, else as they were given; O(names and edges).

    ``ConfigError`` names what is unknown, or a circle.
    """
    for name, others in after.items():
        unknown = [other for other in others if other not in after]
        if unknown:
            raise ConfigError(f"{name!r} comes after {listed(unknown)}; there are: {', '.join(after)}")
    found: dict[str, None] = {}
    for start in after:
        way: list[tuple[str, Iterator[str]]] = [(start, iter(after[start]))] if start not in found else []
        on_way = {start}
        while way:
            here, still = way[-1]
            following = next((other for other in still if other not in found), None)
            if following is None:
                found[here] = None
                on_way.discard(here)
                way.pop()
            elif following in on_way:
                circle = [name for name, _ in way]
                circle = [*circle[circle.index(following) :], following]
                raise ConfigError(
                    f"these come after one another in a circle: {' after '.join(map(repr, circle))}"
                )
            else:
                on_way.add(following)
                way.append((following, iter(after[following])))
    return tuple(found)


def scoped(
    label: str, program: Program[R, E], *, bounds: Bounds | None = None
) -> Generator[Request[E], object, R]:
    """The same program in a place of its own: its effects are numbered from nought below ``label``.

    With ``bounds`` it is a conversation, and all it asks for, nested ones included, is counted against them.
    """
    slot: _Slot[R] = _Slot()
    yield Fork(((label, slot.fill(program)),), bounds=bounds)
    return slot.take()
