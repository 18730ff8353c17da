"""Teams that the tests of the command line run, each with a world of its own; how each ends is in its name."""

from __future__ import annotations

from typedagents import (
    Agent,
    AskHuman,
    CallModel,
    Decision,
    Limits,
    Message,
    ModelReply,
    ProviderError,
    Reply,
    Steps,
    Stop,
    View,
    World,
    assistant,
    chat,
    group,
    user_proxy,
    with_human,
)
from typedagents.core.handler import Call
from typedagents.core.model import TextDelta
from typedagents.humans import Terminal


async def answer(request: CallModel, call: Call) -> ModelReply:
    """Echoes in pieces; some words have an effect of their own."""
    said = request.transcript[-1]
    if "fail" in said.text:
        raise ProviderError("the model is not there", kind="not_found")
    if "wait" in said.text:
        call.emit(TextDelta("half a sen"))
        import anyio

        await anyio.sleep_forever()
    for piece in ("you said: ", said.text):
        call.emit(TextDelta(piece))
    return ModelReply(f"you said: {said.text}", model="echo")


def stopper(view: View) -> Decision:
    return Stop("enough")


def broken(view: View) -> Decision:
    raise KeyError("a mistake in a policy")


def asking(view: View) -> Steps[Decision, AskHuman]:
    answer = yield from AskHuman("more?", view.me, view.transcript)
    return Reply(repr(answer))


world = World(CallModel.by(answer) | with_human(Terminal()))
team = chat(user_proxy("user", "never", code=None), assistant("echo", instructions=None))
stopped = group(Agent("user", stopper), Agent("other", stopper))
endless = group(
    assistant("a", instructions=None), assistant("b", instructions=None), limits=Limits(max_decisions=3)
)
raising = group(Agent("a", broken), Agent("b", broken))
asks = group(Agent("starter", stopper), Agent("person", asking))
not_a_team = Message("user", "hello")


def made() -> object:
    return stopped


def needs(argument: object) -> object:
    return argument
