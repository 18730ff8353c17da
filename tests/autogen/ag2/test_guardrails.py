"""Guardrails, system messages that are made anew, and hand-overs as they are listed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import pytest

from tests.autogen.ag2.patterns_for_tests import MODEL, thinker, told
from tests.autogen.consoles_for_tests import Typing
from tests.autogen.groups_for_tests import speaker, speakers
from typedagents.autogen import ConversableAgent, UpdateSystemMessage, using
from typedagents.autogen.agentchat import initiate_group_chat
from typedagents.autogen.agentchat.group import (
    AgentTarget,
    Handoffs,
    OnCondition,
    OnContextCondition,
    StringContextCondition,
    StringLLMCondition,
    TerminateTarget,
)
from typedagents.autogen.agentchat.group.guardrails import GuardrailResult, LLMGuardrail, RegexGuardrail
from typedagents.autogen.agentchat.group.patterns import DefaultPattern
from typedagents.autogen.io import IOStream
from typedagents.interpreter.traces import TraceMemory
from typedagents.testing import scripted_model

CARD = r"\d{4}-\d{4}"


@pytest.fixture(autouse=True)
def console() -> Iterator[Typing]:
    out = Typing()
    with using(store=TraceMemory()), IOStream.set_default(out):
        yield out


def test_what_an_agent_is_told_goes_no_further(console: Typing) -> None:
    a, b = speakers("a", "b")
    a.register_input_guardrail(RegexGuardrail("cards", CARD, AgentTarget(b), "No cards."))
    result, _, _ = initiate_group_chat(DefaultPattern(a, [a, b]), "my card is 1234-5678")
    assert told(result) == [
        (None, "my card is 1234-5678"),
        ("a", rf"No cards.{chr(10)}Justification: it matches '\\d{{4}}-\\d{{4}}'"),
        ("b", "This is b."),
    ]
    assert "This is a." not in console.printed
    assert told(initiate_group_chat(DefaultPattern(a, [a, b]), "hello")[0])[1:] == [("a", "This is a.")]


def test_what_an_agent_is_about_to_say_is_not_said(console: Typing) -> None:
    a, b = speaker("a", "It is 1234-5678."), speaker("b")
    a.register_output_guardrails([RegexGuardrail("cards", CARD, AgentTarget(b))])
    result, _, _ = initiate_group_chat(DefaultPattern(a, [a, b]), "hello")
    assert [name for name, _ in told(result)] == [None, "a", "b"]
    assert "The guardrail 'cards' applies." in str(told(result)[1][1])
    assert "1234-5678" not in console.printed
    a.output_guardrails.clear()
    a.register_output_guardrail(RegexGuardrail("cards", CARD, TerminateTarget()))
    assert len(told(initiate_group_chat(DefaultPattern(a, [a, b]), "hello")[0])) == 1


def test_a_model_judges() -> None:
    a, b = speakers("a", "b")
    a.register_input_guardrails([LLMGuardrail("judge", "It is rude.", AgentTarget(b), MODEL)])
    verdict = '{"violated": true, "why": "it shouts"}'
    with using(models={"judge": scripted_model(verdict)}):
        result, _, _ = initiate_group_chat(DefaultPattern(a, [a, b]), "HELLO")
    assert str(told(result)[1][1]).endswith("Justification: it shouts")
    with using(models={"judge": scripted_model(verdict, '{"violated": false}')}):
        assert a.input_guardrails[0].check("HELLO") == GuardrailResult(True, "it shouts")
        assert a.input_guardrails[0].check([{"content": "hello"}]) == GuardrailResult(False)


def test_a_text_is_checked_without_a_chat() -> None:
    guardrail = RegexGuardrail("cards", CARD, TerminateTarget())
    assert guardrail.check([{"content": "hello"}, {"content": "1234-5678"}]).activated
    assert not guardrail.check("hello").activated
    with pytest.raises(TypeError, match="an Guardrail"):
        speaker("a").register_input_guardrail("cards")  # type: ignore[arg-type]  # what a program does wrong


# --- system messages --------------------------------------------------------------------------------------------


def test_system_messages_are_made_of_context_variables() -> None:
    def counted(agent: ConversableAgent, messages: Sequence[Mapping[str, object]]) -> str:
        return f"{agent.system_message} {len(messages)} messages."

    a = thinker(
        "a",
        context_variables={"name": "Ann"},
        update_agent_state_before_reply=[
            UpdateSystemMessage("You serve {name}."),
            UpdateSystemMessage(counted),
        ],
    )
    model = scripted_model("Hello.")
    with using(models=model):
        a.generate_reply([{"content": "hello", "role": "user"}])
    assert [one.instructions and one.instructions.text for one in model.asked] == [
        "You serve Ann. 1 messages."
    ]


@pytest.mark.parametrize(
    "given", [3, lambda agent: "", lambda agent, messages: ""], ids=["number", "one", "untyped"]
)
def test_what_makes_no_system_message(given: object) -> None:
    with pytest.raises(ValueError, match="UpdateSystemMessage"):
        UpdateSystemMessage(given)  # type: ignore[arg-type]  # what a program does wrong


# --- hand-overs -------------------------------------------------------------------------------------------------


def test_hand_overs_are_listed() -> None:
    b = speaker("b")
    plain = OnContextCondition(target=TerminateTarget())
    held = OnContextCondition(target=AgentTarget(b), condition=StringContextCondition("it"))
    by_model = OnCondition(target=AgentTarget(b), condition=StringLLMCondition("it"))
    handoffs = (
        Handoffs().set_after_work(AgentTarget(b)).add_after_work(held).set_after_work(TerminateTarget())
    )
    assert handoffs.after_works == [held, plain]
    assert handoffs.add_after_works([held, plain]).after_works == [held, held, plain]
    assert handoffs.add_context_conditions([held]).add_llm_condition(by_model).llm_conditions == [by_model]
    assert Handoffs().add_many([held, by_model]).context_conditions == [held]
    assert handoffs.clear() == Handoffs()
    with pytest.raises(ValueError, match="only the last"):
        handoffs.add_after_works([plain, held])
    with pytest.raises(TypeError, match="an OnCondition; found"):
        handoffs.add_llm_condition(held)  # type: ignore[arg-type]  # what a program does wrong
    with pytest.raises(ValueError, match="needs no agent"):
        AgentTarget(b).create_wrapper_agent(b, 0)
