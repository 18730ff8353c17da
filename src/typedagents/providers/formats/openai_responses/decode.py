"""Answers of the Responses format, whole and streamed. Bytes in, values out.

The last event of a stream holds the whole answer: what came before it is for showing only, and for an error where the
stream breaks off. An error may come inside a success, as a failed response or as one event.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from attrs import define, field

from typedagents.core.errors import ProviderError
from typedagents.core.model import ModelReply, ReasoningDelta, TextDelta
from typedagents.interpreter.ports import Headers
from typedagents.providers.codec import DecodedDelta, pieces_of
from typedagents.providers.faults import classify, complaint_in, fault, unreadable
from typedagents.providers.formats.streaming import EventStreamDecoding, facts_so_far
from typedagents.providers.loose import count, entries, items, json_object, words

from .answer import reply_of

LAST = ("response.completed", "response.incomplete", "response.failed")
THOUGHTS = ("response.reasoning_summary_text.delta", "response.reasoning_text.delta")


def decode(
    status: int, headers: Headers, body: bytes, *, provider: str = "", asked: str = ""
) -> ModelReply | ProviderError:
    """The reply in a whole answer, or why there is none. ``asked`` says in errors what was asked of whom."""
    if not 200 <= status < 300:
        return classify(status, headers, body, asked=asked)
    response = json_object(body)
    if response is None or not isinstance(response.get("output"), list):
        if response is not None and response.get("error"):
            return fault(asked, status, headers, complaint_in(response), found="answered with an error")
        return unreadable(status, headers, body, asked=asked, found="answered with what is no response")
    reply = reply_of(response, items(response.get("output")), provider)
    if response.get("error"):
        facts = facts_so_far(reply.text, reply.model, reply.id, reply.usage)
        complaint = complaint_in(response)
        return fault(asked, status, headers, complaint, found="answered with an error", facts=facts)
    return reply


@define(eq=False)
class StreamDecoder(EventStreamDecoding):
    """A streamed answer."""

    lacking: ClassVar[str] = "streamed no response"
    _text: list[str] = field(factory=list, init=False)
    _items: dict[int, object] = field(factory=dict, init=False)
    _called: dict[int, str] = field(factory=dict, init=False)
    _response: Mapping[object, object] = field(factory=dict, init=False)

    def whole(self, data: bytes) -> bool:
        return data.strip() == b"[DONE]" or json_object(data) is not None

    def take(self, data: bytes, name: bytes) -> tuple[DecodedDelta, ...] | None:
        if data.strip() == b"[DONE]":
            self.done = True
            return ()
        event = json_object(data)
        if event is None:
            return None
        kind = words(event.get("type"))
        delta = words(event.get("delta"))
        if delta:
            return self._said(kind, delta, event)
        place = count(event.get("output_index"))
        if kind == "response.output_item.added":
            self._called[place or 0] = words(entries(event.get("item")).get("name"))
        elif kind == "response.output_item.done":
            self._items[len(self._items) if place is None else place] = event.get("item")
        elif kind == "error":
            self.failure = complaint_in(dict(event))
        elif isinstance(event.get("response"), dict):
            self._end(kind, entries(event.get("response")))
        return ()

    def _said(self, kind: str, delta: str, event: Mapping[object, object]) -> tuple[DecodedDelta, ...]:
        if kind == "response.output_text.delta":
            self._text.append(delta)
            return (TextDelta(delta),)
        if kind in THOUGHTS:
            return (ReasoningDelta(delta),)
        if kind == "response.function_call_arguments.delta":
            place = count(event.get("output_index")) or 0
            return pieces_of(place, self._called.get(place, ""), delta)
        return ()

    def _end(self, kind: str, response: Mapping[object, object]) -> None:
        self._response = response
        if kind in LAST:
            self.done = self.ended_well = True
        if response.get("error"):
            self.failure = complaint_in({"error": response.get("error")})

    @property
    def reply(self) -> ModelReply | None:
        return self._so_far if self.ended_well else None

    @property
    def _so_far(self) -> ModelReply:
        output = items(self._response.get("output")) or [self._items[place] for place in sorted(self._items)]
        return reply_of(self._response, output, self.provider)

    @property
    def begun(self) -> bool:
        return bool(self._response or self._text)

    @property
    def partial(self) -> Mapping[str, str]:
        reply = self._so_far
        return facts_so_far("".join(self._text), reply.model, reply.id, reply.usage)
