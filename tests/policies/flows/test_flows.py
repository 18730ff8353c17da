"""Teams that follow the edges of a graph."""

from __future__ import annotations

import pickle
from collections.abc import Iterable

import pytest

from tests.core.programs import Ask
from typedagents.core.ambient import Now
from typedagents.core.decision import Decision, Reply
from typedagents.core.errors import ConfigError, ProviderError
from typedagents.core.limits import Limits
from typedagents.core.log import Began, Log
from typedagents.core.message import AgentName, Message
from typedagents.core.model import CallModel, ModelReply
from typedagents.core.rule import AlwaysHolds
from typedagents.core.stop import DecisionLimit, EffectFailure, PolicyStopped, RuleFired
from typedagents.core.team import Agent, Team, group
from typedagents.core.view import View
from typedagents.interpreter.outcome import Outcome
from typedagents.interpreter.requirements import check_performs
from typedagents.interpreter.traces import TraceMemory
from typedagents.interpreter.world import World
from typedagents.policies.fixed import passes
from typedagents.policies.flows.edges import OTHERWISE, Condition, Edge, edge
from typedagents.policies.flows.flow import flow
from typedagents.policies.flows.graph import Along, FlowGraph, FlowOver
from typedagents.policies.model import model_reply
from typedagents.policies.rules.said import holds, mentions, message_count
from typedagents.policies.sequences import sequence
from typedagents.policies.talks import talk

OVER = RuleFired("the flow is over")


def agent(name: str) -> Agent[CallModel]:
    """One that answers with its name and how much it heard."""
    return Agent(AgentName(name), model_reply(name))


def speaker(name: str, *texts: str) -> Agent:
    """One that says these texts, one a turn; the last again and again."""

    def speaks(view: View, /) -> Decision:
        before = sum(message.sender == name for message in view.transcript)
        return Reply(texts[min(before, len(texts) - 1)])

    return Agent(AgentName(name), speaks)


def answered(call: CallModel) -> ModelReply:
    if call.model == "broken":
        raise ProviderError("down", kind="unavailable")
    return ModelReply(f"{call.model}{len(call.transcript)}", model=call.model)


def held(team: Team[CallModel | Now], store: TraceMemory | None = None) -> Outcome:
    opening = Message(AgentName("user"), "task")
    return World(CallModel.by(answered), store=store).run_sync(team, opening, name="r")


def spoke(outcome: Outcome) -> list[str]:
    return [entry.agent for entry in outcome.log if isinstance(entry, Began)]


def letters(edges: str) -> list[Edge]:
    """``"ab bc"``: from a to b, from b to c."""
    return [edge(pair[0], pair[1]) for pair in edges.split()]


def of(
    names: str, edges: str, start: Iterable[str] = (), any_of: Iterable[str] = ()
) -> Team[CallModel | Now]:
    return flow(*[agent(name) for name in names], edges=letters(edges), start=start, any_of=any_of)


# --- where it goes ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("names", "edges", "said"),
    [
        ("a", "", "a1"),
        ("abc", "ab bc", "a1 b2 c3"),
        ("abcd", "ab ac bd cd", "a1 b2 c2 d4"),
        ("ab", "", "a1 b1"),
        ("abc", "ac bc", "a1 b1 c3"),
        ("abcd", "ab bc cd ad", "a1 b2 c3 d4"),
        ("cba", "ab bc", "a1 b2 c3"),
    ],
)
def test_it_follows_the_edges_and_joins_wait_for_all(names: str, edges: str, said: str) -> None:
    outcome = held(of(names, edges))

    assert [message.text for message in outcome.transcript] == ["task", *said.split()]
    assert [message.sender for message in outcome.transcript] == ["user", *[one[0] for one in said.split()]]
    assert outcome.reason == OVER


@pytest.mark.parametrize(
    ("edges", "said"),
    [("ab ac bd cd", "a b c d"), ("ab ad bd dc", "a b d d c c"), ("ab ac bd", "a b c d")],
)
def test_where_one_is_enough_a_node_speaks_each_time_that_one_arrives(edges: str, said: str) -> None:
    assert spoke(held(of("abcd", edges, any_of="d"))) == said.split()


def test_a_fork_replays_and_charges_each() -> None:
    store, diamond = TraceMemory(), of("abcd", "ab ac bd cd")
    outcome = held(diamond, store)

    assert [name for name, _ in outcome.bill.by_agent] == ["a", "b", "c", "d"]
    assert World(CallModel.by(answered), store=store).replay(diamond, "r") == outcome


def test_a_loop_goes_on_until_its_condition_holds() -> None:
    review = flow(
        speaker("writer", "one", "two", "three"),
        speaker("reviewer", "REVISE", "REVISE", "APPROVE"),
        agent("editor"),
        edges=[
            edge("writer", "reviewer"),
            edge("reviewer", "writer", "REVISE"),
            edge("reviewer", "editor", "APPROVE"),
        ],
        start=["writer"],
        name="review",
    )
    outcome = held(review)

    assert spoke(outcome) == ["writer", "reviewer"] * 3 + ["editor"]
    assert outcome.reason == OVER
    assert held(review.limited(Limits(max_decisions=3))).reason == DecisionLimit("max_decisions", 3)


def long(message: Message) -> bool:
    return len(message.text) > 3


def third(log: Log) -> bool:
    return len(log.transcript) == 3


@pytest.mark.parametrize(
    ("text", "when", "goes"),
    [
        ("xyz", "y", True),
        ("xyz", "Y", False),
        ("xyz", long, False),
        ("xyzz", long, True),
        ("xyz", mentions("z", by="a"), True),
        ("xyz", mentions("z", by="b"), False),
        ("xyz", ~mentions("q"), True),
        ("xyz", AlwaysHolds(), True),
    ],
)
def test_a_condition_is_a_text_a_function_or_a_rule(text: str, when: Condition, *, goes: bool) -> None:
    team = flow(speaker("a", text), agent("b"), edges=[edge("a", "b", when)])

    assert spoke(held(team)) == (["a", "b"] if goes else ["a"])
    assert held(team).reason == OVER


def test_a_rule_looks_at_the_log_as_it_is_after_the_turn_of_its_node() -> None:
    rules = [edge(one, two, holds(third)) for one, two in ("bc", "ad")]
    team = flow(speaker("a", "x"), speaker("b", "x"), agent("c"), agent("d"), edges=rules)

    assert spoke(held(team)) == ["a", "b", "c"], "two had spoken after b, one after a"
    assert held(team).transcript[-1].text == "c3"


def test_otherwise_is_taken_where_nothing_else_is() -> None:
    choice = [edge("a", "b", "yes"), edge("a", "c", OTHERWISE), edge("a", "d", "really")]
    said = {
        text: spoke(held(flow(speaker("a", text), agent("b"), agent("c"), agent("d"), edges=choice)))
        for text in ("yes", "yes, really", "no")
    }
    assert said == {"yes": ["a", "b"], "yes, really": ["a", "b", "d"], "no": ["a", "c"]}


def test_who_passes_has_said_nothing_and_the_flow_goes_on() -> None:
    silent = Agent(AgentName("a"), passes)
    edges = [edge("a", "b", "x"), edge("a", "c", ~mentions("x")), edge("a", "d", long)]

    assert spoke(held(flow(silent, agent("b"), agent("c"), agent("d"), edges=edges))) == ["a", "c"]
    assert spoke(held(flow(silent, agent("b"), edges=letters("ab")))) == ["a", "b"]


def test_groups_of_edges_let_a_loop_lead_back_to_a_join() -> None:
    edges = [*letters("ac bc cd"), edge("d", "c", "again", group="back")]
    team = flow(agent("a"), agent("b"), agent("c"), speaker("d", "again", "done"), edges=edges)

    assert spoke(held(team)) == ["a", "b", "c", "d", "c", "d"]
    assert held(team).reason == OVER


def test_a_flow_that_cannot_go_on_says_who_waits() -> None:
    edges = [edge("a", "b", "left"), edge("a", "c", "right"), *letters("bd cd")]
    outcome = held(flow(speaker("a", "left"), agent("b"), agent("c"), agent("d"), edges=edges))

    assert outcome.reason == PolicyStopped("", "the flow cannot go on: 'd' waits for 'c'")


def hands(view: View, /) -> Decision:
    return Reply("over", hand_to=AgentName("d"))


def test_who_hands_on_is_followed_before_the_edges_are() -> None:
    team = flow(Agent(AgentName("a"), hands), *map(agent, "bcd"), edges=letters("ab bc cd"))

    assert spoke(held(team)) == ["a", "d", "b", "c", "d"]


def test_who_is_handed_to_speaks_before_those_who_were_to_come() -> None:
    def hands_further(view: View, /) -> Decision:
        return Reply("further", hand_to=AgentName("c"))

    further = Agent(AgentName("d"), hands_further)
    team = flow(
        Agent(AgentName("a"), hands),
        agent("b"),
        agent("c"),
        further,
        agent("e"),
        edges=letters("ab bd dc de"),
    )
    assert spoke(held(team)) == ["a", "d", "c", "b", "e", "d", "c", "e"]


def test_who_is_handed_to_in_a_fork_speaks_once() -> None:
    team = flow(Agent(AgentName("a"), hands), *map(agent, "bcd"), edges=letters("ab ad bc dc"))

    assert spoke(held(team)) == ["a", "d", "b", "c"]


def test_a_failure_ends_it_when_those_beside_have_spoken() -> None:
    team = flow(
        agent("a"), agent("broken"), agent("c"), agent("d"), edges=[edge("a", "broken"), *letters("ac cd")]
    )
    outcome = held(team)

    assert isinstance(outcome.reason, EffectFailure)
    assert (outcome.reason.agent, spoke(outcome)) == ("broken", ["a", "broken", "c"])


def test_further_conditions_end_it_too() -> None:
    team = flow(*map(agent, "abc"), edges=letters("ab bc"), until=message_count(2), opening="hi")

    assert held(team).reason == RuleFired("2 messages were said")
    assert held(team).transcript[-1].text == "a1"
    assert team.opening == "hi"


def test_a_conversation_that_goes_on_begins_the_flow_anew() -> None:
    team = flow(speaker("a", "x"), speaker("b", "y"), edges=[edge("a", "b", mentions("x"))])
    first = held(team)
    again = World(CallModel.by(answered), store=None).run_sync(team, after=first.log)

    assert spoke(again) == ["a", "b", "a", "b"]


# --- what may be a node -----------------------------------------------------------------------------------------


def test_teams_talks_and_flows_are_nodes() -> None:
    pair = group(agent("x"), agent("y"), name="pair", limits=Limits(max_decisions=2))
    inner = of("pq", "pq").limited(Limits(max_decisions=9))
    team = flow(
        agent("a"),
        pair,
        talk(group(agent("z"), name="zs", limits=Limits(max_decisions=1)), "only this"),
        inner,
        edges=[edge("a", "pair"), edge("a", "zs"), edge("pair", "flow"), edge("zs", "flow")],
        name="outer",
    )
    store = TraceMemory()
    outcome = held(team, store)

    assert [(said.sender, said.text) for said in outcome.transcript][1:] == [
        ("a", "a1"),
        ("pair", "y3"),
        ("zs", "z1"),
        ("flow", "q5"),
    ]
    assert World(CallModel.by(answered), store=store).replay(team, "r") == outcome
    assert held(sequence(team, talk(team, name="more"))).transcript[-1].sender == "more"


# --- values -----------------------------------------------------------------------------------------------------


def test_edges_print_as_they_were_written_and_say_their_conditions() -> None:
    class Odd:
        def __call__(self, message: Message, /) -> bool:
            return False

        def __repr__(self) -> str:
            return "Odd()"

    written = [
        (edge("a", "b"), "edge('a', 'b')", ""),
        (edge("a", "b", "x", group="g"), "edge('a', 'b', when='x', group='g')", "says 'x'"),
        (edge("a", "b", long), "edge('a', 'b', when=long)", "long"),
        (edge("a", "b", Odd()), "edge('a', 'b', when=Odd())", "Odd()"),
        (edge("a", "b", OTHERWISE), "edge('a', 'b', when=OTHERWISE)", "otherwise"),
        (
            edge("a", "b", message_count(2)),
            "edge('a', 'b', when=MessageCount(count=2))",
            "2 messages were said",
        ),
    ]
    assert [(repr(one), one.label) for one, _, _ in written] == [(text, label) for _, text, label in written]


def test_flows_compare_and_pickle() -> None:
    graph = FlowGraph(
        (AgentName("a"), AgentName("b")),
        (edge("a", "b", long), edge("b", "a", mentions("x"))),
        (AgentName("a"),),
    )
    assert pickle.loads(pickle.dumps(Along(graph))) == Along(graph)
    assert of("ab", "ab").select == of("ab", "ab").select
    assert FlowOver(graph).parts() == (mentions("x"),)


def test_what_a_flow_asks_for_is_known_before_it_begins() -> None:
    with pytest.raises(ConfigError, match=r"agent 'a' of team 'flow' may ask for CallModel"):
        check_performs(of("ab", "ab"), Ask.by(lambda ask: ""))
