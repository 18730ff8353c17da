"""How selectors that choose among candidates are drawn: arrows where a graph says who may follow whom."""

from __future__ import annotations

from collections.abc import Sequence

from typedagents.core.message import AgentName
from typedagents.policies.diagrams.drawing import END, Arrow, Chooser, Drawing, around

from .candidates import All, Candidates, NotLast, conjuncts
from .transitions import Transitions


def drawn(words: str, among: Candidates, names: Sequence[AgentName]) -> Drawing:
    """Who may follow whom of ``names``, ``among`` whom is chosen as ``words`` says.

    Where there is a graph, whoever chooses is tied to those after whom there is a choice.
    """
    rules = conjuncts(among)
    graphs = [rule for rule in rules if isinstance(rule, Transitions)]
    shown = {Transitions, NotLast} if graphs else set()
    others = All(tuple([rule for rule in rules if type(rule) not in shown]))
    chooser = Chooser(f"{words} among {others!r}" if others.rules else words)
    if not graphs:
        return around(chooser.words, names)
    arrows: list[Arrow] = []
    for name in names:
        after = [
            other
            for other in names
            if all(graph.lets(name, other) for graph in graphs)
            and not (other == name and any(isinstance(rule, NotLast) for rule in rules))
        ]
        arrows += [Arrow(name, other) for other in after] or [Arrow(name, END)]
        arrows += [Arrow(chooser, name, line="tie")] if len(after) > 1 else []
    return Drawing(tuple(arrows))
