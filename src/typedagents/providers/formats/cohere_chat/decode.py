"""Answers of Cohere's chat format, whole and streamed, read by one fold. Bytes in, values out.

A stream ends well with ``message-end``, which may hold an error; anything else is a stream that was cut.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from attrs import define, field

from typedagents.core.errors import ProviderError
from typedagents.core.model import ModelReply
from typedagents.interpreter.ports import Headers
from typedagents.providers.codec import DecodedDelta
from typedagents.providers.faults import Complaint, classify, unreadable
from typedagents.providers.formats.streaming import EventStreamDecoding, deltas, facts_so_far
from typedagents.providers.loose import count, entries, json_object, words, written

from .answer import Unfinished


def decode(
    status: int, headers: Headers, body: bytes, *, provider: str = "cohere", asked: str = ""
) -> ModelReply | ProviderError:
    """The reply in a whole answer, or why there is none. ``asked`` says in errors what was asked of whom."""
    if not 200 <= status < 300:
        return classify(status, headers, body, asked=asked)
    told = json_object(body)
    if told is None or not isinstance(told.get("message"), dict):
        return unreadable(status, headers, body, asked=asked, found="answered with what holds no message")
    answer = Unfinished(provider, words(told.get("id")))
    answer.add(entries(told.get("message")))
    answer.end(told)
    return answer.reply


@define(eq=False)
class StreamDecoder(EventStreamDecoding):
    """A streamed answer."""

    lacking: ClassVar[str] = "streamed no message-start"
    _answer: Unfinished = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._answer = Unfinished(self.provider)

    def whole(self, data: bytes) -> bool:
        return data.strip() == b"[DONE]" or json_object(data) is not None

    def take(self, data: bytes, name: bytes) -> tuple[DecodedDelta, ...] | None:
        if data.strip() == b"[DONE]":
            self.done = self.ended_well = True
            return ()
        event = json_object(data)
        if event is None:
            return None
        answer, delta = self._answer, entries(event.get("delta"))
        answer.id = answer.id or words(event.get("id"))
        answer.end(delta)
        if event.get("type") == "message-end":
            self.ended_well = True
            if delta.get("error"):
                self.failure = Complaint(written(delta.get("error")), type="server_error")
        return deltas(*answer.add(entries(delta.get("message")), count(event.get("index")) or 0))

    @property
    def reply(self) -> ModelReply | None:
        return self._answer.reply if self._answer.raw_finish else None

    @property
    def begun(self) -> bool:
        return bool(self._answer.id or self._answer.blocks or self._answer.calls)

    @property
    def partial(self) -> Mapping[str, str]:
        return facts_so_far(self._answer.text, "", self._answer.id, self._answer.usage)
