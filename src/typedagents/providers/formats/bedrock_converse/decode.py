"""Answers of the Converse format, whole and streamed, read by one fold. Bytes in, values out.

A stream is binary frames; it is whole where a reason was given why it ended, and what was used comes behind that. An
error may come inside a success, as one frame; what was said before it is kept with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from attrs import define, evolve, field

from typedagents.core.errors import ProviderError
from typedagents.core.model import ModelReply
from typedagents.interpreter.ports import Headers
from typedagents.providers.codec import Arguments, DecodedDelta, pieces_of
from typedagents.providers.faults import classify, complaint_of, request_id, unreadable
from typedagents.providers.formats.frames import DAMAGED, FrameDecoder
from typedagents.providers.formats.streaming import EventStreamDecoding, Framing, deltas, facts_so_far
from typedagents.providers.loose import count, entries, items, json_object, words, written

from .answer import Unfinished, UnfinishedBlock


def decode(
    status: int, headers: Headers, body: bytes, *, provider: str = "bedrock", asked: str = ""
) -> ModelReply | ProviderError:
    """The reply in a whole answer, or why there is none. ``asked`` says in errors what was asked of whom."""
    if not 200 <= status < 300:
        return classify(status, headers, body, asked=asked)
    told = json_object(body)
    message = entries(entries(told).get("output")).get("message")
    if told is None or not isinstance(message, dict):
        return unreadable(status, headers, body, asked=asked, found="answered with what holds no message")
    answer = Unfinished(provider, request_id(headers))
    for place, block in enumerate(items(message.get("content"))):
        answer.begin(place, entries(block))
    answer.end(told)
    return answer.reply


@define(eq=False)
class StreamDecoder(EventStreamDecoding):
    """A streamed answer."""

    lacking: ClassVar[str] = "streamed no message"
    framing: ClassVar[type[Framing]] = FrameDecoder
    content_type: ClassVar[str] = "amazon.eventstream"
    _answer: Unfinished = field(init=False)
    _begun: bool = field(default=False, init=False)

    def __attrs_post_init__(self) -> None:
        self._answer = Unfinished(self.provider, request_id(self.headers))

    def whole(self, data: bytes) -> bool:
        return json_object(data) is not None

    def take(self, data: bytes, name: bytes) -> tuple[DecodedDelta, ...] | None:
        kind, _, what = name.decode("ascii", "replace").partition(":")
        if kind in ("exception", "error"):
            self.failure = evolve(complaint_of(data), type=what)
            return ()
        event = json_object(data)
        if event is None or name == DAMAGED:
            return None
        place = count(event.get("contentBlockIndex")) or 0
        match what:
            case "messageStart":
                self._begun = True
            case "contentBlockStart":
                self._answer.begin(place, entries(event.get("start")))
            case "contentBlockDelta":
                block = self._answer.blocks.setdefault(place, UnfinishedBlock())
                return deltas(*block.add(entries(event.get("delta"))), _written(place, block, event))
            case "messageStop" | "metadata":
                self._answer.end(event)
                self.done = self.ended_well = what == "metadata" and bool(self._answer.raw_finish)
            case _:  # contentBlockStop, and what is not known yet
                pass
        return ()

    @property
    def reply(self) -> ModelReply | None:
        return self._answer.reply if self._answer.raw_finish else None

    @property
    def begun(self) -> bool:
        return self._begun or bool(self._answer.blocks)

    @property
    def partial(self) -> Mapping[str, str]:
        return facts_so_far(self._answer.text, "", self._answer.id, self._answer.usage)


def _written(place: int, block: UnfinishedBlock, event: Mapping[object, object]) -> Arguments:
    """What an event adds to the arguments of a call."""
    fragment = entries(entries(event.get("delta")).get("toolUse"))
    name = words(entries(block.fields.get("toolUse")).get("name")) if block.is_call else ""
    return pieces_of(place, name, written(fragment.get("input")))
