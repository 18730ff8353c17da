"""Teams as Mermaid text, which many pages and editors show as a picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from attrs import define, field, frozen

from typedagents.core.effect import AnyEffect
from typedagents.core.message import AgentName
from typedagents.core.team import Agent, InOrder, Team
from typedagents.policies.nesting import Nested, Society
from typedagents.policies.sequences import Holds, Plans
from typedagents.policies.talks import Talk
from typedagents.policies.words import named

from .drawing import NOTHING, Arrow, Drawing, Drawn, round_of, row_of


def mermaid(value: Team[AnyEffect] | Talk[AnyEffect] | Drawn) -> str:
    """A Mermaid flowchart of a team, with the teams that its agents hold; or of a selector that knows its agents.

    An arrow leads to who may speak next, labelled with its condition; a dotted one need not wait for others; a circle
    leads to those who begin. Where a selector does not say who may follow whom, it stands in the middle.
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
    nodes = {name: _draw_agent(page, agent) for name, agent in team.agents.items()}
    match team.select:
        case Drawn() as selector:
            drawing = selector.drawing(tuple(nodes))
        case InOrder():
            drawing = round_of(tuple(nodes))
        case selector:
            middle = page.node("{{", named(selector), "}}")
            for node in nodes.values():
                page.arrow(middle, node, "<-->")
            return
    _draw_arrows(page, drawing, nodes)


def _draw_arrows(page: _Page, drawing: Drawing, known: Mapping[AgentName, str]) -> None:
    nodes = dict(known)
    ends = [name for arrow in drawing.arrows for name in (arrow.source, arrow.target)]
    for name in (*drawing.first, *ends):
        if name not in nodes:
            nodes[name] = page.box(name)
    if drawing.first:
        start = page.node("((", " ", "))")
        for name in drawing.first:
            page.arrow(start, nodes[name])
    for arrow in drawing.arrows:
        line = "-.->" if arrow.dotted else "-->"
        page.arrow(nodes[arrow.source], nodes[arrow.target], line, arrow.label)


def _draw_agent(page: _Page, agent: Agent[AnyEffect]) -> str:
    held = held_by(agent.policy)
    if not held.teams:
        return page.box(agent.name)
    frame = page.begin(agent.name)
    if len(held.teams) == 1:
        _draw_team(page, held.teams[0][1])
    else:
        frames: dict[AgentName, str] = {}
        for title, team in held.teams:
            frames[title] = page.begin(title)
            _draw_team(page, team)
            page.end()
        _draw_arrows(page, held.drawing, frames)
    page.end()
    return frame


@frozen
class Held:
    """The teams that a policy holds conversations of, by what they are called there, and which comes after which."""

    teams: tuple[tuple[AgentName, Team[AnyEffect]], ...] = ()
    drawing: Drawing = NOTHING


def held_by(policy: object) -> Held:
    """What ``policy``, or a policy it is made of, holds."""
    match policy:
        case Society():
            return Held(((AgentName(policy.team.name), policy.team),))
        case Holds():
            return _held((policy.talk,))
        case Nested():
            return _held(policy.talks, row_of([one.title for one in policy.talks]))
        case Plans():
            after = [Arrow(before, one.title) for one in policy.talks for before in one.after]
            return _held(
                policy.talks,
                Drawing(tuple(after), tuple([one.title for one in policy.talks if not one.after])),
            )
        case _:
            parts: object = getattr(policy, "parts", None)
            inner = [held_by(part) for part in parts] if isinstance(parts, tuple) else []
            return Held(
                tuple([team for held in inner for team in held.teams]),
                Drawing(tuple([arrow for held in inner for arrow in held.drawing.arrows])),
            )


def _held(talks: Sequence[Talk[AnyEffect]], drawing: Drawing = NOTHING) -> Held:
    return Held(tuple([(one.title, one.team) for one in talks]), drawing)
