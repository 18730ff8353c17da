"""How many tokens a call sends: an estimate, and what providers counted."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from typedagents.core.log import Transcript
from typedagents.core.message import AgentName, Message
from typedagents.core.model import CallModel, OutputSpec, Prompt, Settings, ToolSpec
from typedagents.core.usage import Charge, Usage
from typedagents.interpreter.budget import Budget, Spending
from typedagents.interpreter.tokens import Corrected, estimated_tokens, worst_case_tokens
from typedagents.testing.strategies import transcripts

ME = AgentName("me")
LONG = Message("you", "x" * 400)
CALL = CallModel(Transcript([LONG]), ME)


def test_all_that_is_sent_counts() -> None:
    everything = CallModel(
        Transcript([LONG]),
        ME,
        instructions=Prompt("y" * 40),
        tools=(ToolSpec("t", "d" * 37, "{}"),),
        output=OutputSpec("o", "z" * 20),
        settings=Settings(max_tokens=7),
    )
    assert (estimated_tokens(CALL), estimated_tokens(everything), worst_case_tokens(everything)) == (
        104,
        129,
        136,
    )


@given(transcripts(), transcripts(), st.integers(0, 10_000))
def test_of_a_conversation_that_goes_on_only_what_is_new_is_estimated(
    before: Transcript, new: Transcript, exact: int
) -> None:
    count = Corrected()
    count.learn("t0", CallModel(before, ME), exact)
    later = CallModel(before.extend(list(new)), ME)
    gained = estimated_tokens(later) - estimated_tokens(CallModel(before, ME))

    assert count(CallModel(before, ME)) == exact
    assert count(later) == exact + gained


def test_nothing_is_learned_for_another_agent_model_or_conversation() -> None:
    count = Corrected()
    count.learn("t0", CALL, 5)

    for other in (
        CallModel(CALL.transcript, AgentName("other")),
        CallModel(CALL.transcript, ME, "large"),
        CallModel(Transcript([Message("you", "another")]), ME),
        CallModel(Transcript(), ME),
    ):
        assert count(other) == estimated_tokens(other)


@given(st.permutations([("t2.0", 7), ("t10.0", 9), ("t10.0/p0.t3.1", 11)]))
def test_what_is_known_does_not_tell_in_which_order_answers_came(answers: list[tuple[str, int]]) -> None:
    count = Corrected()
    for path, exact in answers:
        count.learn(path, CALL, exact)

    assert count(CALL) == 11


def test_a_budget_goes_by_what_providers_counted() -> None:
    spending = Spending(Budget(max_tokens=250))
    assert spending.refusal("t0", CALL) is None
    spending.finished("t0", "me", Charge("m", Usage(20)))

    assert spending.refusal("t1", CALL) is None
    spending.finished("t1", "me", Charge("m", Usage(20), cached=True))
    assert spending.reserved == {}
    assert spending.count(CALL) == 20


def test_a_counter_of_ones_own_is_asked() -> None:
    spending = Spending(Budget(max_tokens=10, tokens=lambda call: 11))
    assert spending.refusal("t0", CALL) == "max_tokens=10 (spent 0, the next call may need 11)"
