"""Conversations made of conversations."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from typedagents.core.ambient import Now, Sleep
from typedagents.core.decision import Decision, Pass, Reply
from typedagents.core.effect import Steps
from typedagents.core.errors import ConfigError, ProviderError
from typedagents.core.human import AskHuman, Skipped, Typed
from typedagents.core.limits import Limits
from typedagents.core.log import Log
from typedagents.core.message import AgentName, Message
from typedagents.core.model import CallModel, ModelReply
from typedagents.core.parts import Image, Link, Text
from typedagents.core.stop import EffectFailure, EffectLimit, RuleFired
from typedagents.core.team import Agent, Team, group
from typedagents.core.view import View
from typedagents.interpreter.traces import TraceMemory
from typedagents.interpreter.world import World
from typedagents.policies.carryover import carried
from typedagents.policies.combinators import first_of, when
from typedagents.policies.fixed import says
from typedagents.policies.model import model_reply
from typedagents.policies.nesting import nested, society
from typedagents.policies.opening import from_human, opens
from typedagents.policies.rules.said import message_count, spoke
from typedagents.policies.sequences import plan, sequence
from typedagents.policies.summaries import last_words, reflection
from typedagents.policies.talks import talk

ONE = Limits(max_decisions=1)


def team(name: str, reply: str | None = None) -> Team[CallModel]:
    """One agent that answers once, with a model or always the same; the model is called as the team is."""
    return group(Agent(AgentName("expert"), model_reply(name)), name=name, limits=ONE)


def echo(request: CallModel) -> ModelReply:
    """Says who is asked, and what was heard first."""
    first = request.transcript[0].text
    if "fail" in request.model:
        raise ProviderError("down", kind="unavailable")
    return ModelReply(f"{request.model}({first})", model=request.model)


class Asked:
    """A world that counts what it is asked."""

    def __init__(self) -> None:
        self.models: Counter[str] = Counter()
        self.store = TraceMemory()
        self.world = World(
            CallModel.by(self.echo) | AskHuman.by(lambda question: Typed("by hand")), store=self.store
        )

    def echo(self, request: CallModel) -> ModelReply:
        self.models[request.model] += 1
        return echo(request)


# --- carryover --------------------------------------------------------------------------------------------------

PICTURE = Image(Link("https://example.org/a.png"))


@pytest.mark.parametrize(
    ("content", "carryover", "came"),
    [
        ("hello", ["c1"], "hello\nContext: \nc1"),
        ("hello", ["c1", "c2"], "hello\nContext: \nc1\nc2"),
        ("hello", [], "hello"),
        ("", ["c1"], "\nContext: \nc1"),
        (Text("hello"), ["c1"], "hello\nContext: \nc1"),
        ((PICTURE,), ["a", "b"], (Text("\nContext: \na\nb"), PICTURE)),
        ((Text("x"), PICTURE, Text("y")), ["a"], (Text("\nContext: \na"), Text("x"), PICTURE, Text("y"))),
    ],
)
def test_carryover_is_put_to_what_is_said_first(content: str, carryover: list[str], came: object) -> None:
    assert carried(content, carryover) == came


# --- sequences --------------------------------------------------------------------------------------------------


def test_a_sequence_carries_over_what_came_before() -> None:
    asked = Asked()
    trip = sequence(talk(team("a"), "one"), talk(team("b"), "two", carries=False), talk(team("c"), "three"))
    outcome = asked.world.run_sync(trip, name="r")

    assert [(said.sender, said.text) for said in outcome.transcript] == [
        ("a", "a(one)"),
        ("b", "b(two\nContext: \na(one))"),
        ("c", "c(three\nContext: \na(one))"),
    ]
    assert outcome.reason == RuleFired("all 3 talks are over")
    assert outcome.summary == outcome.transcript[-1].text
    assert [charge.model for charge in outcome.bill.by_model] == ["a", "b", "c"]
    assert asked.world.replay(trip, "r") == outcome
    assert asked.models == Counter("abc")


def test_a_second_run_carries_over_the_same() -> None:
    trip = sequence(talk(team("a"), "one"), talk(team("b"), "two"))

    assert Asked().world.run_sync(trip).transcript == Asked().world.run_sync(trip).transcript


def test_talks_without_words_of_their_own_are_opened_with_what_opened_the_sequence() -> None:
    outcome = Asked().world.run_sync(sequence(team("a"), team("b")), "the task")

    assert outcome.transcript[-1].text == "b(the task\nContext: \na(the task))"


def test_a_sequence_without_any_opening_lets_the_first_agent_begin() -> None:
    def begins(view: View, /) -> Decision:
        return Reply(f"{len(view.transcript)} heard")

    alone = group(Agent(AgentName("x"), begins), limits=ONE, name="alone")
    outcome = World(CallModel.by(echo), store=None).run_sync(sequence(alone, talk(alone, name="again")))

    assert [said.text for said in outcome.transcript] == ["0 heard", "1 heard"]


def test_a_talk_that_fails_ends_the_sequence() -> None:
    asked = Asked()
    outcome = asked.world.run_sync(sequence(team("a"), team("fails"), team("c")), "hi")

    assert isinstance(outcome.reason, EffectFailure)
    assert (outcome.reason.agent, outcome.reason.failure.kind) == ("fails", "provider.unavailable")
    assert outcome.transcript[-1].sender == "a"
    assert asked.models == Counter(["a", "fails"])


def test_a_human_may_open_a_talk() -> None:
    trip = sequence(talk(team("a"), from_human("About what?")))
    outcome = Asked().world.run_sync(trip)

    assert outcome.summary == "a(by hand)"


def test_names_are_needed_once_each() -> None:
    with pytest.raises(ConfigError, match=r"two talks of a sequence are named 'a'; give each a name"):
        sequence(team("a"), team("a"))
    with pytest.raises(ConfigError, match="a sequence holds at least one talk; found none"):
        sequence()


# --- plans ------------------------------------------------------------------------------------------------------


def test_a_plan_carries_over_from_prerequisites_alone() -> None:
    asked = Asked()
    work = plan(
        talk(team("report"), "write", after=["left", "right"]),
        talk(team("left"), "go left", after=["start"]),
        talk(team("right"), "go right", after=["start"]),
        talk(team("start"), "begin"),
        talk(team("alone"), "by itself"),
    )
    outcome = asked.world.run_sync(work, name="r")
    left, right = "left(go left\nContext: \nstart(begin))", "right(go right\nContext: \nstart(begin))"

    assert [said.text for said in outcome.transcript] == [
        f"report: report(write\nContext: \n{left}\n{right})",
        f"left: {left}",
        f"right: {right}",
        "start: start(begin)",
        "alone: alone(by itself)",
    ]
    assert outcome.summary == f"report(write\nContext: \n{left}\n{right})\nalone(by itself)"
    assert outcome.reason == RuleFired("the talk is over")
    assert asked.world.replay(work, "r") == outcome


def test_a_plan_is_as_concurrent_as_its_order_allows() -> None:
    """Each talk waits for the clock in a world that lets all who wait go on together."""

    def waits(view: View, /) -> Steps[Decision, Sleep]:
        yield from Sleep(0.0)
        return Reply(view.transcript[0].text[:1])

    def waiting(name: str) -> Team[Sleep]:
        return group(Agent(AgentName("x"), waits), name=name, limits=ONE)

    names = [str(i) for i in range(50)]
    work = plan(talk(waiting("last"), "z", after=names), *(talk(waiting(name), "a") for name in names))
    outcome = World(CallModel.by(echo), store=None).run_sync(work)

    assert outcome.summary == "z"


@pytest.mark.parametrize(
    ("after", "text"),
    [("c", "in a circle: 'a' after 'c' after 'a'"), ("x", "'a' comes after 'x'; there are: a, c")],
)
def test_an_order_that_is_none_is_named(after: str, text: str) -> None:
    with pytest.raises(ConfigError, match=text):
        plan(talk(team("a"), after=[after]), talk(team("c"), after=["a"]))


def test_a_plan_whose_talk_fails_says_so_and_sums_up_nothing() -> None:
    outcome = Asked().world.run_sync(plan(talk(team("b"), after=["fails"]), team("fails")), "hi")

    assert isinstance(outcome.reason, EffectFailure)
    assert outcome.summary == ""


@given(st.lists(st.sets(st.integers(0, 5), max_size=3), min_size=1, max_size=6))
def test_whatever_the_order_each_talk_is_held_once(orders: list[set[int]]) -> None:
    talks = [
        talk(team(f"t{i}"), "go", after=[f"t{j}" for j in sorted(before) if j < i])
        for i, before in enumerate(orders)
    ]
    asked = Asked()
    work = plan(*reversed(talks))
    outcome = asked.world.run_sync(work, name="r")

    assert asked.models == Counter(f"t{i}" for i in range(len(orders)))
    assert outcome.ok
    assert asked.world.replay(work, "r") == outcome


# --- within a turn ----------------------------------------------------------------------------------------------


def test_a_nested_conversation_answers_for_its_agent() -> None:
    agent = Agent(
        AgentName("lead"), first_of(when(spoke("user"), nested(team("a"), team("b"))), says("else"))
    )
    outcome = Asked().world.run_sync(
        group(Agent(AgentName("user"), says("and?")), agent, until=message_count(2)), "go"
    )

    assert [said.text for said in outcome.transcript] == ["go", "b(go\nContext: \na(go))"]


def test_a_nested_talk_may_keep_to_itself() -> None:
    agent = Agent(AgentName("lead"), nested(talk(team("a"), "x", carries=False), talk(team("b"), "y")))

    assert Asked().world.run_sync(group(agent, until=message_count(1))).summary == "b(y)"


def test_limits_of_the_outer_run_bound_the_inner_ones() -> None:
    agent = Agent(AgentName("lead"), nested(team("a"), team("b"), team("c")))
    outcome = Asked().world.run_sync(group(agent, limits=Limits(max_decisions=1, max_model_calls=2)), "go")

    assert outcome.reason == EffectLimit("max_model_calls", 2, "CallModel")


def test_fifty_levels_deep() -> None:
    deep: Team[CallModel | Now] = team("a")
    for level in range(50):
        deep = group(society(f"level {level}", deep), limits=ONE, name=f"team {level}")

    assert Asked().world.run_sync(deep, "down").summary == "a(down)"


def test_a_society_is_shown_all_and_passes_when_it_has_nothing_to_say() -> None:
    def quiet(view: View, /) -> Decision:
        return Pass()

    still = society("still", group(Agent(AgentName("x"), quiet), limits=ONE))
    loud = society("loud", group(Agent(AgentName("x"), says("well")), limits=ONE))
    outcome = World(CallModel.by(echo), store=None).run_sync(
        group(still, loud, limits=Limits(max_decisions=2)), "hi"
    )

    assert [(said.sender, said.text) for said in outcome.transcript] == [("still", "hi"), ("loud", "well")]


def test_a_society_whose_conversation_fails_fails() -> None:
    outcome = Asked().world.run_sync(group(society("s", team("fails"))), "hi")

    assert isinstance(outcome.reason, EffectFailure)


# --- openings and summaries -------------------------------------------------------------------------------------


def test_an_agent_opens_with_what_a_function_of_the_view_says() -> None:
    def invites(view: View, /) -> str:
        return f"{view.me} invites {', '.join(name for name in view.roster if name != view.me)}"

    host = opens(Agent(AgentName("host"), says("welcome")), invites)
    guest = Agent(AgentName("guest"), says("thanks"))
    outcome = World(CallModel.by(echo), store=None).run_sync(
        group(host, guest, limits=Limits(max_decisions=3))
    )

    assert [said.text for said in outcome.transcript] == ["host invites guest", "thanks", "welcome"]


@pytest.mark.parametrize(
    ("answer", "said"),
    [(Typed("of cats"), ["of cats", "meow"]), (Skipped(), ["meow"]), (Typed(" "), ["meow"])],
)
def test_a_human_opens_or_lets_it_be(answer: Typed | Skipped, said: list[str]) -> None:
    me = opens(Agent(AgentName("me"), says("more")), from_human())
    cat = Agent(AgentName("cat"), says("meow"))
    world = World(AskHuman.by(lambda question: answer), store=None)
    outcome = world.run_sync(group(me, cat, limits=Limits(max_decisions=2)))

    assert [message.text for message in outcome.transcript] == said
    assert outcome.human_inputs == tuple(said[:-1])


def test_last_words_leave_out_the_word_that_ends() -> None:
    log = group(Agent(AgentName("a"), says("42\n\nTERMINATE")), limits=ONE).summed_up_by(last_words())

    assert World(CallModel.by(echo), store=None).run_sync(log).summary == "42"
    assert last_words("")(Log()) == ""
    assert repr(last_words("x")) == "last_words(without='x')"


def test_a_model_reflects_on_the_whole_conversation() -> None:
    seen: list[CallModel] = []

    def sums(request: CallModel) -> ModelReply:
        seen.append(request)
        return ModelReply(" In short: yes. ")

    summed = group(Agent(AgentName("a"), says("yes")), limits=ONE).summed_up_by(
        reflection("In one line?", "small", "You are brief.")
    )
    outcome = World(CallModel.by(sums), store=None).run_sync(summed, "Well?")

    assert outcome.summary == "In short: yes."
    (request,) = seen
    assert [said.text for said in request.transcript] == ["Well?", "yes", "In one line?"]
    assert request.model == "small"
    assert request.instructions is not None
    assert len(outcome.transcript) == 2, "the question is no part of the conversation"
    with pytest.raises(ConfigError, match="a reflection needs a prompt"):
        reflection(" ")


def test_policies_print_as_they_were_written() -> None:
    assert repr(nested(team("a"), talk(team("b")))) == "nested('a', 'b')"
    assert repr(society("s", team("a")).policy) == "society('a')"
    assert repr(opens(Agent(AgentName("m"), says("x")), from_human("Hm?")).policy) == (
        "opens(from_human(question='Hm?'), says('x'))"
    )
    assert repr(reflection(model="m")) == "reflection(model='m')"
    assert repr(talk(team("a"), "hi").opening) == "'hi'"
    trip = sequence(team("a"))
    assert repr(trip.agents[AgentName("a")].policy) == "holds('a')"
    assert repr(plan(team("a")).agents[AgentName("plan")].policy) == "plans('a')"


def test_a_sequence_of_a_thousand_talks() -> None:
    def counts(view: View, /) -> Decision:
        return Reply("x")

    small = group(Agent(AgentName("x"), counts), limits=ONE)
    long = sequence(*(talk(small, "go", name=str(i), carries=False) for i in range(1000)))

    assert len(World(CallModel.by(echo), store=None).run_sync(long).transcript) == 1000


def test_an_opening_message_of_a_stranger_is_what_it_is_opened_with() -> None:
    trip = sequence(team("a"))
    outcome = Asked().world.run_sync(trip, Message(AgentName("boss"), "the task"))

    assert outcome.summary == "a(the task)"
    assert outcome.reason == RuleFired("the talk is over")
