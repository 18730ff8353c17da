"""Teams as Mermaid text, which many pages and editors show as a picture."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import assert_never

from attrs import define, evolve, field

from typedagents.core.effect import AnyEffect
from typedagents.core.message import AgentName
from typedagents.core.team import Agent, Team
from typedagents.policies.talks import Talk

from .drawing import Arrow, Chooser, Drawing, Drawn, End, Line, Place, drawing_of
from .holding import hand_overs, held_by

LINES: Mapping[Line, str] = MappingProxyType({"solid": "-->", "dotted": "-.->", "tie": "-.-"})


def mermaid(value: Team[AnyEffect] | Talk[AnyEffect] | Drawn) -> str:
    """A Mermaid flowchart of a team, with the teams that its agents hold; or of a selector that knows its agents.

    An arrow leads to who may speak next, labelled with its condition, or with the tool that hands over; a dotted one need
    not wait for others. A circle leads to those who begin, a double one is the end. A hexagon says who chooses, or what
    decides: it stands in the middle, or, where a graph says who may follow whom, beside those after whom there is a choice.
    """
    page = _Page()
    match value:
        case Team():
            _draw_team(page, value)
        case Talk():
            _draw_team(page, value.team)
        case _:
            _draw_arrows(page, value.drawing(()), {})
    return "\n".join(page.lines) + "\n"


# --- lines ------------------------------------------------------------------------------------------------------

SAFE = " ,='/?!()"
"""What stands for itself in a quoted label, beside letters and digits; what is left goes by its number."""

AFTER_LETTERS = ".-_:"
"""What does so behind a letter; elsewhere it might begin a list or an emphasis."""


def escaped(text: str) -> str:
    """``text`` for a quoted label of Mermaid; what is not printable becomes a blank."""
    found: list[str] = []
    before = ""
    for letter in text:
        plain = letter.isalnum() or letter in SAFE or (letter in AFTER_LETTERS and before.isalpha())
        shown = letter if letter.isprintable() else " "
        found.append(shown if plain or shown == " " else f"#{ord(letter)};")
        before = letter
    return "".join(found)


@define
class _Page:
    """Lines so far. Nodes are numbered, so that any name will do."""

    lines: list[str] = field(factory=lambda: ["flowchart TD"])
    depth: int = 1
    made: int = 0

    def put(self, line: str) -> None:
        self.lines.append("    " * self.depth + line)

    def node(self, opens: str, text: str, closes: str) -> str:
        node = f"n{self.made}"
        self.made += 1
        self.put(f'{node}{opens}"{escaped(text)}"{closes}')
        return node

    def box(self, text: str) -> str:
        return self.node("[", text, "]")

    def begin(self, text: str) -> str:
        """A frame around what follows, up to ``end``."""
        frame = f"n{self.made}"
        self.made += 1
        self.put(f'subgraph {frame}["{escaped(text)}"]')
        self.depth += 1
        return frame

    def end(self) -> None:
        self.depth -= 1
        self.put("end")

    def arrow(self, source: str, target: str, line: str = "-->", label: str = "") -> None:
        shown = f'|"{escaped(label)}"|' if label.strip() else ""
        self.put(f"{source} {line}{shown} {target}")


# --- teams ------------------------------------------------------------------------------------------------------


def _draw_team(page: _Page, team: Team[AnyEffect]) -> None:
    names = tuple(team.agents)
    nodes = {name: _draw_agent(page, agent) for name, agent in team.agents.items()}
    drawing = drawing_of(team.select, names)
    over = [arrow for agent in team.agents.values() for arrow in hand_overs(agent, names)]
    _draw_arrows(page, evolve(drawing, arrows=(*dict.fromkeys(over), *drawing.arrows)), nodes)


def _draw_arrows(page: _Page, drawing: Drawing, known: Mapping[AgentName, str]) -> None:
    nodes: dict[Place, str] = dict(known.items())
    ends = [place for arrow in drawing.arrows for place in (arrow.source, arrow.target)]
    for place in (*drawing.first, *ends):
        if place not in nodes:
            nodes[place] = _draw_place(page, place)
    if drawing.first:
        start = page.node("((", " ", "))")
        for name in drawing.first:
            page.arrow(start, nodes[name])
    there = frozenset(drawing.arrows)
    both = {arrow for arrow in there if _back(arrow) in there}
    for arrow in drawing.arrows:
        if arrow not in both:
            page.arrow(nodes[arrow.source], nodes[arrow.target], LINES[arrow.line], arrow.label)
        elif isinstance(arrow.source, Chooser):
            page.arrow(nodes[arrow.source], nodes[arrow.target], "<-->", arrow.label)


def _back(arrow: Arrow) -> Arrow | None:
    """The arrow back, where there is a chooser at one end: the two are drawn as one line."""
    if isinstance(arrow.target, End) or not isinstance(arrow.source, Chooser) ^ isinstance(
        arrow.target, Chooser
    ):
        return None
    return evolve(arrow, source=arrow.target, target=arrow.source)


def _draw_place(page: _Page, place: Place) -> str:
    match place:
        case Chooser(words):
            return page.node("{{", words, "}}")
        case End():
            return page.node("(((", " ", ")))")
        case str() as name:
            return page.box(name)
        case _ as never:
            assert_never(never)


def _draw_agent(page: _Page, agent: Agent[AnyEffect]) -> str:
    held = list(held_by(agent.policy))
    if not held:
        return page.box(agent.name)
    frame = page.begin(agent.name)
    if len(held) == 1 and len(held[0].teams) == 1:
        _draw_team(page, held[0].teams[0][1])
    else:
        for one in held:
            frames: dict[AgentName, str] = {}
            for title, team in one.teams:
                frames[title] = page.begin(title)
                _draw_team(page, team)
                page.end()
            _draw_arrows(page, one.drawing, frames)
    page.end()
    return frame
