"""A small reader of what ``mermaid`` writes: the part of Mermaid that it uses, line by line, and nothing else."""

from __future__ import annotations

import re

from attrs import define, field

from typedagents.core.effect import AnyEffect
from typedagents.core.team import Team
from typedagents.policies.diagrams.mermaid import mermaid


def drawn(lines: str) -> str:
    return "flowchart TD\n" + "".join(f"    {line}\n" for line in lines.strip("\n").split("\n"))


TEXT = r'"((?:[^\W_]|[ ,=\'/?!().:_-]|#\d+;)*)"'
BOX = re.compile(rf"(n\d+)\[{TEXT}\]")
MIDDLE = re.compile(rf"(n\d+)\{{\{{{TEXT}\}}\}}")
FRAME = re.compile(rf"subgraph (n\d+)\[{TEXT}\]")
ARROW = re.compile(rf"(n\d+) (-->|-\.->|-\.-|<-->)(?:\|{TEXT}\|)? (n\d+)")
START = re.compile(r'(n\d+)\(\(" "\)\)')
END = re.compile(r'(n\d+)\(\(\(" "\)\)\)')


def meant(text: str) -> str:
    return re.sub(r"#(\d+);", lambda found: chr(int(found[1])), text)


@define
class Picture:
    """What a text of ours says, read line by line; anything else fails."""

    boxes: dict[str, str] = field(factory=dict)
    frames: dict[str, str] = field(factory=dict)
    starts: set[str] = field(factory=set)
    arrows: list[tuple[str, str, str]] = field(factory=list)

    @property
    def labels(self) -> dict[str, str]:
        return self.boxes | self.frames

    def read(self, text: str) -> None:
        first, *lines = text.splitlines()
        assert first == "flowchart TD"
        depth = 1
        for line in lines:
            bare = line.strip()
            depth -= bare == "end"
            assert line == "    " * depth + bare
            depth += bare.startswith("subgraph")
            assert bare == "end" or self.line(bare), bare
        assert depth == 1
        assert {
            end for one, _, other in self.arrows for end in (one, other)
        } <= self.labels.keys() | self.starts

    def line(self, bare: str) -> bool:
        if (found := BOX.fullmatch(bare) or MIDDLE.fullmatch(bare)) is not None:
            self.boxes[found[1]] = meant(found[2])
        elif (found := END.fullmatch(bare)) is not None:
            self.boxes[found[1]] = "the end"
        elif (found := FRAME.fullmatch(bare)) is not None:
            self.frames[found[1]] = meant(found[2])
        elif (found := START.fullmatch(bare)) is not None:
            self.starts.add(found[1])
        elif (found := ARROW.fullmatch(bare)) is not None:
            self.arrows.append((found[1], meant(found[3] or ""), found[4]))
        return found is not None


def pictured(team: Team[AnyEffect]) -> Picture:
    picture = Picture()
    picture.read(mermaid(team))
    return picture
