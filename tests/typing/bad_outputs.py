"""What both checkers must refuse about typed answers: each marked line, and no other."""

from __future__ import annotations

from attrs import frozen

from typedagents.core.effect import Steps
from typedagents.core.human import AskHuman
from typedagents.core.message import Message
from typedagents.core.model import CallModel, OutputSpec
from typedagents.core.view import View
from typedagents.interpreter.outcome import Outcome
from typedagents.policies.answering import typed_answer
from typedagents.policies.model import model_reply
from typedagents.policies.recipes import assistant
from typedagents.tools.answers import answer_in


@frozen
class Item:
    name: str


model_reply(output=3)  # E
model_reply(output=OutputSpec("o", "{}"))  # E
model_reply(output=Item("x"))  # E
assistant("a", output=3)  # E
assistant("a", outputs=Item)  # E


def reads(outcome: Outcome, message: Message) -> None:
    number: int = outcome.answer(Item)  # E: Item
    items: list[Item] = answer_in(message, list[str])  # E: list[str]
    outcome.answer(Item).price  # E: price
    outcome.answer(Item | None).name  # E: None
    print(number, items)


def asks(view: View) -> Steps[int, CallModel]:
    answered = yield from typed_answer(CallModel(view.transcript, view.me), Item)
    return answered.value  # E: Item


def asks_nobody(view: View) -> Steps[Item, AskHuman]:
    return (yield from typed_answer(CallModel(view.transcript, view.me), Item)).value  # E: CallModel
