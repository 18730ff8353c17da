"""The fold that turns the blocks of an answer, whole or in fragments, into a reply.

    text                    words; citations are left out
    thinking                a thought, with the block as it came, which goes back unchanged
    tool_use                a call; its input is an object, streamed as pieces of JSON text
    anything else           the server's own: kept as it came, at its place

What an answer ended with follows from what it holds; the server's own word is kept beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from attrs import define, field

from typedagents.core.json_text import json_text
from typedagents.core.model import Finish
from typedagents.core.parts import Opaque, Part, Reasoning, Refusal, Text, ToolCall
from typedagents.core.usage import Usage
from typedagents.providers.formats.merging import BLOCK
from typedagents.providers.formats.pieced import Pieced
from typedagents.providers.loose import count, entries, is_json, items, json_value, words, written

BY_REASON: Mapping[str, Finish] = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "tool_use": "stop",  # said without any call; with one, the content decides
    "max_tokens": "length",
    "model_context_window_exceeded": "context_length",
    "refusal": "refusal",
    "pause_turn": "pause",
    "": "stop",
}
DECIDE: frozenset[Finish] = frozenset({"length", "context_length", "refusal", "pause"})
"""What an answer ended with whatever is in it."""

STREAMED = {"text_delta": "text", "thinking_delta": "thinking", "signature_delta": "signature"}
"""The field of a block to which a fragment of this type is added, and which holds it there too."""


@define(eq=False)
class UnfinishedBlock:
    """A block that is coming in: its fields, and pieces of JSON text of its input."""

    fields: dict[str, object]
    pieces: list[str] = field(factory=list)

    @property
    def type(self) -> str:
        return words(self.fields.get("type"))

    def add(self, delta: Mapping[object, object]) -> tuple[str, str]:
        """Take a fragment in; the text and the thoughts it brought."""
        kind = words(delta.get("type"))
        if kind == "input_json_delta":
            self.pieces.append(words(delta.get("partial_json")))
        elif kind == "citations_delta":
            self.fields["citations"] = [*items(self.fields.get("citations")), delta.get("citation")]
        elif kind in STREAMED:
            name = STREAMED[kind]
            piece = words(delta.get(name))
            self.fields[name] = words(self.fields.get(name)) + piece
            return (piece, "") if name == "text" else ("", piece if name == "thinking" else "")
        else:  # of a kind that is not known yet: its fields are texts to be joined, or stand as they are
            for field_name, more in delta.items():
                if isinstance(field_name, str) and field_name != "type":
                    self.fields[field_name] = _joined(self.fields.get(field_name), more)
        return "", ""

    @property
    def arguments(self) -> str:
        """The input of a call, as JSON text."""
        text = "".join(self.pieces)
        if text.strip():
            return text
        given = self.fields.get("input")
        return "{}" if given is None else written(given)

    def part(self, provider: str, *, cut: bool) -> Part | None:
        """The part this is; None for an empty text."""
        match self.type:
            case "text":
                text = words(self.fields.get("text"))
                return Text(text) if text else None
            case "thinking":
                return Reasoning(words(self.fields.get("thinking")), self._kept(provider))
            case "tool_use":
                id, name = words(self.fields.get("id")), words(self.fields.get("name"))
                return ToolCall(id, name, self.arguments, is_json(self.arguments) and not cut)
            case _:
                return self._kept(provider)

    def _kept(self, provider: str) -> Opaque:
        fields = dict(self.fields)
        if self.pieces:
            text = "".join(self.pieces)
            fields["input"] = entries(json_value(text))
        return Opaque(provider, BLOCK, json_text(fields))


def _joined(before: object, value: object) -> object:
    return before + value if isinstance(before, str) and isinstance(value, str) else value


@define(eq=False)
class Unfinished(Pieced):
    """The answer so far."""

    explanation: str = ""
    blocks: dict[int, UnfinishedBlock] = field(factory=dict)
    counts: dict[str, int] = field(factory=dict)

    def begin(self, message: Mapping[object, object]) -> None:
        """Take in what is said of the whole: its id, its model, what it used, what it ended with."""
        self.id = self.id or words(message.get("id"))
        self.model = self.model or words(message.get("model"))
        self.end(message)

    def end(self, delta: Mapping[object, object]) -> None:
        """Take in what it ended with, and what it used by now: each count as it was said last."""
        self.raw_finish = words(delta.get("stop_reason")) or self.raw_finish
        details = entries(delta.get("stop_details"))
        self.explanation = words(details.get("explanation")) or self.explanation
        self.use(entries(delta.get("usage")))

    def use(self, usage: Mapping[object, object]) -> None:
        """Take in counts of tokens."""
        for name, value in usage.items():
            found = count(value)
            if isinstance(name, str) and found is not None:
                self.counts[name] = found

    @property
    def finish(self) -> Finish:
        """What the answer ended with, by its content."""
        known = BY_REASON.get(self.raw_finish, "other")
        calls = any(block.type == "tool_use" for block in self.blocks.values())
        return "tool_calls" if calls and known not in DECIDE else known

    def parts(self) -> Iterator[Part]:
        """The parts of the answer, in the order of its blocks."""
        places = sorted(self.blocks)
        for place in places:
            cut = self.finish == "length" and place == places[-1] and not self.blocks[place].pieces
            part = self.blocks[place].part(self.provider, cut=cut)
            if part is not None:
                yield part
        if self.finish == "refusal":
            yield Refusal(self.explanation)

    @property
    def usage(self) -> Usage | None:
        """The tokens, in disjoint buckets; None where none were counted. Thoughts are counted as output."""
        said = self.counts
        if "input_tokens" not in said and "output_tokens" not in said:
            return None
        return Usage(
            fresh_input=said.get("input_tokens", 0),
            cache_read=said.get("cache_read_input_tokens", 0),
            cache_write=said.get("cache_creation_input_tokens", 0),
            output=said.get("output_tokens", 0),
        )
