"""Law 7: whatever a transcript holds, a speaker's history is well-formed; roles appear here and nowhere before."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from tests.providers.conversations import ME, MESSAGES, OTHER
from typedagents.core.code import BlockResult, Captured, CodeResult, Exited
from typedagents.core.log import Transcript
from typedagents.core.message import Message
from typedagents.core.model import Prompt
from typedagents.core.parts import Reasoning, Text, ToolCall, ToolResult
from typedagents.policies.projection import (
    CUT,
    INTERRUPTED,
    AssistantItem,
    Item,
    SystemItem,
    ToolItem,
    UserItem,
    project,
)

CALL = ToolCall("c1", "add", '{"a":1}')
RESULT = ToolResult("c1", "add", (Text("3"),))


def orphans_and_gaps(items: Sequence[Item]) -> list[str]:
    """Calls without a result directly behind them, and results without a call."""
    wrong: list[str] = []
    due: list[str] = []
    for item in items:
        if isinstance(item, ToolItem):
            if not due or due.pop(0) != item.result.call_id:
                wrong.append(f"orphan {item.result.call_id}")
            continue
        wrong += [f"unanswered {id}" for id in due]
        due = [call.id for call in item.calls] if isinstance(item, AssistantItem) else []
    return wrong + [f"unanswered {id}" for id in due]


@given(st.lists(MESSAGES, max_size=12))
def test_each_call_has_its_result_behind_it_and_no_result_is_an_orphan(messages: list[Message]) -> None:
    items = project(Transcript(messages), ME, Prompt("help"))

    assert orphans_and_gaps(items) == []
    assert SystemItem("help") == items[0]
    assert all(not isinstance(item, UserItem | AssistantItem) or item.parts for item in items)


@given(st.lists(MESSAGES, max_size=12))
def test_what_is_said_is_told_once(messages: list[Message]) -> None:
    results = [part for message in messages for part in message.parts if isinstance(part, ToolResult)]
    items = project(Transcript(messages), ME)
    answers = [
        item.result
        for item in items
        if isinstance(item, ToolItem) and item.result.text not in (INTERRUPTED, CUT)
    ]
    told = [
        part
        for item in items
        if isinstance(item, UserItem)
        for part in item.parts
        if isinstance(part, Text) and part.text.startswith("[result of ")
    ]

    assert len(results) == len(answers) + len(told)


def test_own_words_are_the_assistants_and_others_the_users() -> None:
    said = [Message(OTHER, "hello"), Message(ME, "hi"), Message(OTHER, "bye")]

    assert (
        UserItem((Text("hello"),), OTHER),
        AssistantItem((Text("hi"),)),
        UserItem((Text("bye"),), OTHER),
    ) == project(said, ME)


def test_results_come_in_the_order_of_the_calls_whoever_gives_them() -> None:
    second, answer = ToolCall("c2", "mul"), ToolResult("c2", "mul", (Text("9"),))
    said = [Message(ME, (Text("wait"), CALL, second)), Message(OTHER, answer), Message("third", RESULT)]

    assert (
        AssistantItem((Text("wait"), CALL, second)),
        ToolItem(RESULT),
        ToolItem(answer),
    ) == project(said, ME)


def test_a_missing_result_is_made_up_before_anything_else_is_said() -> None:
    items = project([Message(ME, CALL), Message(OTHER, "well?"), Message(OTHER, RESULT)], ME)

    assert (
        AssistantItem((CALL,)),
        ToolItem(ToolResult("c1", "add", (Text(INTERRUPTED),), failed=True)),
        UserItem((Text("well?"),), OTHER),
        UserItem((Text("[result of add] 3"),), OTHER),
    ) == items


def test_a_cut_call_is_said_not_to_have_been_made() -> None:
    call = ToolCall("c1", "add", '{"a"', complete=False)

    assert ToolItem(ToolResult("c1", "add", (Text(CUT),), failed=True)) == project([Message(ME, call)], ME)[1]


def test_equal_ids_in_later_turns_are_kept_apart() -> None:
    again = ToolResult("c1", "add", (Text("4"),))
    said = [Message(ME, CALL), Message(OTHER, RESULT), Message(ME, CALL), Message(OTHER, again)]

    assert [RESULT, again] == [item.result for item in project(said, ME) if isinstance(item, ToolItem)]


def test_calls_of_others_and_their_results_are_words() -> None:
    assert (
        UserItem((Text('[calls add with {"a":1}]'),), OTHER),
        UserItem((Text("[result of add] 3"),), "third"),
    ) == project([Message(OTHER, CALL), Message("third", RESULT)], ME)


def test_what_code_printed_is_heard_even_by_whoever_ran_it() -> None:
    result = CodeResult((BlockResult(Exited(0), Captured(b"4\n")),))
    words = (Text("exitcode: 0 (execution succeeded)\nCode output: 4"),)

    assert (UserItem(words, OTHER),) == project([Message(OTHER, result, "code")], ME)
    assert (UserItem(words),) == project([Message(ME, result, "code")], ME)


def test_thoughts_stay_with_the_one_who_had_them() -> None:
    thought = Message(OTHER, (Reasoning("hm"), Text("yes")))

    assert (UserItem((Text("yes"),), OTHER),) == project([thought], ME)
    assert (AssistantItem((Reasoning("hm"), Text("yes"))),) == project([thought], OTHER)
    assert project([Message(ME, Reasoning("hm"))], ME) == ()
