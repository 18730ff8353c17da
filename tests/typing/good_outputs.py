"""What the types of answers come to, as users write them."""

from __future__ import annotations

import dataclasses
from enum import Enum
from typing import Literal, assert_type

import msgspec
from attrs import frozen
from typing_extensions import TypedDict

from typedagents.core.effect import Steps
from typedagents.core.message import Message
from typedagents.core.model import CallModel, ModelReply
from typedagents.core.team import Agent
from typedagents.core.view import View
from typedagents.interpreter.outcome import Outcome
from typedagents.policies.answering import TypedAnswer, typed_answer
from typedagents.policies.model import ModelPolicy, model_reply
from typedagents.policies.recipes import assistant
from typedagents.tools.answers import answer_in


@frozen
class Item:
    name: str


@dataclasses.dataclass
class Invoice:
    items: list[Item]


class Order(msgspec.Struct):
    id: int


class Shape(TypedDict):
    corners: int


class Colour(Enum):
    RED = "red"


assert_type(model_reply(output=Item), ModelPolicy)
assert_type(model_reply(output=Item | None, repairs=0), ModelPolicy)
assert_type(model_reply(output=Literal["a", "b"]), ModelPolicy)
assert_type(assistant("a", output=list[Order]), Agent[CallModel])
assert_type(assistant("a", output=Invoice | str, repairs=1), Agent[CallModel])


def reads(outcome: Outcome, message: Message) -> None:
    assert_type(outcome.answer(Item), Item)
    assert_type(outcome.answer(Invoice), Invoice)
    assert_type(outcome.answer(list[Order]), list[Order])
    assert_type(outcome.answer(Shape), Shape)
    assert_type(outcome.answer(Colour), Colour)
    assert_type(outcome.answer(Item | None), Item | None)
    assert_type(outcome.answer(Literal["a", "b"]), Literal["a", "b"])
    assert_type(answer_in(message, dict[str, int]), dict[str, int])


def asks(view: View) -> Steps[str, CallModel]:
    answered = yield from typed_answer(CallModel(view.transcript, view.me), Invoice)
    assert_type(answered, TypedAnswer[Invoice])
    assert_type(answered.value, Invoice)
    assert_type(answered.reply, ModelReply)
    return answered.value.items[0].name
