"""The fold that turns fragments of an answer into a reply; a whole message is one large fragment.

    text, thoughts, refusal   pieces in order of arrival, joined at the end
    calls                     slots: a fragment goes to the slot of its ``index``; without one, to a new slot where it
                              brings an id (or begins anew), else to the last. The first id and name that are not
                              empty stand, arguments are joined.
    the server's own state    the last value; lists of objects with an ``index`` are merged by it

What an answer ended with follows from what it holds; the server's own word is kept beside it.
"""

from __future__ import annotations

from binascii import Error as NotBase64
from binascii import a2b_base64
from collections.abc import Iterator

from attrs import define, field

from typedagents.core.json_text import json_text
from typedagents.core.model import Finish
from typedagents.core.parts import (
    Audio,
    Image,
    Inline,
    Link,
    Opaque,
    Part,
    Reasoning,
    Refusal,
    Text,
    ToolCall,
)
from typedagents.providers.codec import Arguments, ArgumentsDelta
from typedagents.providers.formats.naming import made_id
from typedagents.providers.loose import count, entries, is_json, items, words, written

from .shapes import Call, Delta

BY_REASON: dict[str, Finish] = {
    "length": "length",
    "max_tokens": "length",
    "content_filter": "content_filter",
    "safety": "content_filter",
    "model_length": "context_length",
    "error": "error",
    "stop": "stop",
    "eos": "stop",
    "end_turn": "stop",
    "stop_sequence": "stop",
    "complete": "stop",
    "": "stop",
    "tool_calls": "stop",  # said without any call; with one, the content decides
    "function_call": "stop",
    "tool_use": "stop",
}


@define(eq=False)
class Slot:
    """A call that is coming in. ``told``: how many of its pieces have been shown."""

    place: int = 0
    id: str = ""
    name: str = ""
    pieces: list[str] = field(factory=list)
    state: object = None
    custom: bool = False
    told: int = 0

    def tell(self) -> Iterator[ArgumentsDelta]:
        """What was not shown yet of its arguments; they are JSON, and have a name."""
        if self.name and not self.custom and self.told < len(self.pieces):
            yield ArgumentsDelta(self.place, self.name, "".join(self.pieces[self.told :]))
            self.told = len(self.pieces)

    @property
    def arguments(self) -> str:
        text = "".join(self.pieces)
        if self.custom:
            return json_text({"input": text})
        return text if text.strip() else "{}"


@define(eq=False)
class Unfinished:
    """The answer so far."""

    text: list[str] = field(factory=list)
    thoughts: list[str] = field(factory=list)
    thoughts_field: str = ""
    refusal: list[str] = field(factory=list)
    slots: list[Slot] = field(factory=list)
    by_index: dict[str, Slot] = field(factory=dict)
    others: list[Part] = field(factory=list)
    state: dict[str, object] = field(factory=dict)
    sound: list[str] = field(factory=list)
    raw_finish: str = ""

    def add(self, delta: Delta, *, whole: bool = False) -> tuple[str, str, Arguments]:
        """Take a fragment in; the text, the thoughts and the arguments it brought."""
        text, thoughts = self._content(delta.content)
        if not thoughts:
            thoughts = self._thoughts(delta)
        if text:
            self.text.append(text)
        if thoughts:
            self.thoughts.append(thoughts)
        if delta.refusal:
            self.refusal.append(words(delta.refusal))
        calls = [(call, whole) for call in delta.tool_calls or ()]
        if delta.function_call:
            calls.append((Call(index="function_call", function=delta.function_call), False))
        slots = [self._call(call, whole=alone) for call, alone in calls]
        if delta.audio:
            text += self._audio(entries(delta.audio).get("data"), entries(delta.audio).get("transcript"))
        if delta.reasoning_details or delta.extra_content or delta.thought_signature:
            self._keep("reasoning_details", delta.reasoning_details, whole=whole)
            self._keep("extra_content", delta.extra_content, whole=whole)
            self._keep("thought_signature", delta.thought_signature, whole=whole)
        return text, thoughts, tuple(piece for slot in slots if slot for piece in slot.tell())

    def _thoughts(self, delta: Delta) -> str:
        """Some servers write the same thoughts into two fields, some only into the details."""
        if found := words(delta.reasoning_content):
            self.thoughts_field = "reasoning_content"
        elif found := words(delta.reasoning):
            self.thoughts_field = "reasoning"
        else:
            details = [entries(detail) for detail in items(delta.reasoning_details)]
            found = "".join(words(detail.get("text")) or words(detail.get("summary")) for detail in details)
        return found

    def _content(self, content: object) -> tuple[str, str]:
        if isinstance(content, str) or not content:
            return words(content), ""
        if not isinstance(content, list):
            return written(content), ""
        text, thoughts = "", ""
        for item in content:
            piece, thought = self._piece(item)
            text += piece
            thoughts += thought
        return text, thoughts

    def _piece(self, item: object) -> tuple[str, str]:
        """One entry of a content list: its text and its thoughts; what is neither is kept aside."""
        parts = entries(item)
        match parts.get("type"):
            case "thinking" | "reasoning":
                inner = parts.get("thinking") or parts.get("text") or ""
                if parts.get("type") == "thinking":
                    self.thoughts_field = self.thoughts_field or "content"
                return "", "".join(words(entries(part).get("text")) for part in items(inner)) or words(inner)
            case "refusal":
                self.refusal.append(words(parts.get("refusal")))
            case "image_url":
                url = entries(parts.get("image_url")).get("url")
                self.others.append(Image(Link(words(url))))
            case _:
                if isinstance(item, str):
                    return item, ""
                if isinstance(parts.get("text"), str):
                    return words(parts.get("text")), ""
                if item is not None:
                    self.others.append(Opaque("", "content", json_text(item)))
        return "", ""

    def _audio(self, data: object, transcript: object) -> str:
        if words(data):
            self.sound.append(words(data))
        if words(transcript):
            self.text.append(words(transcript))
        return words(transcript)

    def _call(self, call: Call, *, whole: bool) -> Slot | None:
        function, custom = call.function, call.custom
        id, name = words(call.id), words((function and function.name) or (custom and custom.name))
        piece = written((function and function.arguments) or (custom and custom.input))
        if not (id or name or piece) and (
            whole or call.index is None or str(call.index) not in self.by_index
        ):
            return None  # some servers send every field they know, empty
        slot = self._slot(call.index, id, name, whole=whole)
        slot.id = slot.id or id
        slot.name = slot.name or name
        slot.custom = slot.custom or bool(custom and (custom.name or custom.input))
        slot.state = slot.state or call.extra_content
        if piece:
            slot.pieces.append(piece)
        return slot

    def _slot(self, index: object, id: str, name: str, *, whole: bool) -> Slot:
        last = self.slots[-1] if self.slots else None
        found: Slot | None
        if whole:
            found = None
        elif index is not None:
            found = self.by_index.get(str(index))
            if found and id and found.id and id != found.id:
                found = None  # several calls under one index
        elif id:
            found = next((slot for slot in self.slots if slot.id == id), None)
        else:
            found = None if last and name and last.name and is_json("".join(last.pieces)) else last
        if found is None:
            found = Slot(len(self.slots))
            self.slots.append(found)
        if index is not None:
            self.by_index[str(index)] = found
        return found

    def _keep(self, name: str, value: object, *, whole: bool) -> None:
        if not value:
            return
        before = self.state.get(name)
        if isinstance(value, list) and not whole:
            kept = items(before)
            for entry in value:
                _merge(kept, entry)
            self.state[name] = kept
        elif isinstance(before, dict) and isinstance(value, dict):
            self.state[name] = {**before, **value}
        else:
            self.state[name] = value

    @property
    def finish(self) -> Finish:
        """What the answer ended with, by its content."""
        known = BY_REASON.get(self.raw_finish.lower(), "other")
        if any(self.refusal):
            return "refusal"
        if known in ("length", "content_filter", "context_length", "error"):
            return known
        return "tool_calls" if self.slots else known

    def parts(self, provider: str, reply_id: str) -> Iterator[Part]:
        """The parts of the answer. Empty and doubled ids of calls are replaced, by the same ones each time."""
        if thoughts := "".join(self.thoughts):
            named = Opaque(provider, "field", json_text(self.thoughts_field)) if self.thoughts_field else None
            yield Reasoning(thoughts, named)
        if text := "".join(self.text):
            yield Text(text)
        if refusal := "".join(self.refusal):
            yield Refusal(refusal)
        yield from (
            Opaque(provider, other.kind, other.json) if isinstance(other, Opaque) else other
            for other in self.others
        )
        if sound := _decoded(self.sound):
            yield Audio(Inline(sound, ""))
        taken: set[str] = set()
        for place, slot in enumerate(self.slots):
            id, arguments = slot.id, slot.arguments
            if not id or id in taken:
                id = made_id(reply_id, place, slot.name, arguments)
            taken.add(id)
            state = Opaque(provider, "extra_content", json_text(slot.state)) if slot.state else None
            if slot.custom:
                state = Opaque(provider, "custom", "true")
            cut = self.finish == "length" and slot is self.slots[-1] and not slot.pieces
            yield ToolCall(id, slot.name, arguments, is_json(arguments) and not cut, state)
        for name, value in self.state.items():
            yield Opaque(provider, name, json_text(value))


def _merge(kept: list[object], entry: object) -> None:
    """Append ``entry``, or add it to the entry of the same index and type: texts are joined, the rest completed."""
    new = entries(entry)
    mark = (new.get("index"), new.get("type"))
    marked = (e for e in kept if isinstance(e, dict) and (e.get("index"), e.get("type")) == mark)
    old = next(marked, None) if mark[0] is not None else None
    if old is None:
        kept.append(dict(new) if new else entry)
        return
    for name, value in new.items():
        before = old.get(name)
        if name in ("text", "summary", "data") and isinstance(before, str) and isinstance(value, str):
            old[name] = before + value
        elif before is None:
            old[name] = value


def _decoded(pieces: list[str]) -> bytes:
    """Each piece is encoded for itself."""
    try:
        return b"".join(a2b_base64(piece) for piece in pieces)
    except (NotBase64, ValueError):
        return b""


def number_of(index: object) -> int:
    """The number of a choice; the first where it has none."""
    return count(index) or 0
