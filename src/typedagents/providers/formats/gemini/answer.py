"""The fold that turns the chunks of an answer into a reply; a whole body is one chunk.

    text                    words; those marked as thought are thoughts
    functionCall            a call; its arguments come whole
    inlineData              an image or a sound
    anything else           the server's own: kept as it came, at its place

A signature stands on a part and goes back on it: with a call in the call's state, with words or alone behind them.
What an answer ended with follows from what it holds; the server's own word is kept beside it.
"""

from __future__ import annotations

from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Iterator, Mapping
from hashlib import blake2b

from attrs import define, evolve, field

from typedagents.core.json_text import json_text
from typedagents.core.model import Finish, ModelReply
from typedagents.core.parts import Audio, File, Image, Inline, Opaque, Part, Reasoning, Text, ToolCall
from typedagents.core.usage import Usage
from typedagents.providers.formats.pieced import Pieced
from typedagents.providers.loose import count, entries, items, words, written

SIGNATURE = "signature"
"""The kind of a signature that stands on words, or on nothing."""
CALL = "call"
"""The kind of what a call brought beside its name and arguments."""
PART = "part"
"""The kind of a server's own part: it goes back as it came."""
MADE = "made_"
"""How ids begin that are not the server's: it knows only its own."""

BY_REASON: Mapping[str, Finish] = {
    "STOP": "stop",
    "1": "stop",  # the number of STOP, which some recordings of Vertex hold
    "MAX_TOKENS": "length",
    "2": "length",
    "SAFETY": "content_filter",
    "RECITATION": "content_filter",
    "BLOCKLIST": "content_filter",
    "PROHIBITED_CONTENT": "content_filter",
    "SPII": "content_filter",
    "IMAGE_SAFETY": "content_filter",
    "MODEL_ARMOR": "content_filter",
    "OTHER": "other",
    "MALFORMED_FUNCTION_CALL": "error",
    "UNEXPECTED_TOOL_CALL": "error",
    "": "stop",
}


@define(eq=False)
class Piece:
    """A part that is coming in: words of one sort, or a part as it came."""

    thought: bool = False
    text: list[str] = field(factory=list)
    whole: dict[str, object] = field(factory=dict)
    signature: str = ""


@define(eq=False)
class Unfinished(Pieced):
    """The answer so far."""

    blocked: str = ""
    pieces: list[Piece] = field(factory=list)
    counts: dict[str, int] = field(factory=dict)
    chunks: int = 0

    def add(self, chunk: Mapping[object, object]) -> tuple[str, str]:
        """Take a chunk in; the text and the thoughts it brought."""
        self.chunks += 1
        self.id = self.id or words(chunk.get("responseId"))
        self.model = self.model or words(chunk.get("modelVersion"))
        self.blocked = words(entries(chunk.get("promptFeedback")).get("blockReason")) or self.blocked
        told = entries(chunk.get("usageMetadata")).items()
        counts = {str(name): found for name, value in told if (found := count(value)) is not None}
        self.counts = counts or self.counts  # all of them anew: what a later chunk leaves out is none
        candidate = entries(next(iter(items(chunk.get("candidates"))), None))
        self.raw_finish = written(candidate.get("finishReason")) or self.raw_finish
        text, thoughts = "", ""
        for part in items(entries(candidate.get("content")).get("parts")):
            piece, thought = self._part(entries(part))
            text, thoughts = text + piece, thoughts + thought
        return text, thoughts

    def _part(self, part: Mapping[object, object]) -> tuple[str, str]:
        signature = words(part.get("thoughtSignature"))
        if not isinstance(part.get("text"), str):
            fields = {name: value for name, value in part.items() if isinstance(name, str)}
            self.pieces.append(Piece(whole=fields, signature=signature))
            return "", ""
        text, thought = words(part.get("text")), part.get("thought") is True
        last = self.pieces[-1] if self.pieces else None
        if text and last is not None and last.text and last.thought == thought and not last.signature:
            last.text.append(text)
            last.signature = signature
        elif text or signature:
            self.pieces.append(Piece(thought, [text], signature=signature))
        return ("", text) if thought else (text, "")

    @property
    def reply(self) -> ModelReply:
        """The reply that it is; what blocked the prompt is what it ended with."""
        reply = super().reply
        return reply if self.raw_finish else evolve(reply, raw_finish=self.blocked)

    @property
    def finish(self) -> Finish:
        """What the answer ended with, by its content."""
        if self.blocked and not self.pieces:
            return "content_filter"
        known = BY_REASON.get(self.raw_finish, "other")
        calls = any("functionCall" in piece.whole for piece in self.pieces)
        return "tool_calls" if calls and known in ("stop", "other") else known

    def parts(self) -> Iterator[Part]:
        """The parts of the answer, in their order."""
        for place, piece in enumerate(self.pieces):
            if piece.text:
                yield from self._words(piece)
            elif "functionCall" in piece.whole:
                yield self._call(piece, place)
            elif "inlineData" in piece.whole:
                yield from self._media(piece)
            else:
                yield Opaque(self.provider, PART, json_text(piece.whole))

    def _words(self, piece: Piece) -> Iterator[Part]:
        text = "".join(piece.text)
        state = Opaque(self.provider, SIGNATURE, json_text(piece.signature)) if piece.signature else None
        if piece.thought:
            yield Reasoning(text, state)
            return
        if text:
            yield Text(text)
        if state is not None:
            yield state

    def _call(self, piece: Piece, place: int) -> ToolCall:
        call = entries(piece.whole.get("functionCall"))
        given, name = words(call.get("id")), words(call.get("name"))
        arguments = json_text(entries(call.get("args")))
        seed = json_text([self.id, place, name, arguments]).encode()
        id = given or MADE + blake2b(seed, digest_size=5).hexdigest()
        state = (
            Opaque(self.provider, CALL, json_text({"thoughtSignature": piece.signature}))
            if piece.signature
            else None
        )
        return ToolCall(id, name, arguments, state=state)

    def _media(self, piece: Piece) -> Iterator[Part]:
        data = entries(piece.whole.get("inlineData"))
        mime = words(data.get("mimeType"))
        try:
            media = Inline(b64decode(words(data.get("data")), validate=True), mime)
        except (NotBase64, ValueError):
            yield Opaque(self.provider, PART, json_text(piece.whole))
            return
        if mime.startswith("image/"):
            yield Image(media)
        else:
            yield Audio(media) if mime.startswith("audio/") else File(media)
        if piece.signature:
            yield Opaque(self.provider, SIGNATURE, json_text(piece.signature))

    @property
    def usage(self) -> Usage | None:
        """The tokens, in disjoint buckets; None where none were counted. What the service's own tools read is input."""
        said = self.counts
        if not said:
            return None
        prompt, cached = said.get("promptTokenCount", 0), said.get("cachedContentTokenCount", 0)
        return Usage(
            fresh_input=max(0, prompt - cached) + said.get("toolUsePromptTokenCount", 0),
            cache_read=min(cached, prompt),
            output=said.get("candidatesTokenCount", 0),
            reasoning=said.get("thoughtsTokenCount", 0),
        )
