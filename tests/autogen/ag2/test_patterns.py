"""Group chats by patterns: who speaks, what models are shown, and what replays."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator

import pytest

from tests.autogen.ag2.patterns_for_tests import MODEL, calls, thinker, told
from tests.autogen.consoles_for_tests import Typing
from tests.autogen.groups_for_tests import speaker, speakers
from typedagents.autogen import ConversableAgent, replaying, using
from typedagents.autogen.agentchat import a_initiate_group_chat, initiate_group_chat
from typedagents.autogen.agentchat.group import (
    AgentNameTarget,
    AgentTarget,
    AskUserTarget,
    ContextExpression,
    ContextStr,
    ContextStrLLMCondition,
    ContextVariables,
    ExpressionAvailableCondition,
    ExpressionContextCondition,
    GroupChatConfig,
    GroupChatTarget,
    GroupManagerSelectionMessageContextStr,
    GroupManagerTarget,
    NestedChatTarget,
    OnCondition,
    OnContextCondition,
    RandomAgentTarget,
    ReplyResult,
    RevertToUserTarget,
    StayTarget,
    StringAvailableCondition,
    StringContextCondition,
    StringLLMCondition,
    TerminateTarget,
)
from typedagents.autogen.agentchat.group.patterns import (
    AutoPattern,
    DefaultPattern,
    ManualPattern,
    Pattern,
    RandomPattern,
    RoundRobinPattern,
)
from typedagents.autogen.io import IOStream
from typedagents.interpreter.traces import TraceMemory
from typedagents.testing import ScriptedModel, calling, scripted_model


@pytest.fixture(autouse=True)
def store() -> Iterator[TraceMemory]:
    kept = TraceMemory()
    with using(store=kept), IOStream.set_default(Typing()):
        yield kept


def spoken(
    pattern: Pattern, most: int = 20, messages: list[dict[str, object]] | str = "start"
) -> list[object]:
    return [name for name, _ in told(initiate_group_chat(pattern, messages, most)[0])]


# --- who speaks -------------------------------------------------------------------------------------------------


def test_a_default_pattern_ends_when_its_agent_has_spoken() -> None:
    a, b = speakers("a", "b")
    result, variables, last = initiate_group_chat(DefaultPattern(a, [a, b]), "start")
    assert told(result) == [(None, "start"), ("a", "This is a.")]
    assert (variables.data, last, result.summary) == ({}, a, "This is a.")
    a.handoffs.set_after_work(AgentTarget(b))
    assert spoken(DefaultPattern(a, [a, b])) == [None, "a", "b"]
    assert spoken(DefaultPattern(a, [a, b], group_after_work=AgentNameTarget("a")), 6) == [
        None,
        "a",
        "b",
        "a",
        "b",
        "a",
    ]


def test_all_in_turn_the_user_last() -> None:
    a, b, c = speakers("a", "b", "c")
    user = speaker("user")
    assert spoken(RoundRobinPattern(b, [a, b, c]), 6) == [None, "b", "a", "c", "b", "a"]
    assert spoken(RoundRobinPattern(b, [a, b, c], user), 7) == ["user", "b", "a", "c", "user", "b", "a"]


def test_by_lot() -> None:
    agents = speakers("a", "b", "c")
    with using(name="lots"):
        drawn = spoken(RandomPattern(agents[0], agents), 9)
    assert drawn[:2] == [None, "a"]
    assert all(one != other for one, other in itertools.pairwise(drawn))
    with replaying("lots"):
        assert spoken(RandomPattern(agents[0], agents), 9) == drawn


def test_a_human_says_who_speaks() -> None:
    agents = speakers("a", "b", "c")
    with IOStream.set_default(Typing(["3", "2", "a"])):
        assert spoken(ManualPattern(agents[0], agents), 5) == [None, "a", "c", "b", "a"]


def test_a_model_says_who_speaks() -> None:
    agents = speakers("a", "b", "c")
    message = GroupManagerSelectionMessageContextStr("For {whom}: one of {agentlist}?")
    variables = ContextVariables({"whom": "Ann"})
    pattern = AutoPattern(agents[0], agents, None, {"llm_config": MODEL}, variables, message)
    selects = scripted_model("c", "b")
    with using(models={"chat_manager": selects}):
        assert spoken(pattern, 4) == [None, "a", "c", "b"]
    asked = [one.transcript.last for one in selects.asked]
    assert [one.text for one in asked if one] == ["For Ann: one of ['a', 'b', 'c']?"] * 2


def test_a_model_that_selects_is_needed() -> None:
    agents = speakers("a", "b")
    with pytest.raises(ValueError, match="group_manager_args"):
        spoken(AutoPattern(agents[0], agents))


# --- hand-overs -------------------------------------------------------------------------------------------------


def test_a_model_hands_over() -> None:
    a, b = thinker("a"), thinker("b")
    a.handoffs.add(OnCondition(target=AgentTarget(b), condition=StringLLMCondition("It is for b.")))
    first, second = scripted_model(calls("transfer_to_b_1")), scripted_model("This is b.")
    with using(models={"a": first, "b": second}):
        result, _, last = initiate_group_chat(DefaultPattern(a, [a, b]), "start")
    assert told(result) == [
        (None, "start"),
        (None, None),
        ("_Group_Tool_Executor", "Transfer to b"),
        ("b", "This is b."),
    ]
    assert last is b
    assert [(tool.name, tool.description) for tool in first.asked[0].tools] == [
        ("transfer_to_b_1", "It is for b.")
    ]
    assert shown(second) == [["start"]]


def shown(model: ScriptedModel) -> list[list[str]]:
    """The words that a model was shown, a list for each call."""
    return [[message.text for message in one.transcript] for one in model.asked]


def test_transit_messages_are_shown_where_asked_for() -> None:
    a, b = thinker("a"), thinker("b")
    a.handoffs.add_llm_conditions([OnCondition(target=AgentTarget(b), condition=StringLLMCondition("b"))])
    second = scripted_model("This is b.")
    with using(models={"a": scripted_model(calls("transfer_to_b_1")), "b": second}):
        initiate_group_chat(DefaultPattern(a, [a, b], exclude_transit_message=False), "start")
    assert len(shown(second)[0]) == 3


def test_conditions_of_context_are_looked_at_before_a_model_is_asked() -> None:
    a, b = thinker("a"), speaker("b")
    a.handoffs.add_context_condition(
        OnContextCondition(target=AgentTarget(b), condition=StringContextCondition("ready"))
    )
    pattern = DefaultPattern(a, [a, b], context_variables=ContextVariables({"ready": True}))
    result, _, _ = initiate_group_chat(pattern, "start")
    assert told(result) == [(None, "start"), ("a", "[Handing off to b]"), ("b", "This is b.")]


def test_hand_overs_are_told_of_where_they_are_available() -> None:
    a, b, c = thinker("a"), speaker("b"), speaker("c")
    words = ContextStrLLMCondition(ContextStr("For {whom}."))
    many = ExpressionAvailableCondition(ContextExpression("${count} > 1"))
    a.handoffs.add_many(
        [
            OnCondition(target=AgentTarget(b), condition=words, available=StringAvailableCondition("open")),
            OnCondition(target=AgentTarget(c), condition=words, available=many, llm_function_name="to_c"),
        ]
    )
    model = scripted_model(calls("transfer_to_b_1"), calls("to_c"))
    variables = ContextVariables({"whom": "Ann", "open": False, "count": 2})
    with using(models={"a": model}):
        result, _, _ = initiate_group_chat(DefaultPattern(a, [a, b, c], context_variables=variables), "start")
    assert [[(tool.name, tool.description) for tool in one.tools] for one in model.asked] == [
        [("to_c", "For Ann.")]
    ] * 2
    assert [name for name, _ in told(result)][-1] == "c"
    assert "not possible" in str(told(result)[2][1])


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (TerminateTarget(), ["user", None, "_Group_Tool_Executor"]),
        (StayTarget(), ["user", None, "_Group_Tool_Executor", "a"]),
        (RevertToUserTarget(), ["user", None, "_Group_Tool_Executor", "user", "a"]),
        (AgentNameTarget("b"), ["user", None, "_Group_Tool_Executor", "b"]),
        (AskUserTarget(), ["user", None, "_Group_Tool_Executor", "b"]),
    ],
    ids=str,
)
def test_where_a_function_says_the_floor_goes(target: TerminateTarget, expected: list[str]) -> None:
    a, b, user = thinker("a"), speaker("b"), speaker("user")

    @a.register_for_llm(description="Work.")
    def work() -> ReplyResult:
        return ReplyResult("done", target, {"count": 3})

    with (
        using(models={"a": scripted_model(calls("work"), "This is a.")}, name="it"),
        IOStream.set_default(Typing(["2"])),
    ):
        result, variables, _ = initiate_group_chat(DefaultPattern(a, [a, b], user), "start")
    assert [name for name, _ in told(result)] == expected
    assert told(result)[2] == ("_Group_Tool_Executor", "done")
    assert variables.data == {"count": 3}
    variables.clear()
    with replaying("it"):
        again, replayed, _ = initiate_group_chat(DefaultPattern(a, [a, b], user), "start")
    assert told(again) == told(result)
    assert replayed.data == {"count": 3}


def test_of_several_functions_the_last_one_says_where_the_floor_goes() -> None:
    called: list[str] = []

    def to(where: str, context_variables: ContextVariables) -> ReplyResult:
        called.append(f"{where} after {context_variables.get('last')}")
        context_variables["last"] = where
        target = AgentTarget({"b": b, "c": c}[where])
        return ReplyResult(message=f"to {where}", target=target, context_variables=context_variables)

    a, b, c = thinker("a", functions=[to]), speaker("b"), speaker("c")
    both = (calling("to", where="b"), calling("to", where="c"))
    with using(models={"a": scripted_model(both)}, store=TraceMemory()):
        result, variables, last = initiate_group_chat(DefaultPattern(a, [a, b, c]), "start")
    assert called == ["b after None", "c after b"]
    assert told(result)[-2:] == [("_Group_Tool_Executor", "to b\n\nto c"), ("c", "This is c.")]
    assert (variables.data, last) == ({"last": "c"}, c)


def test_a_function_changes_context_variables_in_place_and_async_chats_do_the_same() -> None:
    a, b = thinker("a"), speaker("b")

    @a.register_for_llm(description="Count.")
    async def count() -> AgentTarget:
        a.context_variables["count"] = [*map(int, [1, 2])]
        a.context_variables.remove("gone")
        return AgentTarget(b)

    async def main() -> tuple[list[tuple[object, object]], dict[str, object]]:
        with using(models={"a": scripted_model(calls("count"))}, name="it"):
            pattern = DefaultPattern(a, [a, b], context_variables=ContextVariables({"gone": 1, "kept": 2}))
            result, variables, last = await a_initiate_group_chat(pattern, "start")
        assert last is b
        return told(result), variables.data

    said, variables = asyncio.run(main())
    assert said[2] == ("_Group_Tool_Executor", "Transfer to b")
    assert variables == {"kept": 2, "count": [1, 2]}


def test_what_json_cannot_say_is_no_context_variable() -> None:
    a, b = speakers("a", "b")
    with pytest.raises(ValueError, match="'it' holds what JSON cannot say"):
        initiate_group_chat(
            DefaultPattern(a, [a, b], context_variables=ContextVariables({"it": object()})), "start"
        )


def test_where_the_floor_goes_after_work() -> None:
    a, b, c = speakers("a", "b", "c")
    done = OnContextCondition(
        target=AgentTarget(c), condition=ExpressionContextCondition(ContextExpression("${n} >= 2"))
    )
    a.handoffs.add_after_works([done, OnContextCondition(target=AgentTarget(b))])
    for number, then in ((1, "b"), (2, "c")):
        variables = ContextVariables({"n": number})
        assert spoken(DefaultPattern(a, [a, b, c], context_variables=variables)) == [None, "a", then]


def test_by_lot_among_some() -> None:
    a, b, c = speakers("a", "b", "c")
    a.handoffs.set_after_work(RandomAgentTarget([a, c]))
    b.handoffs.set_after_work(RandomAgentTarget([b]))
    assert spoken(DefaultPattern(a, [a, b, c])) == [None, "a", "c"]
    assert spoken(DefaultPattern(b, [a, b, c]), 3) == [None, "b", "b"]


def test_chats_and_groups_stand_as_targets() -> None:
    a, b, inner, deep = speaker("a"), speaker("b", "asked"), speaker("inner"), speaker("deep", "deep down")
    held = ContextVariables({"nested": True, "grouped": False})
    nested = NestedChatTarget({"chat_queue": [{"recipient": inner, "max_turns": 1, "silent": True}]})
    group = GroupChatTarget(GroupChatConfig(DefaultPattern(deep, [deep]), [], 5))
    a.handoffs.add_many(
        [
            OnContextCondition(target=nested, condition=StringContextCondition("nested")),
            OnContextCondition(target=group, condition=StringContextCondition("grouped")),
        ]
    )
    assert spoken(DefaultPattern(a, [a, b], context_variables=held), 4) == [
        None,
        "a",
        "wrapped_nested_a_1",
        "a",
    ]
    held.update({"nested": False, "grouped": True})
    result, _, _ = initiate_group_chat(DefaultPattern(a, [a, b], context_variables=held), "start", 3)
    assert told(result)[2] == ("wrapped_group_a_2", "deep down")
    assert deep.context_variables.data == {}
    asked = asyncio.run(a_initiate_group_chat(DefaultPattern(a, [a, b], context_variables=held), "start", 3))
    assert told(asked[0]) == told(result)


def test_a_function_names_no_chats() -> None:
    a, b = thinker("a"), speaker("b")

    @a.register_for_llm(description="Work.")
    def work() -> NestedChatTarget:
        return NestedChatTarget({"chat_queue": []})

    with using(models={"a": scripted_model(calls("work"), "This is a.")}):
        result, _, _ = initiate_group_chat(DefaultPattern(a, [a, b]), "start")
    assert "a function cannot return a nested chat" in str(told(result)[2][1])
    a.handoffs.set_after_work(NestedChatTarget({}))
    with pytest.raises(ValueError, match="a nested chat cannot have the floor"):
        spoken(DefaultPattern(a, [a, b]))


def test_a_manager_as_a_target() -> None:
    a, b = speakers("a", "b")
    a.handoffs.set_after_work(GroupManagerTarget())
    pattern = DefaultPattern(a, [a, b], group_manager_args={"llm_config": MODEL})
    with using(models={"chat_manager": scripted_model("b")}):
        assert spoken(pattern) == [None, "a", "b"]


# --- how it begins ----------------------------------------------------------------------------------------------


def test_it_goes_on_from_messages() -> None:
    a, b, user = speaker("a"), speaker("b"), speaker("user")
    before: list[dict[str, object]] = [
        {"role": "user", "content": "one"},
        {"role": "user", "name": "b", "content": "two"},
    ]
    result, _, _ = initiate_group_chat(DefaultPattern(a, [a, b], user), before)
    assert told(result) == [("user", "one"), ("b", "two"), ("a", "This is a.")]
    assert spoken(DefaultPattern(a, [a, b]), messages=[{"name": "b", "content": "one"}]) == ["b", "a"]
    with pytest.raises(ValueError, match="'x', who is not in the group"):
        spoken(DefaultPattern(a, [a, b]), messages=[{"name": "x", "content": "one"}])
    with pytest.raises(ValueError, match="at least one message"):
        spoken(DefaultPattern(a, [a, b]), messages=[])


def test_what_a_pattern_is_made_of() -> None:
    a, b = speakers("a", "b")
    with pytest.raises(ValueError, match="at least one; found none"):
        DefaultPattern(a, [])
    with pytest.raises(ValueError, match="initial_agent is one of the agents; found 'a' and b"):
        DefaultPattern(a, [b])
    with pytest.raises(ValueError, match="leave it out"):
        DefaultPattern(a, [a], group_manager_args={"groupchat": 1})
    for target, words in ((RevertToUserTarget(), "no user"), (AgentNameTarget("x"), "'x', who is not")):
        with pytest.raises(ValueError, match="user_agent" if words == "no user" else words):
            initiate_group_chat(DefaultPattern(a, [a, b], group_after_work=target), "start")


def test_a_user_with_hand_overs_is_like_any_other() -> None:
    a, b, user = speaker("a"), speaker("b"), speaker("user")
    a.handoffs.set_after_work(RevertToUserTarget())
    assert spoken(DefaultPattern(a, [a, b], user), 5) == ["user", "a", "user", "a", "user"]
    user.handoffs.set_after_work(AgentTarget(b))
    assert spoken(DefaultPattern(a, [a, b], user), 5) == ["user", "a", "user", "b"]
    assert isinstance(user, ConversableAgent)
