"""Typed answers: a model is asked for a value of a type, and asked again where what it says is none.

    answered = yield from typed_answer(CallModel(view.transcript, view.me), Invoice)
    answered.value                                              # an Invoice, as type checkers know

How a provider is asked (by its native schema, by a tool, in words) is the provider's business; what it answers is held
to the type here, always. An answer that does not fit is told its problems, each with its path, ``repairs`` times. Then the
turn fails, and the last answer stands in the failure:

    output.invalid         it never fitted
    output.length          the answer was cut; nothing is read out of half an answer
    output.refusal         the model declined, or its provider did (output.content_filter)
"""

from __future__ import annotations

from collections.abc import Iterable
from types import MappingProxyType
from typing import Final, Generic

from attrs import evolve, frozen
from typing_extensions import TypeForm, TypeVar

from typedagents.core.effect import EffectFailed, Failed, Steps, Tell
from typedagents.core.errors import ConfigError
from typedagents.core.message import AgentName, Message, says_something, words_of
from typedagents.core.model import CallModel, ModelReply
from typedagents.core.parts import Data, Part, Refusal, Text, ToolCall
from typedagents.tools.answers import AnswerForm, form_of, value_of
from typedagents.tools.bad_arguments import BadArguments

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

REPAIRS: Final = 2
CHECKERS: Final = (AgentName("checker"), AgentName("checker of answers"))
"""Who is taken to tell a model what is wrong; the second for an agent with the name of the first."""

_AGAIN: Final = "Your answer does not fit:{problems}\nAnswer again, with all of it as JSON and nothing else."
_ENDS = MappingProxyType(
    {
        "length": "the answer was cut: it is longer than it may be",
        "context_length": "the answer was cut: the conversation is too long for the model",
        "refusal": "the model declined to answer",
        "content_filter": "the provider kept the answer back",
    }
)


@frozen
class TypedAnswer(Generic[T_co]):
    """A typed answer, and the reply it stands in, its words as one ``Data`` part."""

    value: T_co
    reply: ModelReply


@frozen
class AnswerRefused:
    """An answer of ``agent`` did not fit, for watchers. ``left``: how often it is asked again."""

    agent: str
    problems: str
    left: int

    @property
    def words(self) -> str:
        again = "it is asked again" if self.left else "it is not asked again"
        return f"gave an answer that does not fit, and {again}:{self.problems}"


def typed_answer(
    call: CallModel, kind: TypeForm[T], *, repairs: int = REPAIRS
) -> Steps[TypedAnswer[T], CallModel]:
    """What a model answers ``call``, as a value of ``kind``: any type that JSON can say.

    ``ConfigError`` where it cannot, and where the call has tools, whose calls are no answer.
    """
    form = form_of(kind)
    if call.tools:
        raise ConfigError(
            "a typed answer is asked for without tools; give the policy both: "
            "tool_loop(model_reply(..., output=...), tools)"
        )
    reply = yield from held_to(call, form, repairs)
    data = next(part for part in reply.parts if isinstance(part, Data))
    return TypedAnswer(value_of(data, kind), reply)


def held_to(call: CallModel, form: AnswerForm, repairs: int) -> Steps[ModelReply, CallModel]:
    """The reply to ``call`` with its words as one ``Data`` part; or calls of the tools that it was told of, as they are."""
    call = evolve(call, output=form.spec)
    checker = CHECKERS[call.me == CHECKERS[0]]
    left = repairs
    while True:
        reply = yield from call
        if call.tools and any(isinstance(part, ToolCall) for part in reply.parts):
            return reply
        _prove_whole(reply)
        try:
            return evolve(reply, parts=_with_data(reply.parts, form.read(_said(reply.parts))))
        except BadArguments as error:
            problems = error.told
        yield Tell(AnswerRefused(call.me, problems, left))
        if not left:
            times = "once" if not repairs else f"{1 + repairs} times"
            facts = {"answer": reply.text, "problems": problems.strip()}
            raise EffectFailed(
                Failed("output.invalid", f"asked {times}, the answer never fitted:{problems}", facts)
            )
        left -= 1
        shown = tuple(part for part in reply.parts if not isinstance(part, ToolCall))
        said = [Message(call.me, shown, "model")] if says_something(shown) else []
        told = Message(checker, _AGAIN.format(problems=problems))
        call = evolve(call, transcript=call.transcript.extend([*said, told]))


def _prove_whole(reply: ModelReply) -> None:
    """Nothing is read out of half an answer, or of a refusal."""
    declined = any(isinstance(part, Refusal) for part in reply.parts)
    end = "refusal" if declined else reply.finish
    if end in _ENDS:
        kind = "length" if end == "context_length" else end
        words = f"{_ENDS[end]}: {reply.text[:200]}" if reply.text else _ENDS[end]
        raise EffectFailed(Failed(f"output.{kind}", words, {"answer": reply.text}))


def _said(parts: Iterable[Part]) -> str:
    return words_of(part for part in parts if isinstance(part, Text | Data))


def _with_data(parts: Iterable[Part], data: Data) -> tuple[Part, ...]:
    """``data`` in the place of the words, without calls of what is no tool; thoughts and a provider's state stay."""
    kept: list[Part] = []
    for part in parts:
        if isinstance(part, Text | Data):
            if data not in kept:
                kept.append(data)
        elif not isinstance(part, ToolCall):
            kept.append(part)
    return tuple(kept)


def at_least_none(repairs: int) -> int:
    """``repairs``, when it is a number of repairs."""
    if repairs < 0:
        raise ConfigError(f"a model is asked to repair its answer 0 times or more often; found {repairs}")
    return repairs
