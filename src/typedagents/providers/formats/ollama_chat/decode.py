"""Answers of Ollama's own format, whole and streamed, read by one fold. Bytes in, values out.

A stream is lines of JSON and ends well with one that is ``done``; an error may come as one of its lines.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from attrs import define, field

from typedagents.core.errors import ProviderError
from typedagents.core.model import ModelReply
from typedagents.interpreter.ports import Headers
from typedagents.providers.codec import DecodedDelta
from typedagents.providers.faults import Complaint, classify, complaint_in, fault, unreadable
from typedagents.providers.formats.lines import LineDecoder
from typedagents.providers.formats.streaming import EventStreamDecoding, Framing, deltas, facts_so_far
from typedagents.providers.loose import json_object

from .answer import Unfinished


def decode(
    status: int, headers: Headers, body: bytes, *, provider: str = "ollama", asked: str = ""
) -> ModelReply | ProviderError:
    """The reply in a whole answer, or why there is none. ``asked`` says in errors what was asked of whom."""
    if not 200 <= status < 300:
        return classify(status, headers, body, asked=asked)
    line = json_object(body)
    if line is not None and line.get("error"):
        return fault(asked, status, headers, complaint_in(line), found="answered with an error")
    if line is None or not isinstance(line.get("message"), dict):
        return unreadable(status, headers, body, asked=asked, found="answered with what holds no message")
    answer = Unfinished(provider)
    answer.add(line)
    if answer.done:
        return answer.reply
    said, facts = "answered without being done", _facts(answer)
    return fault(asked, status, headers, Complaint(), kind="stream_incomplete", found=said, facts=facts)


def _facts(answer: Unfinished) -> dict[str, str]:
    return facts_so_far("".join(answer.text), answer.model, "", answer.usage)


@define(eq=False)
class StreamDecoder(EventStreamDecoding):
    """A streamed answer."""

    lacking: ClassVar[str] = "streamed no message"
    framing: ClassVar[type[Framing]] = LineDecoder
    content_type: ClassVar[str] = "ndjson"
    _answer: Unfinished = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._answer = Unfinished(self.provider)

    def whole(self, data: bytes) -> bool:
        return json_object(data) is not None

    def take(self, data: bytes, name: bytes) -> tuple[DecodedDelta, ...] | None:
        line = json_object(data)
        if line is None or not (line.get("error") or isinstance(line.get("message"), dict)):
            return None
        if line.get("error"):
            self.failure = complaint_in(line)
            return ()
        text, thoughts = self._answer.add(line)
        self.done = self.ended_well = self._answer.done
        return deltas(text, thoughts)

    @property
    def reply(self) -> ModelReply | None:
        return self._answer.reply if self._answer.done else None

    @property
    def begun(self) -> bool:
        return self._answer.lines > 0

    @property
    def partial(self) -> Mapping[str, str]:
        return _facts(self._answer)
