"""The fold that turns the blocks of an answer, whole or in fragments, into a reply.

    text, citationsContent  words; citations are left out
    reasoningContent        a thought, with the block as it came, which goes back unchanged
    toolUse                 a call; its input is an object, streamed as pieces of JSON text
    image                   an image
    anything else           the server's own (its tools' calls among it): kept as it came, at its place

What an answer ended with follows from what it holds; the server's own word is kept beside it.
"""

from __future__ import annotations

from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Iterator, Mapping

from attrs import define, field

from typedagents.core.json_text import json_text
from typedagents.core.model import Finish
from typedagents.core.parts import Image, Inline, Opaque, Part, Reasoning, Text, ToolCall
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
    "content_filtered": "content_filter",
    "guardrail_intervened": "content_filter",
    "malformed_model_output": "error",
    "malformed_tool_use": "error",
    "": "stop",
}
DECIDE: frozenset[Finish] = frozenset({"length", "context_length", "content_filter", "error"})
"""What an answer ended with whatever is in it."""

OWN_TOOLS = ("", "tool_use")
"""The types of a call that is the caller's to make; the server makes others itself."""


@define(eq=False)
class UnfinishedBlock:
    """A block that is coming in: its fields, and pieces of JSON text of a call's input."""

    fields: dict[str, object] = field(factory=dict)
    pieces: list[str] = field(factory=list)

    def add(self, delta: Mapping[object, object]) -> tuple[str, str]:
        """Take a fragment in; the text and the thoughts it brought."""
        text, thoughts = "", ""
        for name, value in delta.items():
            match name:
                case "text":
                    text = words(value)
                    self.fields["text"] = words(self.fields.get("text")) + text
                case "toolUse":
                    self.pieces.append(written(entries(value).get("input")))
                case "toolResult":
                    result = entries(self.fields.get("toolResult"))
                    self.fields["toolResult"] = {
                        **result,
                        "content": [*items(result.get("content")), *items(value)],
                    }
                case "reasoningContent":
                    thoughts = self._think(entries(value))
                case _:  # citations, and what is not known yet
                    pass
        return text, thoughts

    def _think(self, fragment: Mapping[object, object]) -> str:
        before = entries(self.fields.get("reasoningContent"))
        if redacted := words(fragment.get("redactedContent")):
            self.fields["reasoningContent"] = {
                "redactedContent": words(before.get("redactedContent")) + redacted
            }
            return ""
        told = dict(entries(before.get("reasoningText")))
        for name in ("text", "signature"):
            if piece := words(fragment.get(name)):
                told[name] = words(told.get(name)) + piece
        self.fields["reasoningContent"] = {"reasoningText": told}
        return words(fragment.get("text"))

    @property
    def is_call(self) -> bool:
        """Whether the caller is to call a tool."""
        use = entries(self.fields.get("toolUse"))
        return bool(use) and words(use.get("type")) in OWN_TOOLS

    @property
    def arguments(self) -> str:
        """The input of a call, as JSON text."""
        text = "".join(self.pieces)
        given = entries(self.fields.get("toolUse")).get("input")
        return text if text.strip() else written(given) or "{}"

    @property
    def text(self) -> str:
        """The words of this block."""
        cited = items(entries(self.fields.get("citationsContent")).get("content"))
        return words(self.fields.get("text")) or "".join(words(entries(one).get("text")) for one in cited)

    def part(self, provider: str, *, cut: bool) -> Part | None:
        """The part this is; None for an empty text."""
        if self.is_call:
            use = entries(self.fields.get("toolUse"))
            id, name = words(use.get("toolUseId")), words(use.get("name"))
            return ToolCall(id, name, self.arguments, is_json(self.arguments) and not cut)
        if "text" in self.fields or "citationsContent" in self.fields:
            return Text(self.text) if self.text else None
        if "image" in self.fields and (image := _image(entries(self.fields.get("image")))):
            return image
        thought = entries(self.fields.get("reasoningContent"))
        if "reasoningText" in thought:
            told = entries(thought.get("reasoningText"))
            return Reasoning(words(told.get("text")), self._kept(provider))
        return self._kept(provider) if self.fields else None

    def _kept(self, provider: str) -> Opaque:
        fields = dict(self.fields)
        if self.pieces:
            use = entries(fields.get("toolUse"))
            fields["toolUse"] = {**use, "input": entries(json_value("".join(self.pieces)))}
        return Opaque(provider, BLOCK, json_text(fields))


def _image(image: Mapping[object, object]) -> Image | None:
    data = words(entries(image.get("source")).get("bytes"))
    try:
        decoded = b64decode(data, validate=True)
    except (NotBase64, ValueError):
        return None
    return Image(Inline(decoded, f"image/{words(image.get('format')) or 'png'}")) if decoded else None


@define(eq=False)
class Unfinished(Pieced):
    """The answer so far."""

    blocks: dict[int, UnfinishedBlock] = field(factory=dict)

    def begin(self, place: int, fields: Mapping[object, object]) -> None:
        """Take in a block, or the beginning of one."""
        told = {name: value for name, value in fields.items() if isinstance(name, str)}
        self.blocks[place] = UnfinishedBlock(told)

    def end(self, said: Mapping[object, object]) -> None:
        """Take in what it ended with, and what it used."""
        self.raw_finish = words(said.get("stopReason")) or self.raw_finish
        self.counted = _counted(entries(said.get("usage"))) or self.counted

    @property
    def finish(self) -> Finish:
        """What the answer ended with, by its content."""
        known = BY_REASON.get(self.raw_finish, "other")
        calls = any(block.is_call for block in self.blocks.values())
        return "tool_calls" if calls and known not in DECIDE else known

    @property
    def text(self) -> str:
        """The words so far."""
        return "".join(block.text for _, block in sorted(self.blocks.items()))

    def parts(self) -> Iterator[Part]:
        """The parts of the answer, in the order of its blocks."""
        for place, block in sorted(self.blocks.items()):
            cut = self.finish == "length" and place == max(self.blocks) and not "".join(block.pieces)
            part = block.part(self.provider, cut=cut)
            if part is not None:
                yield part


def _counted(usage: Mapping[object, object]) -> Usage | None:
    """The tokens, in disjoint buckets; None where none were counted. Thoughts are counted as output."""
    sent, made = count(usage.get("inputTokens")), count(usage.get("outputTokens"))
    if sent is None and made is None:
        return None
    return Usage(
        fresh_input=sent or 0,
        cache_read=count(usage.get("cacheReadInputTokens")) or 0,
        cache_write=count(usage.get("cacheWriteInputTokens")) or 0,
        output=made or 0,
    )
