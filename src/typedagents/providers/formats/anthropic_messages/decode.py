"""Answers of the Messages format, whole and streamed, read by one fold. Bytes in, values out.

A stream ends well with ``message_stop``, or at its end after a stop reason; anything else is a stream that was cut. An
error may come inside a success, as one event; what was said before it is kept with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from attrs import define, field

from typedagents.core.errors import ProviderError
from typedagents.core.model import ModelReply
from typedagents.interpreter.ports import Headers
from typedagents.providers.codec import DecodedDelta, pieces_of
from typedagents.providers.faults import classify, complaint_in, fault, unreadable
from typedagents.providers.formats.streaming import EventStreamDecoding, deltas, facts_so_far
from typedagents.providers.loose import count, entries, items, json_object, words

from .answer import Unfinished, UnfinishedBlock


def decode(
    status: int, headers: Headers, body: bytes, *, provider: str = "anthropic", asked: str = ""
) -> ModelReply | ProviderError:
    """The reply in a whole answer, or why there is none. ``asked`` says in errors what was asked of whom."""
    if not 200 <= status < 300:
        return classify(status, headers, body, asked=asked)
    message = json_object(body)
    if message is None or message.get("type") != "message":
        if message is not None and message.get("type") == "error":
            return fault(asked, status, headers, complaint_in(message), found="answered with an error")
        return unreadable(status, headers, body, asked=asked, found="answered with what is no message")
    answer = Unfinished(provider)
    answer.begin(message)
    for place, block in enumerate(items(message.get("content"))):
        answer.blocks[place] = UnfinishedBlock(_fields(block))
    return answer.reply


def _fields(block: object) -> dict[str, object]:
    return {name: value for name, value in entries(block).items() if isinstance(name, str)}


@define(eq=False)
class StreamDecoder(EventStreamDecoding):
    """A streamed answer."""

    lacking: ClassVar[str] = "streamed no message_start"
    _answer: Unfinished = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._answer = Unfinished(self.provider)

    def whole(self, data: bytes) -> bool:
        return json_object(data) is not None

    def take(self, data: bytes, name: bytes) -> tuple[DecodedDelta, ...] | None:
        event = json_object(data)
        if event is None:
            return None
        answer = self._answer
        match event.get("type"):
            case "message_start":
                answer.begin(entries(event.get("message")))
            case "content_block_start":
                answer.blocks[self._place(event)] = UnfinishedBlock(_fields(event.get("content_block")))
            case "content_block_delta":
                return self._delta(event)
            case "message_delta":
                answer.end({**entries(event.get("delta")), "usage": event.get("usage")})
            case "message_stop":
                self.done = self.ended_well = True
            case "error":
                self.failure = complaint_in(event)
            case _:  # ping, content_block_stop, and what is not known yet
                pass
        return ()

    def _place(self, event: Mapping[object, object]) -> int:
        place = count(event.get("index"))
        return len(self._answer.blocks) if place is None else place

    def _delta(self, event: Mapping[object, object]) -> tuple[DecodedDelta, ...]:
        delta = entries(event.get("delta"))
        place = count(event.get("index"))
        place = max(self._answer.blocks, default=0) if place is None else place
        block = self._answer.blocks.get(place)
        if block is None:
            return ()
        text, thoughts = block.add(delta)
        piece = words(delta.get("partial_json")) if block.type == "tool_use" else ""
        return deltas(text, thoughts, pieces_of(place, words(block.fields.get("name")), piece))

    @property
    def reply(self) -> ModelReply | None:
        return self._answer.reply if self.begun and (self.done or self._answer.raw_finish) else None

    @property
    def begun(self) -> bool:
        return bool(self._answer.id or self._answer.blocks)

    @property
    def partial(self) -> Mapping[str, str]:
        answer = self._answer
        text = "".join(words(block.fields.get("text")) for block in answer.blocks.values())
        return facts_so_far(text, answer.model, answer.id, answer.usage)
