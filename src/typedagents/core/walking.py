"""What a policy or selector is made of: one walk, for all who ask what it performs, tells, runs, or whom it names.

It says so by two attributes, both tuples. ``parts`` are what it asks in its own conversation: other policies, tools,
targets of hand-overs. ``teams`` are those whose conversations it holds within its turn; a team's own parts are the
policies of its agents, its selector and its summary.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator


def _tuple(value: object, attribute: str) -> tuple[object, ...] | None:
    # Teams are built often; isinstance with a protocol takes twenty times as long.
    found: object = getattr(value, attribute, None)
    return found if isinstance(found, tuple) else None


def parts_of(value: object) -> tuple[object, ...] | None:
    """The parts that ``value`` says it has; None where it says nothing of any."""
    return _tuple(value, "parts")


def teams_of(value: object) -> tuple[object, ...]:
    """The teams whose conversations ``value`` itself holds."""
    return _tuple(value, "teams") or ()


def walked(
    value: object, whole: Callable[[object], bool] = lambda value: False, *, teams: bool = True
) -> Iterator[object]:
    """``value`` and all it is made of, each before its parts and in their order; O(their number).

    What is ``whole`` is not looked into. ``teams`` False: nor are conversations that are held.
    """
    todo = [value]
    while todo:
        here = todo.pop()
        yield here
        if not whole(here):
            todo.extend(reversed(teams_of(here) if teams else ()))
            todo.extend(reversed(parts_of(here) or ()))
