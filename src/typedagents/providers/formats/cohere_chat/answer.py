"""The fold that turns a message, whole or in fragments, into a reply.

    tool_plan               what the model means to do with its tools: a thought
    content                 blocks by index: texts, and thoughts; anything else is kept as it came
    tool_calls              by index; arguments are text
    citations               left out

A whole message and the message of an event have one shape, but what is a list in the one is a single entry in the other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from attrs import define, field

from typedagents.core.json_text import json_text
from typedagents.core.model import Finish
from typedagents.core.parts import Opaque, Part, Reasoning, Text, ToolCall
from typedagents.core.usage import Usage
from typedagents.providers.codec import NO_ARGUMENTS, Arguments, pieces_of
from typedagents.providers.formats.naming import made_id
from typedagents.providers.formats.pieced import Pieced
from typedagents.providers.loose import count, entries, is_json, items, words, written

FIELD = "field"
"""The kind of a thought's state: the name of the field it came in."""
BLOCK = "block"
"""The kind of a server's own block: it goes back as it came."""

BY_REASON: Mapping[str, Finish] = {
    "COMPLETE": "stop",
    "STOP_SEQUENCE": "stop",
    "TOOL_CALL": "stop",  # said without any call; with one, the content decides
    "MAX_TOKENS": "length",
    "ERROR": "error",
    "": "stop",
}
DECIDE: frozenset[Finish] = frozenset({"length", "error"})
"""What an answer ended with whatever is in it."""


@define(eq=False)
class Block:
    """A block of content that is coming in: its fields, those that are text joined."""

    fields: dict[str, object] = field(factory=dict)

    def add(self, fragment: Mapping[object, object]) -> tuple[str, str]:
        """Take a fragment in; the text and the thoughts it brought."""
        for name, value in fragment.items():
            if isinstance(name, str):
                before = self.fields.get(name)
                joined = isinstance(before, str) and isinstance(value, str) and name != "type"
                self.fields[name] = f"{before}{value}" if joined else value
        return words(fragment.get("text")), words(fragment.get("thinking"))

    def part(self, provider: str) -> Part | None:
        """The part this is; None for an empty one."""
        match self.fields.get("type"):
            case "thinking":
                thoughts = words(self.fields.get("thinking"))
                return Reasoning(thoughts, Opaque(provider, FIELD, '"thinking"')) if thoughts else None
            case "text" | None:
                text = words(self.fields.get("text"))
                return Text(text) if text else None
            case _:
                return Opaque(provider, BLOCK, json_text(self.fields))


@define(eq=False)
class Call:
    """A call that is coming in."""

    id: str = ""
    name: str = ""
    pieces: list[str] = field(factory=list)

    def add(self, fragment: Mapping[object, object]) -> str:
        """Take a fragment in; the arguments it brought."""
        function = entries(fragment.get("function"))
        self.id = self.id or words(fragment.get("id"))
        self.name = self.name or words(function.get("name"))
        piece = written(function.get("arguments"))
        self.pieces.append(piece)
        return piece

    @property
    def arguments(self) -> str:
        text = "".join(self.pieces)
        return text if text.strip() else "{}"


@define(eq=False)
class Unfinished(Pieced):
    """The answer so far."""

    plan: list[str] = field(factory=list)
    blocks: dict[int, Block] = field(factory=dict)
    calls: dict[int, Call] = field(factory=dict)

    def add(self, message: Mapping[object, object], place: int = 0) -> tuple[str, str, Arguments]:
        """Take a message in, or a fragment whose block or call is the one at ``place``; what it brought."""
        plan = words(message.get("tool_plan"))
        self.plan.append(plan)
        text, thoughts = "", plan
        content = message.get("content")
        told: object = {"type": "text", "text": content} if isinstance(content, str) else content
        for at, fragment in _placed(told, place):
            piece, thought = self.blocks.setdefault(at, Block()).add(fragment)
            text, thoughts = text + piece, thoughts + thought
        arguments = NO_ARGUMENTS
        for at, fragment in _placed(message.get("tool_calls"), place):
            call = self.calls.setdefault(at, Call())
            piece = call.add(fragment)
            arguments += pieces_of(at, call.name, piece)
        return text, thoughts, arguments

    def end(self, said: Mapping[object, object]) -> None:
        """Take in what it ended with, and what it used."""
        self.raw_finish = words(said.get("finish_reason")) or self.raw_finish
        self.counted = _counted(entries(said.get("usage"))) or self.counted

    @property
    def finish(self) -> Finish:
        """What the answer ended with, by its content."""
        known = BY_REASON.get(self.raw_finish, "other")
        return "tool_calls" if self.calls and known not in DECIDE else known

    def parts(self) -> Iterator[Part]:
        """The parts of the answer."""
        if plan := "".join(self.plan):
            yield Reasoning(plan, Opaque(self.provider, FIELD, '"tool_plan"'))
        for _, block in sorted(self.blocks.items()):
            part = block.part(self.provider)
            if part is not None:
                yield part
        for place, call in sorted(self.calls.items()):
            arguments = call.arguments
            id = call.id or made_id(self.id, place, call.name, arguments)
            cut = self.finish == "length" and place == max(self.calls) and not "".join(call.pieces)
            yield ToolCall(id, call.name, arguments, is_json(arguments) and not cut)

    @property
    def text(self) -> str:
        """The words so far."""
        return "".join(words(block.fields.get("text")) for _, block in sorted(self.blocks.items()))


def _placed(told: object, place: int) -> Iterator[tuple[int, Mapping[object, object]]]:
    """The entries of a list at their places, or the one entry at its own."""
    if isinstance(told, dict):
        yield place, told
    else:
        yield from ((at, entries(entry)) for at, entry in enumerate(items(told)))


def _counted(usage: Mapping[object, object]) -> Usage | None:
    """The tokens, in disjoint buckets. What is billed is another number, and is left out."""
    tokens = entries(usage.get("tokens"))
    sent, made = count(tokens.get("input_tokens")), count(tokens.get("output_tokens"))
    if sent is None and made is None:
        return None
    cached = min(count(usage.get("cached_tokens")) or 0, sent or 0)
    return Usage(fresh_input=(sent or 0) - cached, cache_read=cached, output=made or 0)
