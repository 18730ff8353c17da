"""Teams that the tests of the command line run, each in the world below; how each ends is in its name."""

from __future__ import annotations

import time
from decimal import Decimal

import anyio

from tests.policies.hand_made import Pretended
from typedagents import (
    Agent,
    AskHuman,
    CallModel,
    CodeResult,
    Decision,
    Draft,
    Event,
    Limits,
    Message,
    ModelReply,
    Now,
    ProviderError,
    Reply,
    RunCode,
    Steps,
    Stop,
    Text,
    TextDelta,
    ToolCall,
    Usage,
    View,
    World,
    assistant,
    attempt,
    chat,
    converse,
    each,
    first_of,
    group,
    message_count,
    model_reply,
    passes,
    says,
    until,
    user_proxy,
    with_human,
)
from typedagents.core.code import BlockResult, Captured, Exited
from typedagents.core.handler import Call
from typedagents.core.tool import Approve
from typedagents.humans import Terminal
from typedagents.tools.toolset import toolset


async def answer(request: CallModel, call: Call) -> ModelReply:
    """Echoes in pieces; some words have an effect of their own."""
    said = request.transcript[-1]
    if "fail" in said.text:
        raise ProviderError("the model is not there", kind="not_found")
    if request.tools:
        name = request.tools[0].name
        return ModelReply("done TERMINATE" if said.origin == "tool" else ToolCall("1", name, '{"n": 2}'))
    if "wait" in said.text:
        call.emit(TextDelta("half a sen"))
        await anyio.sleep_forever()
    for piece in ("you said: ", said.text):
        call.emit(TextDelta(piece))
    price = Decimal("0.0015") if request.model == "priced" else None
    usage = Usage(fresh_input=10, cache_read=5, output=3)
    return ModelReply(f"you said: {said.text}", usage=usage, cost_usd=price, model=request.model or "echo")


def run(request: RunCode, call: Call) -> CodeResult:
    return CodeResult((BlockResult(Exited(1), Captured(b"\x1b[31mred\x1b[0m"), Captured(b"oops\n")),))


def stopper(view: View) -> Decision:
    return Stop("enough")


def broken(view: View) -> Decision:
    raise KeyError("a mistake in a policy")


def asking(view: View) -> Steps[Decision, AskHuman]:
    answer = yield from AskHuman("more?", view.me, view.transcript)
    return Reply(repr(answer))


def otherwise(view: View) -> Steps[Decision, CallModel]:
    """Says something else than what the model said."""
    reply = yield from CallModel(view.transcript, view.me)
    return Reply(reply.text.upper(), origin="model")


def coping(view: View) -> Steps[Decision, CallModel]:
    """Lives with a model that fails."""
    tried = yield from attempt(CallModel(view.transcript, view.me))
    return Reply(f"it was {type(tried).__name__}")


def nesting(view: View) -> Steps[Decision, CallModel | Now]:
    """Holds a conversation of its own, and asks two things at once."""
    inner = yield from converse(group(Agent("inner", model_reply()), limits=Limits(max_messages=2)), "psst")
    both = yield from each([CallModel(inner.transcript, view.me), CallModel(view.transcript, view.me)])
    return Reply([Draft([Text(" & ".join(reply.text for reply in both))], origin="program")])


world = World(CallModel.by(answer) | RunCode.by(run) | with_human(Terminal()))
team = chat(user_proxy("user", "never", code=None), assistant("echo", instructions=None))
priced = chat(user_proxy("user", "never", code=None), assistant("echo", "priced", instructions=None))
coder = chat(user_proxy("user", "never"), assistant("echo", instructions=None), max_turns=1)
doubling = toolset(Pretended("double", lambda effect, call, given: "twice " + effect.arguments))
tooled = chat(
    user_proxy("user", "never", code=None, runs=doubling),
    assistant("caller", tells=doubling, instructions=None),
)
looping = chat(user_proxy("user", "never", code=None), assistant("caller", tools=doubling, instructions=None))


def cautious(view: View) -> Steps[Decision, Approve]:
    verdict = yield from Approve("rm", "{}", "1", view.me, view.transcript)
    return Reply(repr(verdict))


careful = group(Agent("cautious", cautious), until=message_count(2))
stopped = group(Agent("user", stopper), Agent("other", stopper))
endless = group(
    assistant("a", instructions=None), assistant("b", instructions=None), limits=Limits(max_decisions=3)
)
raising = group(Agent("a", broken), Agent("b", broken))
asks = group(Agent("starter", stopper), Agent("person", asking))
talks = chat(user_proxy("me", "always", code=None), assistant("echo", instructions=None))
louder = group(Agent("user", stopper), Agent("loud", otherwise))
copes = group(Agent("user", stopper), Agent("calm", coping))
nests = group(Agent("user", stopper), Agent("outer", nesting))
nothing = None
not_a_team = Message("user", "hello")


def made() -> object:
    return stopped


def needs(argument: object) -> object:
    return argument


def breaks() -> object:
    raise LookupError("nothing here")


codes = chat(
    user_proxy("user", "never"),
    Agent("coder", first_of(until(message_count(3), says("```python\nprint()\n```")), passes)),
)


def blocking(view: View) -> Steps[Decision, CallModel]:
    reply = yield from CallModel(view.transcript, view.me)
    return Reply(reply.parts)


def block(request: CallModel, call: Call) -> ModelReply:
    """As a plain function that waits in the thread of the run."""
    call.emit(TextDelta("blocking "))
    while True:
        time.sleep(0.05)


def blocks() -> object:
    return group(Agent("user", stopper), Agent("slow", blocking)), World(CallModel.by(block))


def bad_watcher(event: Event) -> None:
    raise OSError("a watcher that fails")


def with_a_bad_watcher() -> object:
    return stopped, World(CallModel.by(answer), watchers=(bad_watcher,))


def with_its_world() -> object:
    return team, World(CallModel.by(lambda request: ModelReply("from the other world")))


patient = (talks, World(CallModel.by(answer)))
careful_later = (careful, World(CallModel.by(answer)))
