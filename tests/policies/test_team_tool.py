"""Agents and teams as tools: how a model asks them, what it is told, and what becomes of the run around."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Annotated, TypeAlias

import pytest

from tests.policies.driving import decided, message, view_of
from tests.policies.hand_made import Pretended
from typedagents.core.ambient import Now
from typedagents.core.context import Variable
from typedagents.core.decision import Decision, Pass, Reply, Stop
from typedagents.core.effect import AnyEffect, Ok
from typedagents.core.errors import ConfigError, PolicyError, ProviderError, ToolError
from typedagents.core.human import AskHuman, Left, Typed
from typedagents.core.limits import Limits
from typedagents.core.log import Changed, Log
from typedagents.core.machine import Machine
from typedagents.core.message import AgentName, Message
from typedagents.core.model import CallModel, ModelReply
from typedagents.core.parts import Text, ToolCall, ToolResult
from typedagents.core.performs import performs_of
from typedagents.core.stop import BudgetExceeded, EffectLimit, HumanLeft
from typedagents.core.team import Agent, Team, group
from typedagents.core.tool import CallTool
from typedagents.core.view import View
from typedagents.interpreter.budget import Budget
from typedagents.interpreter.outcome import Outcome
from typedagents.interpreter.traces import TraceMemory
from typedagents.interpreter.world import World
from typedagents.policies.combinators import first_of
from typedagents.policies.fixed import passes, says
from typedagents.policies.human import human_reply
from typedagents.policies.model import model_reply
from typedagents.policies.recipes import assistant
from typedagents.policies.rules_events import plain_words
from typedagents.policies.summaries import reflection
from typedagents.policies.team_tool import TeamTool, as_tool
from typedagents.policies.tool import tool_reply
from typedagents.policies.tool_loop import tool_loop
from typedagents.testing import assert_replays
from typedagents.tools import FromWorld
from typedagents.tools.toolset import Toolset, toolset

Asked: TypeAlias = CallModel | Now
ONE = Limits(max_decisions=1)
CITY = Variable("city", str, "Lyon")


def research(topic: str, depth: int = 1) -> str:
    """Finds out about a topic.

    Args:
        topic: What it is about.
        depth: How far to look.

    """
    return f"{topic} x{depth}"


EXPERT = Agent("expert", model_reply("expert"), description="Knows it all.")
PAIR = group(EXPERT, Agent("critic", model_reply("critic")), limits=Limits(max_decisions=2), name="pair")
ASK, RESEARCH = as_tool(EXPERT), as_tool(PAIR, research)
TOOLS = toolset(ASK, RESEARCH)


def loop(tools: Toolset[Asked] = TOOLS, limits: Limits = ONE) -> Team[Asked]:
    """One agent that calls its tools itself."""
    return group(Agent("boss", tool_loop(model_reply(tools=tools), tools)), limits=limits, name="loop")


def ready_made(tools: Toolset[Asked] = TOOLS) -> Team[Asked]:
    return group(assistant("boss", tools=tools), limits=ONE, name="ready made")


def apart(tools: Toolset[Asked] = TOOLS) -> Team[Asked]:
    """One agent that calls, and another that runs."""
    runner = Agent("runner", tool_reply(tools))
    return group(Agent("boss", model_reply(tools=tools)), runner, until=plain_words(by="boss"), name="apart")


class Models:
    """Answers by what is asked alone, so that a run can go on anywhere; and counts."""

    def __init__(self, *calls: ToolCall) -> None:
        self.calls = calls
        self.asked: Counter[str] = Counter()

    def __call__(self, request: CallModel) -> ModelReply:
        self.asked[request.me] += 1
        heard = [part for said in request.transcript for part in said.parts if isinstance(part, ToolResult)]
        if request.me != "boss":
            first = request.transcript[0]
            return ModelReply(f"{request.me} for {first.sender}: {first.text}", model=request.model)
        return ModelReply(f"So: {heard[-1].text}" if heard else self.calls)


def call(name: str, arguments: str, at: str = "1") -> ToolCall:
    return ToolCall(at, name, arguments)


def results(outcome: Outcome) -> list[ToolResult]:
    return [part for said in outcome.transcript for part in said.parts if isinstance(part, ToolResult)]


def answered(
    one: TeamTool[AnyEffect], world: World[AnyEffect], arguments: str = '{"message":"go"}'
) -> ToolResult:
    """What a call of ``one`` comes to."""

    def calls_once(view: View) -> Decision:
        return Reply(ToolCall("1", one.spec.name, arguments)) if len(view.transcript) < 2 else Pass()

    tools = toolset(one)
    team = group(Agent("boss", tool_loop(calls_once, tools)), limits=ONE)
    (result,) = results(world.run_sync(team, "hi"))
    return result


def held(policy: Callable[[View], Decision], limits: Limits = ONE) -> TeamTool:
    return as_tool(group(Agent("x", policy), limits=limits, name="inner"))


QUIET: World[AnyEffect] = World(CallModel.by(Models()), store=None)

CLIENT = Message(AgentName("client"), "go")

# --- what a model is told ---------------------------------------------------------------------------------------


def test_an_agent_is_told_of_by_its_name_and_description_and_takes_a_message() -> None:
    assert (ASK.spec.name, ASK.spec.description) == ("expert", "Knows it all.")
    assert '"message":{"type":"string","description":"What is asked' in ASK.spec.parameters
    assert as_tool(PAIR).spec.name == "pair"
    assert as_tool(PAIR).spec.description == "Asks others, who are shown nothing of this conversation."


def test_the_arguments_are_those_of_a_function_where_there_is_one() -> None:
    assert (RESEARCH.spec.name, RESEARCH.spec.description) == ("research", "Finds out about a topic.")
    assert '"depth":{"type":"integer","default":1,' in RESEARCH.spec.parameters


def test_a_name_and_a_description_may_be_given() -> None:
    named = as_tool(PAIR, research, name="dig", description="Digs.", strict=True)

    assert (named.spec.name, named.spec.description, named.spec.strict) == ("dig", "Digs.", True)
    assert as_tool(EXPERT, name="e", description="E.").spec.name == "e"
    assert named.renamed("delve").spec.name == "delve"
    assert named.renamed("research").team == PAIR
    assert toolset(ASK).prefixed("the_").names == ("the_expert",)
    assert repr(named) == "as_tool('pair', name='dig')"
    assert as_tool(PAIR, research) == RESEARCH
    assert as_tool(PAIR, research) != named


def test_what_can_be_no_tool_is_refused() -> None:
    async def later(topic: str) -> str:
        return topic

    def needy(topic: str, data: FromWorld[Counter[str]]) -> str:
        return topic

    with pytest.raises(ConfigError, match="later makes what is said first, and cannot be async"):
        as_tool(PAIR, later)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType, reportCallIssue]  # the point
    with pytest.raises(
        ConfigError, match="parameter 'data' cannot be filled; let the model fill it, or a context"
    ):
        as_tool(PAIR, needy)
    with pytest.raises(
        ConfigError, match=r"made of a-z, A-Z, 0-9, '_' and '-'; found 'Dr\. Who': give it a name"
    ):
        as_tool(Agent("Dr. Who", says("x")))


# --- what becomes of a call -------------------------------------------------------------------------------------


@pytest.mark.parametrize("team", [loop(), ready_made(), apart()], ids=lambda team: team.name)
def test_the_model_is_told_what_the_conversation_came_to(team: Team[Asked]) -> None:
    models = Models(call("research", '{"topic":"cheese","depth":2}'))
    outcome = World(CallModel.by(models), store=None).run_sync(team, Message(AgentName("client"), "Cheese?"))

    assert [result.text for result in results(outcome)] == ["critic for boss: cheese x2"]
    assert outcome.summary == "So: critic for boss: cheese x2"
    assert models.asked == Counter(boss=2, expert=1, critic=1)
    assert [name for name, _ in outcome.bill.by_agent] == ["boss", "critic", "expert"]


def test_a_lone_agent_is_asked_by_somebody_else_than_itself() -> None:
    assert answered(ASK, QUIET).text == "expert for boss: go"


def test_a_summary_of_the_teams_own_is_the_result() -> None:
    def how_much(log: Log) -> str:
        return f"{len(log.transcript)} messages"

    assert answered(as_tool(PAIR.summed_up_by(how_much)), QUIET).text == "3 messages"


def test_a_limit_on_turns_is_no_failure() -> None:
    result = answered(held(says("half done"), Limits(max_decisions=3)), QUIET)

    assert (result.text, result.failed) == ("half done", False)


def test_a_result_is_cut_where_it_is_too_long() -> None:
    long = as_tool(group(Agent("x", says("a" * 1000)), limits=ONE), max_chars=100)

    assert len(answered(long, QUIET).text) < 200


def test_parts_open_a_conversation_and_nothing_leaves_it_to_the_team() -> None:
    seen: list[str] = []

    def sees(view: View) -> Decision:
        seen.extend(said.text for said in view.transcript)
        return Reply("seen")

    team = group(Agent("x", sees), limits=ONE, opening="By itself.")

    def pictured(what: str) -> tuple[Text, ...]:
        return (Text("Look: "), Text(what))

    def silent() -> str:
        return ""

    assert answered(as_tool(team, pictured), QUIET, '{"what":"a cat"}').text == "seen"
    assert answered(as_tool(team, silent), QUIET, "{}").text == "seen"
    assert seen == ["Look: \na cat", "By itself."]


def test_a_context_variable_fills_a_parameter() -> None:
    def there(what: str, city: Annotated[str, CITY]) -> str:
        return f"{what} in {city}"

    one = as_tool(EXPERT, there)
    view = view_of(
        Changed(AgentName("me"), "city", '"Paris"'), message("you", call("there", '{"what":"cheese"}'))
    )
    decision, (asked,) = decided(tool_reply(toolset(one)), view, lambda effect: ModelReply("Brie."))

    assert '"city"' not in one.spec.parameters
    assert isinstance(asked, CallModel)
    assert asked.transcript[0].text == "cheese in Paris"
    assert isinstance(decision, Reply)
    assert decision.drafts[0].parts[0].text == "Brie."


# --- what goes wrong --------------------------------------------------------------------------------------------


def refuses(topic: str) -> str:
    """Asks nobody."""
    raise ToolError(f"not about {topic}")


@pytest.mark.parametrize(
    ("one", "arguments", "text"),
    [
        (RESEARCH, '{"depth":"deep"}', "topic"),
        (RESEARCH, "[]", "object"),
        (as_tool(EXPERT, refuses), '{"topic":"that"}', "not about that"),
        (
            held(lambda view: Pass()),
            '{"message":"go"}',
            "inner came to nothing: limit: max_decisions=1 was reached",
        ),
        (
            held(lambda view: Stop("I may not")),
            '{"message":"go"}',
            "inner came to nothing: stopped by x: I may not",
        ),
    ],
)
def test_what_goes_wrong_is_a_failed_result(one: TeamTool[CallModel], arguments: str, text: str) -> None:
    result = answered(one, QUIET, arguments)

    assert result.failed
    assert text in result.text


def down(request: CallModel) -> ModelReply:
    raise ProviderError("busy", kind="rate_limit")


def test_an_effect_that_failed_is_told_to_the_model_and_the_run_goes_on() -> None:
    result = answered(ASK, World(CallModel.by(down), store=None))

    assert (result.failed, result.text) == (True, "expert failed (provider.rate_limit): busy")


def test_a_summary_that_fails_leaves_the_last_message() -> None:
    spoken = group(Agent("x", says("Well.")), limits=ONE).summed_up_by(reflection())
    silent = group(Agent("x", passes), limits=ONE).summed_up_by(reflection())
    world = World(CallModel.by(down), store=None)

    assert answered(as_tool(spoken), world).text == "Well."
    assert answered(as_tool(silent), world).failed


def test_a_function_that_returns_no_words_is_at_fault() -> None:
    def lost(topic: str) -> str:
        return [topic]  # type: ignore[return-value]  # pyright: ignore[reportReturnType]  # the point of this test

    with pytest.raises(
        PolicyError, match=r"of tool 'lost' must be a text or parts; the function returned \['x'\]"
    ):
        answered(as_tool(EXPERT, lost), QUIET, '{"topic":"x"}')


def test_a_human_who_leaves_ends_the_whole_run() -> None:
    asks = toolset(as_tool(Agent("desk", human_reply("always"))))
    team = group(Agent("boss", tool_loop(model_reply(tools=asks), asks)), limits=ONE)
    models = Models(call("desk", '{"message":"May I?"}'))
    world = World(CallModel.by(models) | AskHuman.by(lambda question: Left()), store=None)

    assert world.run_sync(team, "go").reason == HumanLeft(AgentName("desk"))


def test_a_human_in_it_answers() -> None:
    asks = as_tool(Agent("desk", human_reply("always")))

    assert (
        answered(asks, World(AskHuman.by(lambda question: Typed("You may.")), store=None)).text == "You may."
    )


# --- bounds -----------------------------------------------------------------------------------------------------

TWICE = (call("expert", '{"message":"a"}', "1"), call("expert", '{"message":"b"}', "2"))


def test_limits_of_the_run_around_bound_what_is_held_in_it() -> None:
    outcome = World(CallModel.by(Models(*TWICE)), store=None).run_sync(
        loop(limits=Limits(max_decisions=1, max_model_calls=2)), "go"
    )

    assert outcome.reason == EffectLimit("max_model_calls", 2, "CallModel")


def test_limits_of_the_inner_conversation_hold_for_each_call() -> None:
    tight = group(EXPERT, limits=Limits(max_decisions=1, max_model_calls=1), name="expert")
    outcome = World(CallModel.by(Models(*TWICE)), store=None).run_sync(loop(toolset(as_tool(tight))), "go")

    assert outcome.summary == "So: expert for boss: b"


def test_its_own_limit_on_effects_ends_the_run() -> None:
    tight = group(EXPERT, limits=Limits(max_decisions=2, max_model_calls=1), name="expert")
    outcome = World(CallModel.by(Models(*TWICE)), store=None).run_sync(loop(toolset(as_tool(tight))), "go")

    assert outcome.reason == EffectLimit("max_model_calls", 1, "CallModel")


def test_the_budget_of_the_world_holds_within() -> None:
    world = World(CallModel.by(Models(*TWICE)), store=None, budget=Budget(max_model_calls=2))

    assert isinstance(world.run_sync(loop(), "go").reason, BudgetExceeded)


@pytest.mark.parametrize(
    ("one", "together"), [(as_tool(EXPERT), [2]), (as_tool(EXPERT, exclusive=True), [1, 1])]
)
def test_calls_of_one_message_are_held_side_by_side_unless_exclusive(
    one: TeamTool[CallModel], together: list[int]
) -> None:
    machine: Machine[Asked] = Machine(tool_reply(toolset(one))(view_of(message("you", TWICE))))
    models, seen = Models(), list[int]()
    machine.begin()
    while machine.opened:
        opened, machine.opened = machine.opened, []
        seen.append(len(opened))
        for open_one in reversed(opened):
            assert isinstance(open_one.effect, CallModel)
            machine.feed(open_one.path, Ok(models(open_one.effect)), None)

    assert seen == together
    assert machine.ended is not None
    assert isinstance(machine.ended.value, Reply)
    assert [part.text for draft in machine.ended.value.drafts for part in draft.parts] == [
        "expert for boss: a",
        "expert for boss: b",
    ]


# --- traces -----------------------------------------------------------------------------------------------------

BOTH = (call("research", '{"topic":"a"}', "1"), call("expert", '{"message":"b"}', "2"))


@pytest.mark.parametrize("team", [loop(), ready_made(), apart()], ids=lambda team: team.name)
def test_replay_performs_nothing_and_every_prefix_of_the_trace_resumes(team: Team[Asked]) -> None:
    store, models = TraceMemory(), Models(*BOTH)
    world = World(CallModel.by(models), store)
    outcome = world.run_sync(team, CLIENT, name="r")
    whole, asked = bytes(store.traces["r"]), Counter(models.asked)

    assert world.replay(team, "r") == outcome
    assert models.asked == asked
    lines = whole.splitlines(keepends=True)
    for cut in range(1, len(lines)):
        store.traces["r"] = bytearray(b"".join(lines[:cut]))
        assert world.resume_sync(team, "r") == outcome


def test_what_finished_in_the_middle_of_it_is_not_asked_again() -> None:
    store, models = TraceMemory(), Models(*BOTH)

    class Crash(BaseException):
        pass

    def crashes(request: CallModel) -> ModelReply:
        if request.me == "critic":
            raise Crash
        return models(request)

    with pytest.raises(Crash):
        World(CallModel.by(crashes), store).run_sync(loop(), "go", name="r")
    outcome = World(CallModel.by(models), store).resume_sync(loop(), "r")

    assert models.asked == Counter(boss=2, expert=2, critic=1)
    assert [result.text for result in results(outcome)] == ["critic for boss: a x1", "expert for boss: b"]


def test_what_it_holds_stands_in_the_trace_below_the_turn_around() -> None:
    store = TraceMemory()
    World(CallModel.by(Models(*BOTH)), store).run_sync(loop(), "go", name="r")
    trace = bytes(store.traces["r"])

    for path in ("t0.0", "t0.1/0.0/c.t0.0", "t0.1/0.0/c.t1.0", "t0.1/1.0/c.t0.0"):
        assert f'"{path}"'.encode() in trace
    assert_replays(loop(), trace.splitlines(keepends=True))


# --- what is known before a run ---------------------------------------------------------------------------------


def test_what_it_may_ask_for_is_known_where_its_agents_say() -> None:
    coder = Agent("coder", first_of(model_reply(), says("x")))

    assert performs_of(tool_reply(toolset(as_tool(coder)))) == {CallModel}
    assert performs_of(tool_reply(toolset(as_tool(PAIR)))) == {CallModel}
    assert performs_of(tool_reply(toolset(as_tool(Agent("x", lambda view: Pass()))))) is None


def test_a_world_that_lacks_what_it_needs_is_refused_before_the_run() -> None:
    humans: World[AnyEffect] = World(AskHuman.by(lambda question: Left()), store=None)

    with pytest.raises(ConfigError, match="agent 'boss' of team 'loop' may ask for CallModel, but nobody"):
        humans.run_sync(loop(), "go")


def test_tools_that_are_called_within_are_known_around() -> None:
    inner = Agent("inner", tool_loop(passes, toolset(Pretended("sum"))))
    outer = Agent("outer", tool_loop(passes, toolset(as_tool(inner))))

    assert outer.wiring.calls == {"sum"}
    assert CallTool in (performs_of(outer.policy) or ())
