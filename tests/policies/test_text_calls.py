"""Calls that real models wrote as plain text are found; what is no call is left as it is."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.policies.driving import decided, message, scripted, view_of
from tests.policies.hand_made import Pretended
from tests.policies.test_tool import call, result
from typedagents.core.decision import Decision, Draft, Pass, Reply
from typedagents.core.model import CallModel, ModelReply, ToolSpec
from typedagents.core.parts import Part, Reasoning, Text, ToolCall
from typedagents.core.performs import performs_of
from typedagents.core.tool import CallTool
from typedagents.core.view import View
from typedagents.policies.calling.loop import tool_loop
from typedagents.policies.calling.text_calls import Written, calls_from_text, written_calls
from typedagents.policies.fixed import says
from typedagents.policies.model import model_reply
from typedagents.tools.toolset import toolset

NAMES = ("currency_calculator", "get_weather")
TOOLS = toolset(*map(Pretended, NAMES))
PARIS = Written("get_weather", '{"city": "Paris"}')
LONDON = Written("get_weather", '{"city": "London"}')
P = '{"name": "get_weather", "arguments": {"city": "Paris"}}'
L = '{"name": "get_weather", "arguments": {"city": "London"}}'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # what small models were seen to write
        (P, [PARIS]),
        (f"\n  {P}\n", [PARIS]),
        (f"```json\n{P}\n```", [PARIS]),
        (f"{P}.json\n{P}", [PARIS]),
        (f"{P}\n{P}\n{P}", [PARIS]),
        ('{"name": "get_weather", "parameters": {"city": "Paris"}}', [PARIS]),
        (f"<tool_call>\n{P}\n</tool_call>", [PARIS]),
        (f"<tool_call>{P}", [PARIS]),
        (f"<tool_call>{P}</tool_call>\n<tool_call>{L}</tool_call>", [PARIS, LONDON]),
        (f"{P}\n{L}", [PARIS, LONDON]),
        (f"{P}, {L};", [PARIS, LONDON]),
        (f"[{P}, {L}]", [PARIS, LONDON]),
        (f"[TOOL_CALLS][{P}]", [PARIS]),
        (f"<|python_tag|>{P}", [PARIS]),
        (f"```\n{P}\n```\n```json\n{L}\n```", [PARIS, LONDON]),
        (f"{P}\nThe weather in Paris is sunny.", [PARIS]),
        ('{"type": "function", "function": {"name": "get_weather", "arguments": {"city": "Paris"}}}', [PARIS]),
        ('{"id": "1", "name": "get_weather", "arguments": {"city": "Paris"}}', [PARIS]),
        # arguments stay as they were written, for whoever decodes them to judge
        ('{"name": "get_weather", "arguments": {"city": "Paris", "city": "London"}}',
         [Written("get_weather", '{"city": "Paris", "city": "London"}')]),
        ('{"name": "get_weather", "arguments": "{\\"city\\": \\"Paris\\"}"}', [PARIS]),
        ('{"name": "get_weather", "arguments": null}', [Written("get_weather", "null")]),
        ('{"name": "get_weather", "arguments": {}}', [Written("get_weather", "{}")]),
    ],
)  # fmt: skip
def test_a_call_written_as_text_is_found(text: str, expected: list[Written]) -> None:
    assert written_calls(text, NAMES) == ("", tuple(expected))


@pytest.mark.parametrize(
    "before", [f"I will look it up.\n```json\n{P}\n```", f"I will look it up. <tool_call>{P}"]
)
def test_the_words_before_a_call_are_kept(before: str) -> None:
    assert written_calls(before, NAMES) == ("I will look it up.", (PARIS,))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "It is sunny.",
        f"You would write {P} to ask for it.",
        '{"name": "get_wether", "arguments": {}}',
        '{"name": "get_weather"}',
        '{"arguments": {"city": "Paris"}}',
        '{"name": 7, "arguments": {}}',
        '{"name": "get_weather", "arguments": {}, "mood": "sunny"}',
        '{"function": {"name": "get_weather", "arguments": {}}, "mood": "sunny"}',
        '{"function": "get_weather", "arguments": {}}',
        '{"name": "get_weather", "arguments": {"city": "Par',
        "{'name': 'get_weather', 'arguments': {}}",
        '{"name": "get_weather", "arguments": NaN}',
        f'[{P}, {{"name": "nobody", "arguments": {{}}}}]',
        "[1, 2]",
        "[]",
        "{}",
        '"get_weather"',
        "```json\n7\n```",
        "```python\nprint('{')\n```",
        "[" * 100_000,
        '{"a":' * 100_000,
        '{"name": "get_weather", "arguments": ' + "[" * 5000 + "]" * 5000 + "}" * 0,
    ],
)
def test_what_is_no_call_is_left_as_it_is(text: str) -> None:
    assert written_calls(text, NAMES) == (text, ())


@given(st.text(alphabet='{}[]":, \n`~<>ntool_callnamearguments\\u0000', max_size=60))
@example("```json\n" * 3)
def test_no_text_is_too_odd(text: str) -> None:
    words, calls = written_calls(text, NAMES)

    assert words == text or calls


# --- the policy -------------------------------------------------------------------------------------------------

POLICY = calls_from_text(model_reply(tools=TOOLS), TOOLS)


def parts_of(decision: Decision) -> list[tuple[Part, ...]]:
    assert isinstance(decision, Reply)
    return [draft.parts for draft in decision.drafts]


def decides(*decisions: Decision) -> Decision:
    (decision, _) = decided(calls_from_text(lambda view: decisions[0], TOOLS), view_of(message("you", "hi")))
    return decision


def test_the_reply_holds_calls_in_place_of_the_text() -> None:
    thought = Reasoning("hm")
    answer = scripted(ModelReply((thought, Text(f"Well.\n```\n{P}\n{L}\n```\nIt is sunny."))))
    decision, _ = decided(POLICY, view_of(message("you", "hi")), answer)

    assert parts_of(decision) == [
        (
            thought,
            Text("Well."),
            ToolCall("text_1_0", "get_weather", PARIS.arguments),
            ToolCall("text_1_1", "get_weather", LONDON.arguments),
        )
    ]
    assert isinstance(decision, Reply)
    assert decision.origin == "model"


def test_each_call_of_a_conversation_has_an_id_of_its_own() -> None:
    several = Reply((Draft(P), Draft((Text(P), Text(L)))), "model")

    assert [
        [part.id for part in parts if isinstance(part, ToolCall)] for parts in parts_of(decides(several))
    ] == [
        ["text_1_0"],
        ["text_2_0", "text_2_1"],
    ]


@pytest.mark.parametrize(
    "decision",
    [
        Reply(P, "human"),
        Reply(Draft(P, "tool"), "model"),
        Reply((Text(P), call("get_weather")), "model"),
        Reply("It is sunny.", "model"),
        Reply(result("x"), "model"),
        Pass(),
    ],
)
def test_what_no_model_said_and_what_is_a_call_already_stays(decision: Decision) -> None:
    assert decides(decision) == decision


def test_in_a_tool_loop_such_calls_are_made() -> None:
    answers = scripted(
        ModelReply(P),
        result("get_weather", "text_1_0"),
        ModelReply(f"```\n{L}\n```"),
        result("x"),
        ModelReply("Rain."),
    )
    _, asked = decided(tool_loop(POLICY, TOOLS), view_of(message("you", "hi")), answers)
    calls = [(effect.arguments, effect.call_id) for effect in asked if isinstance(effect, CallTool)]

    assert calls == [(PARIS.arguments, "text_1_0"), (LONDON.arguments, "text_3_0")]


def test_it_performs_what_its_policy_does_and_knows_tools_by_their_specs() -> None:
    def silent(view: View) -> Decision:
        return Pass()

    assert performs_of(POLICY) == frozenset({CallModel})
    assert calls_from_text(silent, [ToolSpec("b", "", "{}"), ToolSpec("a", "", "{}")]).names == frozenset(
        "ab"
    )
    assert (
        repr(calls_from_text(says("x"), TOOLS))
        == "calls_from_text(says('x'), currency_calculator, get_weather)"
    )
    assert pickle.loads(pickle.dumps(POLICY)) == POLICY
