"""Answers of the chat-completions format, whole and streamed, read by one fold. Bytes in, values out.

A stream ends well with ``[DONE]``, or at its end after a finish reason; anything else is a stream that was cut. An
error may come inside a success, as the whole body or as one event; what was said before it is kept with it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import TypeAlias

from attrs import define, field
from msgspec import DecodeError, MsgspecError, ValidationError, convert

from typedagents.core.errors import ProviderError
from typedagents.core.model import ModelReply, ReasoningDelta, TextDelta
from typedagents.core.usage import Usage
from typedagents.interpreter.ports import Headers
from typedagents.providers.faults import (
    MAX_EXCERPT,
    Complaint,
    ProviderKind,
    complaint_in,
    complaint_of,
    fault,
)
from typedagents.providers.loose import entries, header, money, words, written
from typedagents.providers.sse import EventDecoder, ServerEvent

from .answer import Unfinished, number_of
from .shapes import ANSWER, Answer, Choice
from .usage import counted

StreamedDelta: TypeAlias = TextDelta | ReasoningDelta

NO_HEADERS: Headers = ()


def decode(
    status: int, headers: Headers, body: bytes, *, provider: str = "", asked: str = ""
) -> ModelReply | ProviderError:
    """The reply in a whole answer, or why there is none. ``asked`` says in errors what was asked of whom."""
    if not 200 <= status < 300:
        return classify(status, headers, body, asked=asked)
    answer = read(body)
    if answer is None:
        complaint = complaint_of(body)
        found = (
            "answered with HTML instead of JSON"
            if complaint.html
            else "answered with something that is no reply"
        )
        return fault(asked, status, headers, complaint, kind="protocol", found=found, facts=_body_fact(body))
    fold = ReplyFold(provider)
    fold.add(answer, whole=True)
    if fold.failure is not None:
        return fault(asked, status, headers, fold.failure, found="answered with an error", facts=fold.partial)
    if not answer.choices:
        return fault(
            asked,
            status,
            headers,
            complaint_of(body),
            kind="protocol",
            found="answered without any choice in `choices`",
            facts=_body_fact(body),
        )
    return fold.reply


def classify(status: int, headers: Headers, body: bytes, *, asked: str = "") -> ProviderError:
    """The error that an answer of this status is."""
    complaint = complaint_of(body)
    if 300 <= status < 400:
        target = header(headers, "location") or "an address it does not name"
        found = f"answered {status} and points to {target}; give the right address as base_url"
        return fault(asked, status, headers, complaint, kind="protocol", found=found)
    return fault(asked, status, headers, complaint, facts=_body_fact(body))


def is_stream(headers: Headers) -> bool:
    """Whether an answer is a stream of events; some servers ignore the wish for one, or send no content type."""
    kind = header(headers, "content-type").lower()
    return not kind or "event-stream" in kind


def read(data: bytes) -> Answer | None:
    """A body or an event; None where it is none."""
    try:
        return ANSWER.decode(data)
    except ValidationError:
        return None
    except (DecodeError, UnicodeDecodeError, RecursionError):
        pass
    try:  # halves of surrogate pairs, broken UTF-8 and NaN: outside the standard, and sent nevertheless
        text = json.dumps(json.loads(data.decode("utf-8", "replace")), ensure_ascii=False)
        return convert(json.loads(text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")), Answer)
    except (ValueError, MsgspecError, RecursionError):
        return None


def _body_fact(body: bytes) -> dict[str, str]:
    return {"body": body[:MAX_EXCERPT].decode("utf-8", "replace")}


@define(eq=False)
class ReplyFold:
    """The state of one answer: its choices, and what is said once."""

    provider: str
    choices: dict[int, Unfinished] = field(factory=dict, init=False)
    failure: Complaint | None = field(default=None, init=False)
    id: str = field(default="", init=False)
    model: str = field(default="", init=False)
    usage: Usage | None = field(default=None, init=False)
    cost_usd: Decimal | None = field(default=None, init=False)

    def add(self, answer: Answer, *, whole: bool = False) -> tuple[StreamedDelta, ...]:
        """Take an event (or the whole body) in; what the first choice says in it."""
        self.id = self.id or words(answer.id)
        self.model = self.model or words(answer.model)
        for usage in (entries(answer.usage), entries(entries(answer.x_groq).get("usage"))):
            if usage and (found := counted(usage)):
                self.usage, self.cost_usd = found, money(usage.get("cost"))
                break
        said: tuple[StreamedDelta, ...] = ()
        for choice in answer.choices or ():
            said += self._choice(choice, whole=whole)
        if answer.error:
            self.failure = complaint_in({"error": answer.error})
        return said

    def _choice(self, choice: Choice, *, whole: bool) -> tuple[StreamedDelta, ...]:
        number = number_of(choice.index)
        unfinished = self.choices.get(number)
        if unfinished is None:
            unfinished = self.choices[number] = Unfinished()
        reason = written(choice.finish_reason)
        if reason:
            unfinished.raw_finish = reason
        if choice.error:
            self.failure = complaint_in({"error": choice.error})
        delta = choice.delta or choice.message
        if delta is None:
            return ()
        text, thoughts = unfinished.add(delta, whole=whole)
        if number != min(self.choices) or not (text or thoughts):
            return ()
        if not thoughts:
            return (TextDelta(text),)
        return (ReasoningDelta(thoughts), TextDelta(text)) if text else (ReasoningDelta(thoughts),)

    @property
    def finished(self) -> bool:
        """Whether every choice has said why it ended."""
        return bool(self.choices) and all(choice.raw_finish for choice in self.choices.values())

    @property
    def first(self) -> Unfinished:
        """The first choice: the one that counts."""
        return self.choices[min(self.choices)] if self.choices else Unfinished()

    @property
    def partial(self) -> dict[str, str]:
        """What was said so far and what it used, for an error."""
        usage = self.usage
        facts = {
            "partial": "".join(self.first.text)[:MAX_EXCERPT],
            "model": self.model,
            "id": self.id,
            "input_tokens": str(usage.input_tokens) if usage else "",
            "output_tokens": str(usage.output_tokens) if usage else "",
        }
        return {name: value for name, value in facts.items() if value}

    @property
    def reply(self) -> ModelReply:
        first = self.first
        return ModelReply(
            tuple(first.parts(self.provider, self.id)),
            finish=first.finish,
            raw_finish=first.raw_finish,
            usage=self.usage,
            cost_usd=self.cost_usd,
            model=self.model,
            provider=self.provider,
            id=self.id,
        )


@define(eq=False)
class StreamDecoder:
    """A streamed answer: ``feed`` it bytes, show what it gives, ask ``finish`` for the reply.

    ``done``: nothing more is to come, well or not. ``clean`` is applied to the data of each event, to take out what must not be kept.
    """

    provider: str = ""
    asked: str = ""
    status: int = 200
    headers: Headers = NO_HEADERS
    clean: Callable[[bytes], bytes] = bytes
    done: bool = field(default=False, init=False)
    ended_well: bool = field(default=False, init=False)
    _events: EventDecoder = field(factory=EventDecoder, init=False)
    _fold: ReplyFold = field(init=False)
    _damaged: bytes = field(default=b"", init=False)
    _begun: bytes = field(default=b"", init=False)

    def __attrs_post_init__(self) -> None:
        self._fold = ReplyFold(self.provider)

    def feed(self, data: bytes) -> tuple[StreamedDelta, ...]:
        """What the model says in ``data``. ``done`` tells that nothing more is to come."""
        if len(self._begun) < MAX_EXCERPT:
            self._begun += data[:MAX_EXCERPT]
        said: list[StreamedDelta] = []
        for event in self._events.feed(data):
            self._take(event, said)
        return tuple(said)

    def _take(self, event: ServerEvent, said: list[StreamedDelta]) -> None:
        if self.done:
            return
        data = self.clean(event.data)
        if data.strip() == b"[DONE]":
            self.done = self.ended_well = True
            return
        answer = read(data)
        if answer is None:
            self._damaged = data
            self.done = True
            return
        said.extend(self._fold.add(answer))
        if event.name == b"error" and self._fold.failure is None:
            self._fold.failure = complaint_of(data)
        self.done = self._fold.failure is not None

    def end(self) -> tuple[StreamedDelta, ...]:
        """Nothing more comes: what stood in an event that was not closed by a blank line, where it is whole."""
        said: list[StreamedDelta] = []
        for event in self._events.finish():
            if event.data.strip() == b"[DONE]" or read(event.data) is not None:
                self._take(event, said)
        return tuple(said)

    def finish(self) -> ModelReply | ProviderError:
        """The reply, or why there is none, when all has been fed that came."""
        self.end()
        fold = self._fold
        if fold.failure is not None:
            return self._fault(fold.failure, None, "broke off with an error")
        if self._damaged:
            return self._fault(
                complaint_of(self._damaged), "protocol", "sent an event that is no part of a reply"
            )
        if fold.choices and (self.done or fold.finished):
            return fold.reply
        if fold.choices:
            return self._fault(Complaint(), "stream_incomplete", "stopped in the middle of the answer")
        page = complaint_of(self.clean(self._begun)) if self._begun.lstrip().startswith(b"<") else Complaint()
        kind: ProviderKind = "protocol" if self.done or page.html else "stream_incomplete"
        return self._fault(page, kind, "streamed no choice in `choices`")

    def _fault(self, complaint: Complaint, kind: ProviderKind | None, found: str) -> ProviderError:
        facts = self._fold.partial
        if kind == "protocol":
            facts |= _body_fact(self.clean(self._begun))
        return fault(self.asked, self.status, self.headers, complaint, kind=kind, found=found, facts=facts)
