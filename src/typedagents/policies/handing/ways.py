"""The ways that a target stands for, as arrows of a picture."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from attrs import evolve

from typedagents.core.effect import AnyEffect
from typedagents.core.message import AgentName
from typedagents.policies.diagrams.drawing import END, Arrow, Chooser, drawing_of

from .targets import AskingTeam, ByChoice, Conditional, Finish, FirstTarget, Stay, Target, ToAgent

UNSAID = Finish()


def ways(
    target: Target[AnyEffect], source: AgentName, names: Sequence[AgentName], label: str
) -> Iterator[Arrow]:
    """Where ``source``, one of ``names``, goes by ``target``; ``label`` says by what. A team that is asked is no way."""
    match target:
        case ToAgent(agent):
            yield Arrow(source, agent, label)
        case Stay():
            yield Arrow(source, source, label)
        case Finish(reason):
            yield Arrow(source, END, label if target == UNSAID else _joined(label, f"({reason})"))
        case Conditional(rule, inner):
            yield from ways(inner, source, names, _joined(label, f"if {rule}"))
        case FirstTarget(targets):
            for place, one in enumerate(targets):
                yield from ways(one, source, names, _joined(label, "else" if place else ""))
        case ByChoice(selector):
            yield from _chosen(selector, source, names, label)
        case AskingTeam():
            return
        case _:
            yield Arrow(source, Chooser(repr(target)), label)


def _joined(*words: str) -> str:
    return " ".join(filter(None, words))


def _chosen(selector: object, source: AgentName, names: Sequence[AgentName], label: str) -> Iterator[Arrow]:
    """By whom ``selector`` names after ``source``: its own arrows from there, and from whoever chooses."""
    arrows = drawing_of(selector, names).arrows
    after = [evolve(arrow, label=label) for arrow in arrows if arrow.source == source]
    yield from after or [Arrow(source, Chooser(repr(selector)), label)]
    yield from [arrow for arrow in arrows if isinstance(arrow.source, Chooser)]
