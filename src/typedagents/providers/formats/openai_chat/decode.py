"""Answers of the chat-completions format, whole and streamed, read by one fold. Bytes in, values out.

A stream ends well with ``[DONE]``, or at its end after a finish reason; anything else is a stream that was cut. An
error may come inside a success, as the whole body or as one event; what was said before it is kept with it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import ClassVar

from attrs import define, field
from msgspec import DecodeError, MsgspecError, ValidationError, convert

from typedagents.core.errors import ProviderError
from typedagents.core.model import ModelReply
from typedagents.core.usage import Usage
from typedagents.interpreter.ports import Headers
from typedagents.providers.codec import DecodedDelta
from typedagents.providers.faults import Complaint, classify, complaint_in, fault, unreadable
from typedagents.providers.formats.streaming import EventStreamDecoding, deltas, facts_so_far
from typedagents.providers.loose import entries, money, words, written

from .answer import Unfinished, number_of
from .shapes import ANSWER, Answer, Choice
from .usage import counted


def decode(
    status: int, headers: Headers, body: bytes, *, provider: str = "", asked: str = ""
) -> ModelReply | ProviderError:
    """The reply in a whole answer, or why there is none. ``asked`` says in errors what was asked of whom."""
    if not 200 <= status < 300:
        return classify(status, headers, body, asked=asked)
    answer = read(body)
    if answer is None:
        found = "answered with something that is no reply"
        return unreadable(status, headers, body, asked=asked, found=found)
    fold = ReplyFold(provider)
    fold.add(answer, whole=True)
    if fold.failure is not None:
        return fault(asked, status, headers, fold.failure, found="answered with an error", facts=fold.partial)
    if not answer.choices:
        found = "answered without any choice in `choices`"
        return unreadable(status, headers, body, asked=asked, found=found)
    return fold.reply


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

    def add(self, answer: Answer, *, whole: bool = False) -> tuple[DecodedDelta, ...]:
        """Take an event (or the whole body) in; what the first choice says in it."""
        self.id = self.id or words(answer.id)
        self.model = self.model or words(answer.model)
        for usage in (entries(answer.usage), entries(entries(answer.x_groq).get("usage"))):
            if usage and (found := counted(usage)):
                self.usage, self.cost_usd = found, money(usage.get("cost"))
                break
        said: tuple[DecodedDelta, ...] = ()
        for choice in answer.choices or ():
            said += self._choice(choice, whole=whole)
        if answer.error:
            self.failure = complaint_in({"error": answer.error})
        return said

    def _choice(self, choice: Choice, *, whole: bool) -> tuple[DecodedDelta, ...]:
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
        said = deltas(*unfinished.add(delta, whole=whole))
        return said if number == min(self.choices) else ()

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
        return facts_so_far("".join(self.first.text), self.model, self.id, self.usage)

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
class StreamDecoder(EventStreamDecoding):
    """A streamed answer."""

    lacking: ClassVar[str] = "streamed no choice in `choices`"
    _fold: ReplyFold = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._fold = ReplyFold(self.provider)

    def whole(self, data: bytes) -> bool:
        return data.strip() == b"[DONE]" or read(data) is not None

    def take(self, data: bytes, name: bytes) -> tuple[DecodedDelta, ...] | None:
        if data.strip() == b"[DONE]":
            self.done = self.ended_well = True
            return ()
        answer = read(data)
        if answer is None:
            return None
        said = self._fold.add(answer)
        self.failure = self._fold.failure
        return said

    @property
    def reply(self) -> ModelReply | None:
        fold = self._fold
        return fold.reply if fold.choices and (self.done or fold.finished) else None

    @property
    def begun(self) -> bool:
        return bool(self._fold.choices)

    @property
    def partial(self) -> Mapping[str, str]:
        return self._fold.partial
