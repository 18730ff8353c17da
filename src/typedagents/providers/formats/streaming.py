"""A streamed answer of events, whatever its format: how it is fed, how it ends, and how it fails to."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar, Protocol

from attrs import Factory, define, field

from typedagents.core.errors import ProviderError
from typedagents.core.model import ModelReply, ReasoningDelta, TextDelta
from typedagents.core.usage import Usage
from typedagents.interpreter.ports import Headers
from typedagents.providers.codec import NO_ARGUMENTS, Arguments, Clean, DecodedDelta
from typedagents.providers.faults import MAX_EXCERPT, Complaint, ProviderKind, body_fact, complaint_of, fault
from typedagents.providers.loose import header

from .sse import EventDecoder, ServerEvent

NO_HEADERS: Headers = ()


def is_event_stream(headers: Headers, named: str) -> bool:
    """Whether an answer is a stream of events; some servers ignore the wish for one, or send no content type."""
    kind = header(headers, "content-type").lower()
    return not kind or named in kind


def deltas(text: str, thoughts: str, arguments: Arguments = NO_ARGUMENTS) -> tuple[DecodedDelta, ...]:
    """What a model says in a piece of an answer."""
    said: tuple[DecodedDelta, ...] = (ReasoningDelta(thoughts),) if thoughts else ()
    return (*said, TextDelta(text), *arguments) if text else (*said, *arguments)


class Framing(Protocol):
    """How events stand in bytes."""

    def feed(self, data: bytes, /) -> list[ServerEvent]:
        """The events that ``data`` completes."""
        ...

    def finish(self) -> list[ServerEvent]:
        """Nothing more comes: what was still open, where it can be read."""
        ...


def facts_so_far(text: str, model: str, id: str, usage: Usage | None) -> dict[str, str]:
    """What was said before an answer broke off, and what it used, for an error."""
    facts = {
        "partial": text[:MAX_EXCERPT],
        "model": model,
        "id": id,
        "input_tokens": str(usage.input_tokens) if usage else "",
        "output_tokens": str(usage.output_tokens) if usage else "",
    }
    return {name: value for name, value in facts.items() if value}


@define(eq=False)
class EventStreamDecoding(ABC):
    """``feed`` it bytes, show what it gives, ask ``finish`` for the reply.

    ``done``: nothing more is to come, well or not. ``clean`` is applied to the data of each event, to take out what must
    not be kept.
    """

    lacking: ClassVar[str]
    """What a stream has done that never began an answer."""
    framing: ClassVar[type[Framing]] = EventDecoder
    content_type: ClassVar[str] = "event-stream"
    """What the content type of such a stream holds."""

    provider: str = ""
    asked: str = ""
    status: int = 200
    headers: Headers = NO_HEADERS
    clean: Clean = bytes
    done: bool = field(default=False, init=False)
    ended_well: bool = field(default=False, init=False)
    failure: Complaint | None = field(default=None, init=False)
    _events: Framing = field(
        default=Factory(lambda decoding: decoding.framing(), takes_self=True), init=False
    )
    _damaged: bytes = field(default=b"", init=False)
    _seen: bytes = field(default=b"", init=False)

    @abstractmethod
    def whole(self, data: bytes) -> bool:
        """Whether this is an event of the format, and not a part of one."""

    @abstractmethod
    def take(self, data: bytes, name: bytes) -> tuple[DecodedDelta, ...] | None:
        """Take an event in: what the model says in it; None where it is no event of the format."""

    @property
    @abstractmethod
    def reply(self) -> ModelReply | None:
        """The reply, where all of it has come."""

    @property
    @abstractmethod
    def begun(self) -> bool:
        """Whether anything of an answer has come."""

    @property
    @abstractmethod
    def partial(self) -> Mapping[str, str]:
        """What was said so far and what it used, for an error."""

    def feed(self, data: bytes, /) -> tuple[DecodedDelta, ...]:
        """What the model says in ``data``. ``done`` tells that nothing more is to come."""
        if len(self._seen) < MAX_EXCERPT:
            self._seen += data[:MAX_EXCERPT]
        said: list[DecodedDelta] = []
        for event in self._events.feed(data):
            self._take(event, said)
        return tuple(said)

    def _take(self, event: ServerEvent, said: list[DecodedDelta]) -> None:
        if self.done:
            return
        data = self.clean(event.data)
        found = self.take(data, event.name)
        if found is None:
            self._damaged = data
            self.done = True
            return
        said.extend(found)
        if event.name == b"error" and self.failure is None:
            self.failure = complaint_of(data)
        if self.failure is not None:
            self.done = True

    def end(self) -> tuple[DecodedDelta, ...]:
        """Nothing more comes: what stood in an event that was not closed by a blank line, where it is whole."""
        said: list[DecodedDelta] = []
        for event in self._events.finish():
            if self.whole(event.data):
                self._take(event, said)
        return tuple(said)

    def finish(self) -> ModelReply | ProviderError:
        """The reply, or why there is none, when all has been fed that came."""
        self.end()
        if self.failure is not None:
            return self._fault(self.failure, None, "broke off with an error")
        if self._damaged:
            return self._fault(
                complaint_of(self._damaged), "protocol", "sent an event that is no part of a reply"
            )
        reply = self.reply
        if reply is not None:
            return reply
        if self.begun:
            return self._fault(Complaint(), "stream_incomplete", "stopped in the middle of the answer")
        page = complaint_of(self.clean(self._seen)) if self._seen.lstrip().startswith(b"<") else Complaint()
        kind: ProviderKind = "protocol" if self.done or page.html else "stream_incomplete"
        return self._fault(page, kind, self.lacking)

    def _fault(self, complaint: Complaint, kind: ProviderKind | None, found: str) -> ProviderError:
        facts = dict(self.partial)
        if kind == "protocol":
            facts |= body_fact(self.clean(self._seen))
        return fault(self.asked, self.status, self.headers, complaint, kind=kind, found=found, facts=facts)
