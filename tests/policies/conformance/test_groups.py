"""Groups: in what order they speak, who may follow whom, what ends them. For the numbers see ``ledger``."""

from __future__ import annotations

import pytest

from tests.policies.driving import Run, message, run, scripted
from tests.policies.hand_made import Pretended
from tests.policies.selecting.groups import calls, group_named, shared
from typedagents import (
    Agent,
    CallModel,
    CallTool,
    ConfigError,
    DecisionLimit,
    Limits,
    Message,
    ModelReply,
    PolicyError,
    PolicyStopped,
    RuleFired,
    Team,
    Text,
    ToolCall,
    ToolResult,
    able,
    first_of,
    group,
    hand_on,
    in_order,
    introduced,
    mentions,
    model_reply,
    not_last,
    resumed_from,
    says,
    says_exactly,
    society,
    tool_reply,
    transitions,
    within,
)
from typedagents.core.effect import AnyEffect
from typedagents.core.rule import Rule
from typedagents.core.view import SharedView
from typedagents.policies.selecting.candidates import Candidates
from typedagents.tools.toolset import toolset


def speakers(ended: Run) -> str:
    return "".join(said.sender for said in ended.messages)


# --- in order ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("messages", "spoke"), [(1, "a"), (2, "ab"), (3, "abc"), (5, "abcab")])
def test_agents_speak_in_turn_for_so_many_messages(messages: int, spoke: str) -> None:
    """Case 19; rows 53 and 55: the opening counts, and what was said last sums it up."""
    team = group_named("a", "b", "c", messages=messages)
    ended = run(team, "a")

    assert speakers(ended) == spoke
    assert ended.texts[-1] == spoke[-1]
    assert ended.reason == DecisionLimit("max_messages", messages)


def test_an_opening_of_a_stranger_is_answered_by_the_first() -> None:
    """Row 55."""
    assert speakers(run(group_named("a", "b", messages=3), Message("x", "hi"))) == "xab"


# --- who may follow whom ----------------------------------------------------------------------------------------


def test_a_group_ends_where_nobody_may_follow() -> None:
    """Case 21. The end is written: where the original leaves ``3`` out, ours has an empty list."""
    rule = transitions(allowed={"1": ["2"], "2": ["3"], "3": []})
    ended = run(group_named("1", "2", "3", messages=10).selected_by(in_order(among=rule)), "hi")

    assert speakers(ended) == "123"
    assert isinstance(ended.reason, PolicyStopped)


def test_an_empty_list_is_an_end_and_a_missing_one_a_mistake() -> None:
    """Defect 15, row 59: in the original the one lets everyone speak, and the other ends; ours is sane."""
    team = group_named("a", "b", "c")

    assert transitions(allowed={"a": ["b"], "b": [], "c": ["a"]})(shared(message("b", "x"))) == ()
    with pytest.raises(ConfigError, match="do not say who may follow 'c'; write a list for each"):
        team.selected_by(in_order(among=transitions(allowed={"a": ["b"], "b": ["a", "c"]})))


@pytest.mark.parametrize(
    ("graph", "text"),
    [
        (
            {"a": ["a", "b"], "b": ["x"], "c": ["b"]},
            "the graph of allowed transitions names 'x', not in the team",
        ),
        ({"a": "b"}, "is written as a list of names; found 'b'"),
    ],
)
def test_a_graph_with_a_stranger_or_of_no_lists_is_refused(graph: dict[str, list[str]], text: str) -> None:
    """Case 32; row 60."""
    with pytest.raises(ConfigError, match=text):
        group_named("a", "b", "c").selected_by(in_order(among=transitions(allowed=graph)))


def test_nothing_forbidden_is_everything_allowed() -> None:
    """Case 32: the inverse of an empty graph is the full one."""
    assert transitions(forbidden={})(shared(message("b", "x"))) == ("a", "b", "c")


def test_who_may_follow_itself_is_seen_and_can_be_excluded() -> None:
    """Case 32; row 62: in the original the two ways exclude each other, in ours they are joined."""
    loops = transitions(allowed={"a": ["a", "b"], "b": ["b", "a"], "c": ["a"]})

    assert loops(shared(message("a", "x"))) == ("a", "b")
    assert (loops & not_last())(shared(message("a", "x"))) == ("b",)


def test_one_agent_is_a_group_and_two_may_repeat_themselves() -> None:
    """Row 62, where we differ: the original refuses one agent and warns of two; ours refuses what cannot be.

    That is one agent, of whom the plan says that it may not speak twice.
    """
    assert speakers(run(group_named("a", messages=3), "hi")) == "useraa"
    with pytest.raises(ConfigError, match="but the team has only 'a'"):
        group_named("a").selected_by(in_order(among=not_last()))


# --- what ends it -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("rule", "messages"), [(mentions("TERMINATE"), 3), (says_exactly("TERMINATE"), 10)])
def test_a_group_ends_by_its_rule_or_at_its_limit(rule: Rule, messages: int) -> None:
    """Case 21; row 53."""
    team = group(
        Agent("ann", says("hello")),
        Agent("tom", says("well")),
        Agent("sam", says("I am sam. TERMINATE")),
        until=rule,
        limits=Limits(max_messages=10),
    )

    assert len(run(team, "hi").messages) == messages


def test_an_agent_at_its_limit_ends_no_group_by_accident() -> None:
    """Defect 32, row 68: in the original it always does; in ours the plan says what becomes of it."""
    kinds: list[tuple[Candidates, str, str]] = [
        (within({"b": 1}), "abcaca", "max_messages"),
        (within({"b": 1}, then="stop"), "abca", "max_auto_replies"),
        (within({"b": 1}, then=hand_on("c")), "abcaca", "max_messages"),
    ]
    for rule, spoke, limit in kinds:
        ended = run(group_named("a", "b", "c").selected_by(in_order(among=rule)), "a")
        assert (speakers(ended), getattr(ended.reason, "limit", "")) == (spoke, limit)


# --- functions that choose --------------------------------------------------------------------------------------


def spelling(view: SharedView, /) -> str | None:
    """After the opening u, t, o, g, e, n; and then nobody."""
    word = "autogen"
    place = view.standing.messages
    return word[place] if place < len(word) else None


def test_a_function_chooses_in_any_order_and_none_ends() -> None:
    """Case 26; row 54."""
    ended = run(group_named(*"neotuag", messages=99).selected_by(spelling), Message("a", "hi"))

    assert speakers(ended) == "autogen"
    assert ended.reason == PolicyStopped("", "it named nobody to speak next")


def test_a_function_may_end_it_at_once() -> None:
    """Case 26: None after the third message."""

    def two_more(view: SharedView, /) -> str | None:
        return None if view.standing.messages == 3 else "b"

    assert len(run(group_named("a", "b", messages=10).selected_by(two_more), "hi").messages) == 3


def test_a_function_is_bound_by_no_graph_unless_it_asks_for_one() -> None:
    """Case 26."""
    rule = transitions(allowed={"a": ["b"], "b": ["a", "c"], "c": ["a"]})

    def skips(view: SharedView, /) -> str:
        return "c"

    def asks(view: SharedView, /) -> str:
        return rule(view)[0]

    assert speakers(run(group_named("a", "b", "c", messages=3).selected_by(skips), "hi")) == "acc"
    assert speakers(run(group_named("a", "b", "c", messages=3).selected_by(asks), "hi")) == "aba"


def test_a_function_that_names_a_stranger_is_at_fault_by_name() -> None:
    """Row 54."""

    def wrong(view: SharedView, /) -> str:
        return "zoe"

    with pytest.raises(PolicyError, match="wrong named 'zoe', who is not in the team; it has: a, b"):
        run(group_named("a", "b").selected_by(wrong), "hi")


# --- tools ------------------------------------------------------------------------------------------------------

TOOL = Pretended("test_func")


def test_after_a_call_an_agent_that_runs_the_tool_speaks() -> None:
    """Case 27; row 61: bob calls and is the only one to run it, so bob runs it, and then alice speaks."""
    alice = Agent("alice", says("I am alice."))
    bob = Agent("bob", first_of(tool_reply(toolset(TOOL)), says("I am bob.")))
    team: Team[AnyEffect] = group(alice, bob, limits=Limits(max_messages=3))
    chosen = team.selected_by(in_order(among=able()))
    result = ToolResult("0", "test_func", (Text("1"),))

    ended = run(chosen, calls("bob", "test_func"), scripted(result))

    assert [(said.sender, said.origin) for said in ended.messages] == [
        ("bob", "model"),
        ("bob", "tool"),
        ("alice", "program"),
    ]
    assert ended.messages[1].parts == (result,)
    assert [type(asked) for asked in ended.asked] == [CallTool]


def test_a_call_that_nobody_can_run_ends_the_group_and_names_the_tool() -> None:
    """Case 27: the original raises in the middle of the chat. Where the call is foreseen, ours refuses the team."""
    ended = run(group_named("a", "b").selected_by(in_order(among=able())), calls("b", "test_func"))

    assert "no agent runs 'test_func', which the last message calls" in str(ended.reason)
    with pytest.raises(ConfigError, match="told of tool 'test_func', but no agent"):
        group(Agent("a", model_reply(tools=toolset(TOOL))), Agent("b", says("x")))


# --- introductions ----------------------------------------------------------------------------------------------


def test_everybody_is_shown_an_introduction_that_is_not_said() -> None:
    """Case 29; row 63: three messages each, of which the transcript holds two."""
    team = group(
        *(Agent(name, model_reply(), f"{name} is here.") for name in ("alice", "bob", "sam")),
        limits=Limits(max_messages=3),
    )
    ended = run(introduced(team), "hi", scripted(ModelReply("one"), ModelReply("two")))

    by_bob, by_sam = ended.asked
    assert isinstance(by_bob, CallModel)
    assert isinstance(by_sam, CallModel)
    for name in team.agents:
        assert f"{name} is here." in by_sam.transcript[0].text
    assert (len(by_bob.transcript), len(by_sam.transcript)) == (2, 3)
    assert ended.texts == ["hi", "one", "two"]


# --- groups in groups -------------------------------------------------------------------------------------------


def test_groups_stand_in_groups_and_names_are_unique_within_each() -> None:
    """Case 32; row 67. The original searches all nested groups for a name and calls two of one name a conflict.

    In ours a name means an agent of its own conversation, so teams of two in a team need not know of each other.
    """
    one, other = (group_named("lead", "hand", messages=4) for _ in range(2))
    team = group(
        Agent("user", says("go on")),
        society("one", one),
        society("other", other),
        limits=Limits(max_messages=3),
    )
    ended = run(team, "hi", lambda effect: 0.0)

    assert [said.sender for said in ended.messages] == ["user", "one", "other"]
    with pytest.raises(ConfigError, match="two agents are named 'user'"):
        group(Agent("user", says("x")), society("user", one))


# --- going on ---------------------------------------------------------------------------------------------------


def test_a_group_goes_on_from_messages_with_tools_in_them() -> None:
    """Defect 13, row 66: in the original tool messages break it; ours is sane."""
    call, result = ToolCall("1", "add", "{}"), ToolResult("1", "add", (Text("3"),))
    kept = [Message("a", "1+2?"), Message("b", call, "model"), Message("a", result, "tool")]
    team = group(Agent("a", says("thanks")), Agent("b", model_reply()), limits=Limits(max_messages=5))

    ended = run(team, resumed_from(team, kept), scripted(ModelReply("3.")))

    assert ended.texts[3:] == ["3.", "thanks"]
    (asked,) = ended.asked
    assert isinstance(asked, CallModel)
    assert list(asked.transcript) == kept


def test_the_word_that_ended_a_group_is_cut_where_it_goes_on() -> None:
    """Row 66."""
    team = group_named("a", "b", messages=3).stopping(mentions("TERMINATE"))
    kept = [Message("a", "one"), Message("b", "two TERMINATE")]

    assert run(team, resumed_from(team, kept)).reason == RuleFired("the last message mentions 'TERMINATE'")
    assert run(team, resumed_from(team, kept, without="TERMINATE")).texts == ["one", "two", "a"]
    with pytest.raises(ConfigError, match="are by 'zoe', not in team"):
        resumed_from(team, [Message("zoe", "x")])
