"""Agents and teams as tools: how a model asks them, and what it is told."""

from __future__ import annotations

from collections import Counter
from typing import Annotated

import pytest

from tests.policies.driving import decided, message, view_of
from tests.policies.hand_made import Pretended
from tests.policies.team_tools import (
    ASK,
    CITY,
    EXPERT,
    ONE,
    PAIR,
    QUIET,
    RESEARCH,
    Asked,
    Models,
    answered,
    apart,
    call,
    held,
    loop,
    ready_made,
    research,
    results,
)
from typedagents.core.ambient import Now
from typedagents.core.decision import Decision, Pass, Reply, Stop
from typedagents.core.errors import ConfigError, PolicyError, ProviderError, ToolError
from typedagents.core.human import AskHuman, Left, Typed
from typedagents.core.limits import Limits
from typedagents.core.log import Changed, Log
from typedagents.core.message import AgentName, Message, words_of
from typedagents.core.model import CallModel, ModelReply
from typedagents.core.parts import Text
from typedagents.core.performs import performs_of
from typedagents.core.stop import HumanLeft
from typedagents.core.team import Agent, Team, group
from typedagents.core.tool import CallTool
from typedagents.core.view import View
from typedagents.interpreter.world import World
from typedagents.policies.calling.loop import tool_loop
from typedagents.policies.calling.reply import tool_reply
from typedagents.policies.calling.team_tool import TeamTool, as_tool
from typedagents.policies.combinators import first_of
from typedagents.policies.fixed import passes, says
from typedagents.policies.human import human_reply
from typedagents.policies.model import model_reply
from typedagents.policies.recipes import chat
from typedagents.policies.summaries import reflection
from typedagents.tools import FromWorld
from typedagents.tools.toolset import toolset

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
        as_tool(PAIR, later)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType, reportCallIssue]  # the point
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

    assert [result.text for result in results(outcome)] == ["critic: cheese x2"]
    assert outcome.summary == "So: critic: cheese x2"
    assert models.asked == Counter(boss=2, expert=1, critic=1)
    assert [name for name, _ in outcome.bill.by_agent] == ["boss", "critic", "expert"]


def heard_by(one: TeamTool[CallModel]) -> Message:
    """What the first agent of it is shown, when ``me`` makes the call."""
    view = view_of(message("you", call(one.spec.name, '{"message":"How?"}')))
    _, asked = decided(tool_reply(toolset(one)), view, lambda effect: ModelReply("So."))
    assert isinstance(asked[0], CallModel)
    (heard,) = asked[0].transcript
    return heard


def test_the_first_agent_hears_the_message_from_whoever_makes_the_call_and_nothing_else() -> None:
    me = Agent("me", model_reply())
    pair = chat(me, EXPERT, max_turns=1)

    assert heard_by(ASK) == heard_by(as_tool(PAIR)) == Message(AgentName("me"), "How?", "model")
    assert heard_by(as_tool(group(me, EXPERT, limits=ONE), name="x")).sender == "user", "not me, who is asked"
    assert heard_by(as_tool(chat(Agent("starter", model_reply()), EXPERT, max_turns=1))).sender == "starter"
    assert heard_by(as_tool(pair)).sender == "me"


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
    assert words_of(decision.drafts[0].parts) == "Brie."


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
        return len(topic)  # type: ignore[return-value]  # pyright: ignore[reportReturnType]  # the point of this test

    with pytest.raises(PolicyError, match=r"of tool 'lost' must be a text or parts; the function returned 1"):
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


# --- what is known before a run ---------------------------------------------------------------------------------


def test_what_it_may_ask_for_is_known_where_its_agents_say() -> None:
    coder = Agent("coder", first_of(model_reply(), says("x")))

    assert performs_of(tool_reply(toolset(as_tool(coder)))) == frozenset({CallModel, Now})
    assert performs_of(tool_reply(toolset(as_tool(PAIR)))) == frozenset({CallModel, Now})
    assert performs_of(tool_reply(toolset(as_tool(Agent("x", lambda view: Pass()))))) == frozenset({Now})


def test_a_world_that_lacks_what_it_needs_is_refused_before_the_run() -> None:
    humans = World(AskHuman.by(lambda question: Left()), store=None)

    with pytest.raises(ConfigError, match="agent 'boss' of team 'loop' may ask for CallModel, but nobody"):
        humans.run_sync(loop(), "go")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # the point


def test_tools_that_are_called_within_are_known_around() -> None:
    inner = Agent("inner", tool_loop(passes, toolset(Pretended("sum"))))
    outer = Agent("outer", tool_loop(passes, toolset(as_tool(inner))))

    assert outer.wiring.calls == {"sum"}
    assert CallTool in (performs_of(outer.policy) or ())
