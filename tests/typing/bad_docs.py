"""The mistakes that docs/explanation.md shows: both checkers reject each marked line, in the words shown there."""

from __future__ import annotations

from typedagents import (
    Agent,
    AskHuman,
    CallModel,
    Decision,
    Reply,
    Steps,
    View,
    World,
    assistant,
    chat,
    user_proxy,
    with_models,
)
from typedagents.testing import scripted_model

world = World(with_models(scripted_model("Hello.")))
pair = chat(user_proxy("user", "always", code=None), assistant("assistant"))
world.run_sync(pair, "Hi")  # E: "Team[AskHuman | CallModel]"

user: Agent[CallModel] = user_proxy("user", "always", code=None)  # E: "Agent[AskHuman]"


def hides(view: View) -> Steps[Decision, CallModel]:
    yield from AskHuman("May I?", view.me)  # E: Request[AskHuman]
    return Reply("Thank you.")


def forgets(view: View) -> Decision:
    answer = CallModel(view.transcript, view.me)
    return Reply(answer.text)  # E: "CallModel"


def plain_text(view: View) -> str:
    return "hello"


async def waits(view: View) -> Decision:
    return Reply("hello")


Agent("a", plain_text)  # E: str
Agent("b", waits)  # E: Coroutine


def says_hello(request: CallModel) -> str:
    return "hello"


CallModel.by(says_hello)  # E: ModelReply | Awaitable[ModelReply]
