"""What the pages show of writing policies, effects and ports: both checkers accept it.

Each block marked `<!-- typed -->` in docs/ stands here word for word: tests/docs/test_typed_examples.py.
"""

from __future__ import annotations

import ast
from collections.abc import Awaitable, Callable
from typing import Literal

import anyio
from attrs import frozen

from typedagents import (
    Agent,
    AnswerRefused,
    AskHuman,
    Call,
    CallModel,
    CodeResult,
    Decision,
    Effect,
    Event,
    Failed,
    HumanAnswer,
    Left,
    Limits,
    ModelReply,
    Now,
    Observed,
    Ok,
    Pass,
    Prompt,
    ProviderError,
    Reply,
    RunCode,
    SharedView,
    Skipped,
    Sleep,
    Steps,
    Stop,
    Team,
    TextDelta,
    Typed,
    Usage,
    Variable,
    View,
    World,
    attempt,
    converse,
    each,
    group,
    model_reply,
    proved,
    race,
    with_models,
)
from typedagents.core.code import BlockResult, Captured, Exited
from typedagents.testing import scripted_model


def shout(view: View) -> Decision:
    last = view.transcript.last
    return Reply(last.text.upper()) if last is not None else Pass()


def two_drafts(view: View) -> Steps[Decision, CallModel]:
    draft = yield from CallModel(view.transcript, view.me, instructions=Prompt("Answer."))
    better = yield from CallModel(
        view.transcript, view.me, instructions=Prompt(f"Improve this answer: {draft.text}")
    )
    if not better.text.strip():
        return Stop("the model had nothing to say")
    return Reply(better.parts, origin="model")


@frozen
class Repeats:
    """Says the same words a number of times, then passes."""

    words: str
    times: int

    def __call__(self, view: View, /) -> Decision:
        mine = sum(message.sender == view.me for message in view.transcript)
        return Reply(self.words) if mine < self.times else Pass()


def last_named(view: SharedView) -> str | None:
    """Whoever the last message mentions; the first agent where it mentions nobody."""
    last = view.transcript.last
    words = "" if last is None else last.text
    return next((name for name in view.roster if f"@{name}" in words), next(iter(view.roster)))


ROLES = ("optimist", "pessimist")


def two_opinions(view: View) -> Steps[Decision, CallModel]:
    replies = yield from each(
        [CallModel(view.transcript, view.me, instructions=Prompt(f"Answer as an {role}.")) for role in ROLES]
    )
    return Reply("\n".join(reply.text for reply in replies), origin="model")


def at_last(seconds: float) -> Steps[ModelReply | None, Sleep]:
    yield from Sleep(seconds)
    return None


def asked(view: View) -> Steps[ModelReply | None, CallModel]:
    return (yield from CallModel(view.transcript, view.me))


def in_time(view: View) -> Steps[Decision, CallModel | Sleep]:
    programs: list[Steps[ModelReply | None, CallModel | Sleep]] = [asked(view), at_last(0.01)]
    reply = yield from race(programs)
    return Stop("the model took too long") if reply is None else Reply(reply.parts, origin="model")


def patient(view: View) -> Steps[Decision, CallModel | Sleep]:
    for seconds in (0.0, 0.01, 0.02):
        yield from Sleep(seconds)
        match (yield from attempt(CallModel(view.transcript, view.me))):
            case Ok(reply):
                return Reply(reply.parts, origin="model")
            case Failed(kind="provider.rate_limit"):
                continue
            case Failed(kind, text):
                return Stop(f"{kind}: {text}")
    return Pass()


@frozen
class Asks:
    """Answers with what a team of its own comes to."""

    team: Team[CallModel]

    def __call__(self, view: View, /) -> Steps[Decision, CallModel | Now]:
        last = view.transcript.last
        ended = yield from converse(self.team, "" if last is None else last.text)
        if ended.transcript.last is None:
            return Pass()
        return Reply(f"{ended.transcript.last.text} ({len(ended.transcript)} messages, {ended.reason})")


def desk(view: View) -> Decision:
    last = view.transcript.last
    if last is not None and "invoice" in last.text:
        return Reply("That is for our accountant.", hand_to="accountant")
    return Reply("How can I help?")


ORDERS = Variable("orders", int, 0)


def waiter(view: View) -> Decision:
    count = view.context[ORDERS] + 1
    return Reply(f"Order {count} is noted.", changes=(ORDERS.to(count),), notes=("was friendly",))


def no_keys(view: View, decision: Decision) -> Decision:
    if isinstance(decision, Reply) and any("sk-" in str(draft.parts) for draft in decision.drafts):
        return Reply("I had better not say that.")
    return decision


@frozen
class ReadThermometer(Effect[float]):
    """The temperature of a room, in degrees Celsius."""

    repeats = "pure"
    room: str

    def accept(self, value: object, /) -> float:
        return proved(value, float)


def reports(view: View) -> Steps[Decision, ReadThermometer]:
    celsius = yield from ReadThermometer("kitchen")
    return Reply(f"{celsius} degrees")


def read(effect: ReadThermometer, call: Call) -> float:
    call.emit(f"reading {effect.room} for {call.agent}")
    return 21.5


thermometer = ReadThermometer.by(read)


class Parrot:
    """A model that repeats what it hears."""

    def complete(self, request: CallModel, call: Call, /) -> ModelReply:
        last = request.transcript.last
        if last is None:
            raise ProviderError("nothing was said yet", kind="invalid_request")
        call.emit(TextDelta(last.text))
        size = len(last.text)
        return ModelReply(last.text, usage=Usage(fresh_input=size, output=size), model="parrot")


class Literals:
    """An executor for a harmless language: Python's literals."""

    def run(self, request: RunCode, call: Call, /) -> CodeResult:
        results: list[BlockResult] = []
        for block in request.blocks:
            try:
                value: object = ast.literal_eval(block.code)
            except (SyntaxError, ValueError) as error:
                results.append(BlockResult(Exited(1), stderr=Captured(str(error).encode())))
                break
            results.append(BlockResult(Exited(0), stdout=Captured(repr(value).encode())))
        return CodeResult(tuple(results))


@frozen
class ChatWindow:
    """A human in a chat window, who may take a minute to answer."""

    send: Callable[[str], object]
    receive: Callable[[], Awaitable[str]]

    async def answer(self, question: AskHuman, call: Call, /) -> HumanAnswer:
        self.send(question.question)
        with anyio.move_on_after(60):
            text = await self.receive()
            return Left() if text == "/leave" else Typed(text) if text.strip() else Skipped()
        return Skipped()


@frozen
class Ticket:
    """What a customer wants."""

    topic: Literal["bill", "delivery"]
    urgent: bool
    order: int | None = None


clerk = Agent("clerk", model_reply(output=Ticket))
once = group(clerk, limits=Limits(max_decisions=1))
model = scripted_model('{"topic": "bill", "urgent": "very"}', '{"topic": "bill", "urgent": true}')


def watch(event: Event) -> None:
    match event:
        case Observed(observation=AnswerRefused(problems=problems)):
            print(problems.strip())
        case _:
            pass


outcome = World(with_models(model), store=None, watchers=(watch,)).run_sync(once, "I paid twice!")
ticket = outcome.answer(Ticket)
