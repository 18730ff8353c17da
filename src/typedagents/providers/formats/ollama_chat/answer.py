"""The fold that turns the lines of an answer into a reply; a whole body is one line.

    content, thinking       pieces, joined in order of arrival
    tool_calls              come whole; what has no id is given one, the same for the same answer
    images                  what the model drew

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
from typedagents.providers.formats.naming import made_id
from typedagents.providers.formats.pieced import Pieced
from typedagents.providers.loose import count, entries, is_json, items, words, written

FIELD = "field"
"""The kind of a thought's state: the name of the field it came in."""

BY_REASON: Mapping[str, Finish] = {"stop": "stop", "length": "length", "": "stop"}


@define(eq=False)
class Unfinished(Pieced):
    """The answer so far."""

    created: str = ""
    done: bool = False
    lines: int = 0
    text: list[str] = field(factory=list)
    thoughts: list[str] = field(factory=list)
    calls: list[Mapping[object, object]] = field(factory=list)
    images: list[str] = field(factory=list)

    def add(self, line: Mapping[object, object]) -> tuple[str, str]:
        """Take a line in; the text and the thoughts it brought."""
        self.lines += 1
        self.model = self.model or words(line.get("model"))
        self.created = self.created or words(line.get("created_at"))
        self.raw_finish = words(line.get("done_reason")) or self.raw_finish
        self.done = self.done or line.get("done") is True
        self.counted = _counted(line) or self.counted
        message = entries(line.get("message"))
        text, thoughts = words(message.get("content")), words(message.get("thinking"))
        self.text.append(text)
        self.thoughts.append(thoughts)
        self.calls += map(entries, items(message.get("tool_calls")))
        self.images += map(words, items(message.get("images")))
        return text, thoughts

    @property
    def finish(self) -> Finish:
        """What the answer ended with, by its content."""
        known = BY_REASON.get(self.raw_finish, "other")
        return "tool_calls" if self.calls and known != "length" else known

    def parts(self) -> Iterator[Part]:
        """The parts of the answer."""
        if thoughts := "".join(self.thoughts):
            yield Reasoning(thoughts, Opaque(self.provider, FIELD, '"thinking"'))
        if text := "".join(self.text):
            yield Text(text)
        for image in filter(None, self.images):
            try:
                yield Image(Inline(b64decode(image, validate=True), "image/png"))
            except (NotBase64, ValueError):
                yield Opaque(self.provider, "image", json_text(image))
        taken: set[str] = set()
        for place, call in enumerate(self.calls):
            function = entries(call.get("function"))
            name, arguments = words(function.get("name")), written(function.get("arguments")) or "{}"
            id = words(call.get("id"))
            if not id or id in taken:
                # Other calls of the conversation must not have it, and the server names nothing but the moment.
                id = made_id(self.created, place, name, arguments)
            taken.add(id)
            yield ToolCall(id, name, arguments, is_json(arguments))


def _counted(line: Mapping[object, object]) -> Usage | None:
    """The tokens; a prompt that the server had still in memory is not counted by it."""
    sent, made = count(line.get("prompt_eval_count")), count(line.get("eval_count"))
    return None if sent is None and made is None else Usage(fresh_input=sent or 0, output=made or 0)
