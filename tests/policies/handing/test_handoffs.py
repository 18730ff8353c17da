"""Handing over by tool call and by condition, as a model, a team and a trace see it."""

from __future__ import annotations

import pickle

import pytest

from tests.policies.driving import decided, log_of, message, run, scripted, turns, view_of
from typedagents.core.ambient import Draw, Now
from typedagents.core.context import Variable
from typedagents.core.decision import Chosen, Decision, Pass, Reply, Stop
from typedagents.core.effect import Failed
from typedagents.core.errors import ConfigError, PolicyError
from typedagents.core.limits import Limits
from typedagents.core.message import AgentName, Content, Message
from typedagents.core.model import CallModel, ModelReply
from typedagents.core.parts import Text, ToolCall, ToolResult
from typedagents.core.performs import performs_of
from typedagents.core.rule import NeverHolds
from typedagents.core.stop import DecisionLimit, EffectFailure, PolicyStopped
from typedagents.core.team import Agent, Team, group
from typedagents.core.tool import CallTool
from typedagents.core.view import SharedView, View
from typedagents.policies.combinators import first_of
from typedagents.policies.fixed import says
from typedagents.policies.handing import handing
from typedagents.policies.handing.handing import hands_to, with_handoffs
from typedagents.policies.handing.handoff import handoff
from typedagents.policies.handing.showing import without_handoffs
from typedagents.policies.handing.swarm import swarm
from typedagents.policies.handing.targets import Target, asking, finish, stay, to, to_whom
from typedagents.policies.model import model_reply
from typedagents.policies.projection import AssistantItem, ToolItem, project
from typedagents.policies.selecting.orders import at_random, in_order

OPEN = Variable("open", bool, True)
TO_YOU = handoff("you", "When it is about you.")
TO_OTHER = handoff("other", "Else.")
ENDING = handoff(finish("all is done"), "When all is done.", name="finish")


def call(name: str, at: str = "1", *, complete: bool = True) -> ToolCall:
    return ToolCall(at, name, "{}", complete)


def results(decision: Decision) -> tuple[ToolResult, ...]:
    assert isinstance(decision, Reply)
    parts = [part for draft in decision.drafts for part in draft.parts]
    return tuple(part for part in parts if isinstance(part, ToolResult))


def model_says(*replies: Content) -> tuple[ModelReply, ...]:
    return tuple(ModelReply(reply) for reply in replies)


# --- case 33: a handoff that a model calls ----------------------------------------------------------------------


def pair(**told: str) -> Team[CallModel]:
    a = Agent("a", with_handoffs(model_reply("m", told.get("a")), handoff("b", "For b.")))
    b = Agent("b", model_reply("m", told.get("b")))
    return swarm(group(a, b))


def test_a_handoff_is_called_answered_and_followed() -> None:
    ran = run(pair(), "start", scripted(*model_says(call("transfer_to_b"), "B1")))

    assert ran.messages == (
        Message(AgentName("user"), "start"),
        Message(AgentName("a"), call("transfer_to_b"), "model"),
        Message(
            AgentName("a"),
            ToolResult("1", "transfer_to_b", (Text("Transfer to b"),), hand_to="b"),
            "tool",
        ),
        Message(AgentName("b"), "B1", "model"),
    )
    assert ran.reason == PolicyStopped("", "there is nothing left to do")


def test_whoever_was_handed_to_is_shown_nothing_of_it() -> None:
    ran = run(pair(), "start", scripted(*model_says(call("transfer_to_b"), "B1")))

    first, second = ran.asked
    assert isinstance(first, CallModel)
    assert isinstance(second, CallModel)
    assert [spec.name for spec in first.tools] == ["transfer_to_b"]
    assert [one.text for one in second.transcript] == ["start"]


def test_words_beside_a_handoff_stay_and_its_caller_sees_what_became_of_it() -> None:
    log = (
        message("a", (Text("I ask b."), call("transfer_to_b"))),
        message("a", ToolResult("1", "transfer_to_b", (Text("Transfer to b"),)), "tool"),
        message("b", "B1"),
    )
    shown = without_handoffs(model_reply(), handoff("b", ""), "transfer_to_c")

    (by_me,) = decided(shown, view_of(*log, me="a"), scripted(*model_says("x")))[1]
    (by_b,) = decided(shown, view_of(*log, me="b"), scripted(*model_says("x")))[1]

    assert isinstance(by_me, CallModel)
    assert isinstance(by_b, CallModel)
    assert len(by_me.transcript) == 3
    assert [one.text for one in by_b.transcript] == ["I ask b.", "B1"]
    items = project(by_me.transcript, AgentName("a"))
    assert [type(item) for item in items[:2]] == [AssistantItem, ToolItem]
    assert repr(shown) == "without_handoffs(model_reply(), 'transfer_to_b', 'transfer_to_c')"


def test_a_model_is_told_of_handoffs_only_where_they_are_possible() -> None:
    closed = handoff(to("you").when(OPEN.equals(False)), "Now and then.")
    policy = with_handoffs(model_reply(), TO_YOU.renamed("to_you"), closed)

    decision, (asked,) = decided(policy, view_of(), scripted(*model_says(call("transfer_to_you"))))

    assert isinstance(asked, CallModel)
    assert [spec.name for spec in asked.tools] == ["to_you"]
    (result,) = results(decision)
    assert (result.failed, result.text) == (True, "transfer_to_you is not possible now.")
    assert isinstance(decision, Reply)
    assert decision.hand_to == "me"


def test_a_call_that_was_cut_off_hands_nothing_over() -> None:
    decision, _ = decided(with_handoffs(says(call("transfer_to_you", complete=False)), TO_YOU), view_of())

    assert isinstance(decision, Reply)
    assert decision.hand_to == "me"
    assert "cut off" in results(decision)[0].text


def test_what_is_no_handoff_is_left_alone() -> None:
    def stops(view: View) -> Stop:
        return Stop("no")

    assert decided(with_handoffs(says("hi"), TO_YOU), view_of())[0] == Reply("hi")
    assert decided(with_handoffs(stops, TO_YOU), view_of())[0] == Stop("no")


def test_what_a_reply_changes_counts_for_where_it_hands_over() -> None:
    def closes(view: View) -> Reply:
        return Reply(call("x"), changes=(OPEN.to(False),))

    target = to("you").when(OPEN.equals(False)) | to("other")
    decision, _ = decided(with_handoffs(closes, handoff(target, "", name="x")), view_of())

    assert isinstance(decision, Reply)
    assert decision.hand_to == "you"
    assert decision.changes == (OPEN.to(False),)


def test_a_handoff_may_end_the_conversation_after_its_words() -> None:
    team = group(Agent("a", with_handoffs(model_reply(), ENDING)))

    ran = run(team, "go", scripted(*model_says((Text("Bye."), call("finish")))))

    assert ran.reason == PolicyStopped("a", "all is done")
    assert ran.texts == ["go", "Bye.", "The conversation ends here: all is done"]


def test_a_handoff_may_ask_another_team_and_the_floor_stays() -> None:
    def answer(effect: object) -> object:
        return 0.0 if isinstance(effect, Now) else next(replies)

    replies = iter(model_says(call("ask"), "thanks"))
    inner = group(Agent("expert", says("42")), limits=Limits(max_messages=2), name="experts")
    a = Agent("a", with_handoffs(model_reply(), handoff(asking(inner), "For sums.", name="ask")))

    ran = run(group(a, Agent("b", says("x")), limits=Limits(max_messages=4)), "go", answer)

    assert [(one.sender, one.text) for one in ran.messages] == [
        ("a", "go"),
        ("b", "x"),
        ("a", ""),
        ("a", "42"),
    ]
    assert ran.reason == DecisionLimit("max_messages", 4)


# --- case 34: by condition ------------------------------------------------------------------------------------------


def test_a_condition_hands_over_before_any_model_is_asked() -> None:
    a = Agent("a", first_of(hands_to(to("b").when(OPEN.equals(True))), model_reply()))
    ran = run(swarm(group(a, Agent("b", says("B1")))), "start")

    assert ran.texts == ["start", "[Handing off to b]", "B1"]
    assert ran.asked == ()


@pytest.mark.parametrize(
    ("target", "decision"),
    [
        (to("you"), Reply("[Handing off to you]", hand_to="you")),
        (stay(), Reply("[Handing off to me]", hand_to="me")),
        (finish("why not"), Stop("why not")),
        (to("you").when(NeverHolds()), Pass()),
        (to("you").when(NeverHolds()) | finish("x"), Stop("x")),
        (to_whom(in_order("you", "me")), Reply("[Handing off to you]", hand_to="you")),
    ],
)
def test_targets_land_in_a_decision(target: Target[CallModel], decision: Decision) -> None:
    assert decided(hands_to(target), view_of())[0] == decision


def test_a_target_may_throw_dice_and_asking_another_team_says_what_it_came_to() -> None:
    decision, asked = decided(hands_to(to_whom(at_random())), view_of(), scripted(1))
    assert isinstance(decision, Reply)
    assert decision.hand_to == "you"
    assert asked == (Draw(2),)

    inner = group(Agent("expert", says("42")), limits=Limits(max_messages=1))
    told, _ = decided(hands_to(asking(inner)), view_of(*turns("you")), lambda effect: 0.0)
    assert told == Reply("x", hand_to="me")


def test_a_hand_over_may_say_nothing() -> None:
    assert decided(hands_to(to("you"), ""), view_of())[0] == Reply("", hand_to="you")


def test_a_team_that_fails_fails_whoever_asked_it() -> None:
    inner = group(Agent("expert", model_reply()))
    a = Agent("a", hands_to(asking(inner)))

    def answer(effect: object) -> object:
        return 0.0 if isinstance(effect, Now) else Failed("provider.down", "no")

    assert run(group(a), "go", answer).reason == EffectFailure("a", Failed("provider.down", "no"))
    assert run(group(a), None, answer).reason == EffectFailure("a", Failed("provider.down", "no"))


def test_a_selector_that_explains_itself_is_noted() -> None:
    def explains(view: SharedView) -> Chosen:
        return Chosen("you", "because")

    def nobody(view: SharedView) -> None:
        return None

    def ghost(view: SharedView) -> str:
        return "ghost"

    def stops(view: SharedView) -> Stop:
        return Stop("enough")

    assert decided(hands_to(to_whom(stops)), view_of())[0] == Stop("enough")
    assert decided(hands_to(to_whom(explains)), view_of())[0] == Reply(
        "[Handing off to you]", hand_to="you", notes=("because",)
    )
    stopped, _ = decided(hands_to(to_whom(nobody)), view_of())
    assert "named nobody to speak next" in str(stopped)
    with pytest.raises(PolicyError, match=r"ghost named 'ghost', who is not in the team; it has: me, you"):
        decided(hands_to(to_whom(ghost)), view_of())


def test_to_stay_is_to_keep_the_floor_or_the_word_or_to_begin() -> None:
    roster = view_of().roster
    assert "me" in str(_landed(stay(), SharedView(log_of(), roster, "c")))
    assert "you" in str(_landed(stay(), SharedView(log_of(message("you", "hi")), roster, "c")))


def _landed(target: Target[CallModel], view: SharedView) -> object:
    steps = target.land(view)
    try:
        next(steps)
    except StopIteration as ended:
        return ended.value
    raise AssertionError("it asked for something")


# --- what is refused, and how they print ----------------------------------------------------------------------------


def test_bad_plans_are_refused_where_they_are_written() -> None:
    with pytest.raises(ConfigError, match=r"to\('ghost'\) names 'ghost', not in the team; it has: 'a'"):
        group(Agent("a", with_handoffs(model_reply(), handoff("ghost", ""))))
    with pytest.raises(ConfigError, match=r"names 'ghost'"):
        group(Agent("a", first_of(hands_to(to("ghost").when(NeverHolds())), says("x"))))
    with pytest.raises(
        ConfigError, match=r"stay\(\) applies always, .* to\('b'\) behind it is never reached"
    ):
        _ = stay() | to("b")
    with pytest.raises(ConfigError, match="transfer_to_you twice"):
        with_handoffs(model_reply(), TO_YOU, TO_YOU)
    with pytest.raises(ConfigError, match="found none"):
        vars(handing)["with_handoffs"](model_reply())
    with pytest.raises(ConfigError, match="'first', 'last' or 'error'; found 'all'"):
        vars(handing)["with_handoffs"](model_reply(), TO_YOU, several="all")
    with pytest.raises(ConfigError, match="has no one agent to be named for"):
        handoff(finish(), "")
    with pytest.raises(ConfigError, match="found 'no blanks'"):
        handoff("you", "", name="no blanks")


def test_a_handoff_is_named_for_its_agent_in_what_letters_providers_take() -> None:
    assert handoff("Anna Müller", "").spec.name == "transfer_to_Anna_M_ller"
    assert handoff("x" * 64, "").spec.name == f"transfer_to_{'x' * 52}"
    assert handoff(to("b").when(NeverHolds()), "").spec.name == "transfer_to_b"
    assert TO_YOU.spec.description == "When it is about you."


def test_or_is_associative() -> None:
    a, b, c = to("a").when(NeverHolds()), to("b").when(NeverHolds()), to("c")

    assert (a | b) | c == a | (b | c)


@pytest.mark.parametrize(
    ("value", "printed"),
    [
        (to("a").when(OPEN.equals(True)) | stay(), "to('a').when(open == True) | stay()"),
        (to_whom(in_order("a")), "to_whom(in_order('a'))"),
        (finish("x"), "finish('x')"),
        (asking(group(Agent("a", says("x")), name="experts")), "asking('experts')"),
        (TO_YOU, "handoff(to('you'), 'When it is about you.')"),
        (hands_to(to("a")), "hands_to(to('a'))"),
        (
            with_handoffs(model_reply(), TO_OTHER, several="first"),
            "with_handoffs(model_reply(), handoff(to('other'), 'Else.'), several='first')",
        ),
        (
            with_handoffs(model_reply(), TO_OTHER),
            "with_handoffs(model_reply(), handoff(to('other'), 'Else.'))",
        ),
    ],
)
def test_they_print_compare_and_pickle(value: object, printed: str) -> None:
    assert repr(value).replace("NamedOrder(names=('a',))", "in_order('a')") == printed
    if "asking" not in printed:
        assert pickle.loads(pickle.dumps(value)) == value


def test_what_they_ask_for_is_known_where_they_can_say_it() -> None:
    assert CallTool.kind == "CallTool"
    assert performs_of(asking(group(Agent("a", model_reply())))) == frozenset({CallModel, Now})
    assert (to("a").when(NeverHolds()) | to_whom(at_random())).talks is False
    assert (asking(group(Agent("a", says("x")))).when(NeverHolds()) | to("a")).talks is True
    assert (to("a").when(NeverHolds()) | to("b").when(NeverHolds())).always is False
