"""Case 7: recorded requests read into ours. What stands in no field of ours goes into ``settings.extra``, as it is.

What a model said is read by the codec itself: in a request it has the shape it has in an answer. ``Outside`` says what is
beyond the part of a format that can be said here at all.
"""

from __future__ import annotations

import binascii
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

from attrs import define, evolve, field, frozen

from typedagents.core.json_text import json_text
from typedagents.core.log import Transcript
from typedagents.core.message import Message
from typedagents.core.model import CallModel, ModelReply, Prompt, Settings, ToolSpec
from typedagents.core.parts import Inline, Link, Part, ToolCall, ToolResult
from typedagents.policies.projection import Heard
from typedagents.providers.codec import Codec
from typedagents.providers.loose import entries, items, words

Body: TypeAlias = dict[str, object]


class Outside(Exception):
    """It says something that has no place in a request of ours."""


def objects(value: object) -> list[Body]:
    return [as_object(item) for item in items(value)]


def as_object(value: object) -> Body:
    return {str(name): inner for name, inner in entries(value).items()}


def inline(data: object, mime: object) -> Inline:
    """Media that can be written again as they were read; the corpus has shortened some to what is no base64."""
    try:
        found = b64decode(words(data), validate=True)
    except (binascii.Error, ValueError) as error:
        raise Outside("no base64") from error
    if b64encode(found).decode() != data:
        raise Outside("other base64")
    return Inline(found, words(mime))


def of_url(url: object) -> Inline | Link:
    head, _, data = words(url).partition(";base64,")
    return inline(data, head.removeprefix("data:")) if data else Link(words(url))


@define
class Told:
    """The conversation so far, and the calls that await their results."""

    codec: Codec
    shaped: Callable[[object], object]
    messages: list[Message] = field(factory=list)
    open: list[ToolCall] = field(factory=list)

    def heard(self, *parts: Part) -> None:
        if self.open and not all(isinstance(part, ToolResult) for part in parts):
            raise Outside("calls without results")
        if parts:
            self.messages.append(Message("you", parts))

    def own(self, content: object) -> None:
        """What the model said."""
        if self.open:
            raise Outside("calls without results")
        body = json_text(self.shaped(content)).encode()
        reply = self.codec.decode(200, (), body, asked="it")
        if not isinstance(reply, ModelReply):
            raise Outside("nothing a model says")
        self.messages.append(Message("me", reply.parts, "model"))
        self.open = [part for part in reply.parts if isinstance(part, ToolCall)]

    def result(self, id: object, name: object, parts: tuple[Heard, ...], *, failed: bool = False) -> None:
        """A result; results stand in the order of their calls."""
        call = self.open.pop(0) if self.open else None
        if call is None or (id and call.id != id) or (name and call.name != name):
            raise Outside("results in another order")
        self.heard(ToolResult(call.id, call.name, parts, failed))


def known(value: Mapping[str, object], *names: str) -> None:
    """Complains of other fields than these; some mark what services may keep, which changes no answer."""
    more = {name for name, inner in value.items() if inner is not None} - {*names, "cache_control"}
    if more:
        raise Outside(f"{sorted(more)}")


def said_in(body: Body, name: str) -> object:
    """The conversation: requests that stand in files of other sorts have none."""
    if not body.get(name):
        raise Outside(f"no {name}")
    return body.pop(name)


@frozen
class Reading:
    """How a format's requests are read: its messages, its tools, where settings stand, and the shape of an answer."""

    messages: Callable[[Body, Told], Iterator[str]]
    tools: Callable[[Body], Iterator[ToolSpec]]
    shaped: Callable[[object], object]
    settings: Mapping[str, str]
    within: str = ""
    choice: Callable[[Body], str | None] = lambda body: None
    begins_and_ends: bool = False
    own: tuple[str, ...] = ("model", "stream", "stream_options")

    def request(self, found: Body, codec: Codec) -> CallModel:
        """A recorded request as one of ours."""
        body = {name: inner for name, inner in found.items() if inner is not None and name not in self.own}
        told = Told(codec, self.shaped)
        prompts = [Prompt(text) for text in self.messages(body, told)]
        tools = tuple(self.tools(body))
        if self.within:
            body |= as_object(body.pop(self.within, {}))
        chosen = {name: body.pop(key) for key, name in self.settings.items() if key in body}
        choice = self.choice(body)
        extra = tuple((name, json_text(inner)) for name, inner in body.items())
        if (
            self.begins_and_ends
            and told.messages
            and "me" in (told.messages[0].sender, told.messages[-1].sender)
        ):
            raise Outside("the model begins, or spoke last")
        return CallModel(
            Transcript(told.messages),
            "me",
            instructions=prompts[0] if prompts else None,
            tools=tools,
            settings=evolve(settings_of(chosen, extra), tool_choice=choice),
        )


def settings_of(chosen: Mapping[str, object], extra: tuple[tuple[str, str], ...]) -> Settings:
    def number(name: str) -> float | None:
        value = chosen.get(name)
        return value if isinstance(value, int | float) else None

    def whole(name: str) -> int | None:
        value = chosen.get(name)
        return value if isinstance(value, int) else None

    stop = chosen.get("stop")
    return Settings(
        temperature=number("temperature"),
        top_p=number("top_p"),
        max_tokens=whole("max_tokens"),
        seed=whole("seed"),
        stop=(stop,) if isinstance(stop, str) else tuple(map(words, items(stop))),
        reasoning_effort=words(chosen.get("reasoning_effort")) or None,
        extra=extra,
    )
