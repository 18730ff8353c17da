"""What a turn costs through the familiar API: scripted models, and reply functions of the program's own.

Scaled as in ``bench_turns``. On the machine the bars were written for, a turn of AutoGen 0.2.35 in process takes 111 us
with a model client of the program's own; a turn here takes half of that at most. AutoGen's reply functions alone, which
pass one list on and record nothing, take 15 to 20 us.
"""

from __future__ import annotations

from tests.bench.bench_turns import REPLY, us_a_turn
from tests.bench.conftest import Measured
from typedagents import Call, CallModel, TraceMemory
from typedagents.autogen import ConversableAgent, using
from typedagents.core.model import ModelReply

HALF_OF_AUTOGEN_US = 111 / 2
TEXT = REPLY.text
TURNS = 1000


class Fixed:
    """Says the same in every call."""

    def complete(self, request: CallModel, call: Call, /) -> ModelReply:
        return REPLY


def replying(*_: object, **__: object) -> tuple[bool, str]:
    return True, TEXT


def talk(*, with_model: bool) -> None:
    provider = {"config_list": [{"model": "fixed", "provider": Fixed()}]}
    one, other = (
        ConversableAgent(
            name,
            human_input_mode="NEVER",
            max_consecutive_auto_reply=TURNS,
            llm_config=provider if with_model else False,
        )
        for name in ("one", "other")
    )
    if not with_model:
        for agent in (one, other):
            agent.register_reply(ConversableAgent, replying)
    held = one.initiate_chat(other, message=TEXT, max_turns=TURNS // 2, silent=True)
    assert len(held.chat_history) == TURNS


def test_a_turn_of_the_layer(measured: Measured) -> None:
    with using(store=None):
        models = us_a_turn(TURNS, lambda: talk(with_model=True))
        functions = us_a_turn(TURNS, lambda: talk(with_model=False))
    measured("a turn of the familiar API, scripted models", models, "us", at_most=HALF_OF_AUTOGEN_US)
    measured("a turn of the familiar API, reply functions", functions, "us", at_most=HALF_OF_AUTOGEN_US)
    with using(store=TraceMemory()):
        recorded = us_a_turn(TURNS, lambda: talk(with_model=False))
    measured("the same, traced in memory", recorded, "us")
