"""Handing over: by a model's call, by a condition, after work, by a tool. For the numbers see ``ledger``."""

from __future__ import annotations

import pytest

from tests.policies.driving import Run, run, scripted
from typedagents import (
    Agent,
    CallModel,
    ConfigError,
    Limits,
    ModelReply,
    PolicyStopped,
    Team,
    Text,
    ToolCall,
    ToolResult,
    Typed,
    Variable,
    at_random,
    by_human,
    by_model,
    finish,
    first_of,
    group,
    guard_said,
    handoff,
    hands_to,
    human_reply,
    in_order,
    matching,
    model_reply,
    nested,
    says,
    settled,
    stay,
    swarm,
    to,
    to_whom,
    with_handoffs,
)
from typedagents.core.effect import AnyEffect
from typedagents.policies.calling.settling import Several
from typedagents.policies.handing.targets import Target

READY = Variable("ready", bool, True)
TO_B = handoff("b", "When it is for b.")
A, B, C = (Agent(name, says(f"{name.upper()}1")) for name in "abc")


def abc(messages: int = 4) -> Team:
    return group(A, B, C, limits=Limits(max_messages=messages))


def transferring(*names: str, several: Several = "last") -> Run:
    """What comes of a model of a that calls these handoffs at once, and says nothing else."""
    a = Agent("a", with_handoffs(model_reply(), TO_B, handoff("c", "For c."), several=several))
    calls = [ToolCall(str(place), f"transfer_to_{name}") for place, name in enumerate(names)]
    team = swarm(group(a, B, C, limits=Limits(max_messages=5)))
    return run(team, "start", scripted(ModelReply(calls), ModelReply("A2")))


def speakers(ended: Run) -> list[str]:
    return [said.sender for said in ended.messages[1:]]


# --- by default, and after work ---------------------------------------------------------------------------------


def test_where_nobody_hands_over_it_is_over() -> None:
    """Case 33; row 69."""
    assert run(swarm(abc()), "start").texts == ["start", "A1"]


def test_after_its_work_an_agent_is_followed_by_whom_the_plan_names() -> None:
    """Case 33; row 70."""
    assert run(swarm(abc(), after={"a": to("b")}), "start").texts == ["start", "A1", "B1"]


@pytest.mark.parametrize(
    ("otherwise", "answers", "spoke"),
    [
        (to_whom(by_model()), [ModelReply('{"speaker": "c"}')] * 9, "acc"),
        (to_whom(in_order("b", "a", "c")), [], "acb"),
        (to_whom(at_random()), [1] * 9, "abb"),
        (to_whom(by_human("a")), [Typed("c")] * 9, "acc"),
        (stay(), [], "aaa"),
        (finish("done"), [], "a"),
    ],
)
def test_the_patterns_are_what_happens_otherwise(
    otherwise: Target[AnyEffect], answers: list[object], spoke: str
) -> None:
    """Rows 69 and 72: automatic, round robin, random, manual; to stay and to end."""
    ended = run(swarm(abc(), otherwise=otherwise), "start", scripted(*answers))

    assert "".join(speakers(ended)) == spoke


def test_what_comes_first_comes_first() -> None:
    """Row 70: who was handed to, then the runner of a call, then whoever spoke before the user, then after work."""
    user = Agent("u", human_reply("always"))
    caller = Agent("a", says(ToolCall("1", "add")))
    runner = Agent("r", says(ToolResult("1", "add", (Text("3"),))))
    runs = swarm(group(caller, B, runner, limits=Limits(max_messages=4)), runner="r", after={"b": to("a")})
    hands = Agent("r", hands_to(to("b"), "take it"))
    handed = swarm(group(caller, B, hands, limits=Limits(max_messages=4)), runner="r", after={"b": to("a")})
    back = swarm(group(A, B, user, limits=Limits(max_messages=4)), user="u", after={"a": to("u")})

    assert "".join(speakers(run(runs, "start"))) == "ara"
    assert "".join(speakers(run(handed, "start"))) == "arb"
    assert "".join(speakers(run(back, "start", scripted(Typed("and?"))))) == "aua"


# --- by a call --------------------------------------------------------------------------------------------------


def test_a_model_hands_over_by_a_call_and_the_next_is_shown_nothing_of_it() -> None:
    """Case 33, row 71. The tool's name has no number in ours, where a handoff has a name of its own."""
    a = Agent("a", with_handoffs(model_reply(), TO_B))
    team = swarm(group(a, Agent("b", model_reply())))
    ended = run(team, "start", scripted(ModelReply(ToolCall("1", "transfer_to_b")), ModelReply("B1")))

    assert [(said.sender, said.parts[0].part, said.text) for said in ended.messages] == [
        ("user", "text", "start"),
        ("a", "tool_call", ""),
        ("a", "tool_result", "Transfer to b"),
        ("b", "text", "B1"),
    ]
    by_b = ended.asked[1]
    assert isinstance(by_b, CallModel)
    assert [said.text for said in by_b.transcript] == ["start"]


def test_a_handoff_that_is_not_possible_now_is_not_told() -> None:
    """Row 71."""
    closed = handoff(to("c").when(READY.equals(False)), "For c.")
    team = swarm(group(Agent("a", with_handoffs(model_reply(), TO_B, closed)), B, C))
    (asked,) = run(team, "start", scripted(ModelReply("A1"))).asked

    assert isinstance(asked, CallModel)
    assert [spec.name for spec in asked.tools] == ["transfer_to_b"]


# --- by a condition ---------------------------------------------------------------------------------------------


def test_a_condition_hands_over_and_no_model_is_asked() -> None:
    """Case 34."""
    a = Agent("a", first_of(hands_to(to("b").when(READY.equals(True))), model_reply()))
    ended = run(swarm(group(a, B)), "start")

    assert ended.texts == ["start", "[Handing off to b]", "B1"]
    assert ended.asked == ()


def test_whoever_was_handed_to_keeps_the_floor_until_it_hands_on() -> None:
    """Row 77: a swarm of AutoGen 0.7 is one that stays where nobody hands over."""
    a = Agent("a", hands_to(to("b").when(READY.equals(True))))
    team = group(a, B, C, limits=Limits(max_messages=5))

    assert speakers(run(swarm(team, otherwise=stay()), "start")) == ["a", "b", "b", "b"]


def test_a_stranger_is_no_target() -> None:
    """Row 72: found when the team is built."""
    with pytest.raises(ConfigError, match="'zoe'"):
        swarm(abc(), after={"a": to("zoe")})
    with pytest.raises(ConfigError, match="'zoe'"):
        swarm(abc(), first="zoe")
    with pytest.raises(ConfigError, match="'zoe'"):
        group(Agent("a", with_handoffs(model_reply(), handoff("zoe", "For zoe."))))


def test_a_talk_may_be_where_it_goes_and_the_floor_comes_back() -> None:
    """Row 72: a nested chat as a target is an agent that holds it; after its work the floor goes back."""
    inner = group(Agent("x", says("inner")), limits=Limits(max_decisions=1), name="inner")
    team = group(A, Agent("talks", nested(inner)), limits=Limits(max_messages=4))
    ended = run(swarm(team, after={"a": to("talks"), "talks": to("a")}), "start", lambda effect: 0.0)

    assert ended.texts == ["start", "A1", "inner", "A1"]


# --- several at once --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("several", "spoke"), [("first", ["a", "a", "b"]), ("last", ["a", "a", "c"]), ("error", ["a", "a", "a"])]
)
def test_of_several_handoffs_the_one_holds_that_the_plan_says(several: Several, spoke: list[str]) -> None:
    """Defect 35: what holds is not defined in the original; ours is sane: the first, the last, or none by name."""
    assert speakers(transferring("b", "c", several=several)) == spoke


def test_every_call_has_a_result_and_one_that_does_not_hold_says_so() -> None:
    """Defect 35; row 77."""
    ended = transferring("b", "c")
    results = [part for part in ended.messages[2].parts if isinstance(part, ToolResult)]

    assert [(result.call_id, result.hand_to) for result in results] == [("0", None), ("1", "c")]
    assert results[0].text.startswith("Transfer to b\n(Not made: of 2 hand-overs")


def test_of_several_tools_that_hand_over_the_last_holds_and_all_changes_do() -> None:
    """Row 73, defect 35: nothing that a tool said is lost where another hands over."""
    results = (
        ToolResult("1", "one", (Text("first"),), changes=(READY.to(False),), hand_to="b"),
        ToolResult("2", "two", (Text("second"),), changes=(READY.to(True),), hand_to="c"),
    )
    came = settled(results)

    assert (came.hand_to, came.changes) == ("c", (READY.to(False), READY.to(True)))
    assert came.results[0].text.startswith("first")


# --- guardrails -------------------------------------------------------------------------------------------------


def test_what_must_not_be_said_goes_to_somebody_else_with_a_reason() -> None:
    """Row 75."""
    policy = guard_said(says("the password is 1234"), matching("password", "It names a password."), to("b"))
    ended = run(swarm(group(Agent("a", policy), B)), "start")

    assert speakers(ended) == ["a", "b"]
    assert "It names a password." in ended.texts[1]
    assert "1234" not in ended.texts[1]
    assert ended.reason == PolicyStopped("", "there is nothing left to do")
