"""A conversation that a model holds by calling a tool."""

from __future__ import annotations

import pytest

from typedagents import (
    Agent,
    CallModel,
    ConfigError,
    EffectLimit,
    Limits,
    Message,
    Now,
    Outcome,
    ProviderError,
    Team,
    TraceMemory,
    World,
    group,
    last_words,
    message_count,
    model_reply,
    passes,
    team_tool,
    tool_loop,
    with_models,
)
from typedagents.testing import ScriptedModel, calling, scripted_model
from typedagents.tools import toolset

ONE = Limits(max_decisions=1)
EXPERTS = group(Agent("a", model_reply()), Agent("b", model_reply()), limits=Limits(max_decisions=2))
CALL = calling("ask", message="How?")


def asks(*teams: Team[CallModel], limits: Limits | None = None) -> Team[CallModel | Now]:
    """One agent that is told of each team as a tool, the first ``ask``, the next ``ask2``."""
    tools = [team_tool(f"ask{place or ''}", team, "Asks experts.") for place, team in enumerate(teams)]
    agent = Agent("worker", tool_loop(model_reply(), toolset(*tools)))
    return group(Agent("user", passes), agent, until=message_count(4), limits=limits or Limits())


def ran(team: Team[CallModel | Now], model: ScriptedModel) -> Outcome:
    return World(with_models(model), store=None).run_sync(team, "Go.")


def test_the_caller_is_told_what_the_team_came_to() -> None:
    model = scripted_model(CALL, "Like this.", "Or that.", "I see.")

    outcome = ran(asks(EXPERTS), model)

    assert [said.text for said in outcome.transcript] == ["Go.", "", "Or that.", "I see."]
    assert [said.origin for said in outcome.transcript] == ["program", "model", "tool", "model"]


def test_the_team_hears_the_question_from_the_caller_and_nothing_else() -> None:
    model = scripted_model(CALL, "Like this.", "Or that.", "I see.")

    ran(asks(EXPERTS), model)

    assert tuple(model.asked[1].transcript) == (Message("worker", "How?", "model"),)
    assert [request.me for request in model.asked] == ["worker", "a", "b", "worker"]


def test_a_team_is_told_of_as_a_tool_that_takes_a_message() -> None:
    spec = team_tool("ask", EXPERTS, "Asks experts.").spec

    assert (spec.name, spec.description) == ("ask", "Asks experts.")
    assert '"required":["message"]' in spec.parameters
    assert repr(team_tool("ask", EXPERTS, "")) == "team_tool('ask', 'conversation')"


def test_its_summary_is_what_it_came_to() -> None:
    model = scripted_model(CALL, "Like this.", "Or that.\nTERMINATE", "I see.")

    assert ran(asks(EXPERTS.summed_up_by(last_words())), model).transcript[2].text == "Or that."


def test_arguments_that_do_not_fit_are_told_and_nobody_is_asked() -> None:
    model = scripted_model(calling("ask", question="How?"), "I give up.")

    outcome = ran(asks(EXPERTS), model)

    assert "$.message" in outcome.transcript[2].text
    assert len(model.asked) == 2


def test_a_team_that_fails_is_a_failed_result() -> None:
    model = scripted_model(CALL, ProviderError("busy", kind="overloaded"), "Then not.")

    outcome = ran(asks(EXPERTS), model)

    assert outcome.transcript[2].text == "ask failed (provider.overloaded): busy"
    assert outcome.ok


def test_a_team_that_says_nothing_is_a_failed_result() -> None:
    silent = group(Agent("mute", passes), name="silent", limits=ONE)

    outcome = ran(asks(silent.summed_up_by(last_words())), scripted_model(CALL, "Then not."))

    assert outcome.transcript[2].text.startswith("Nobody had an answer: limit: max_decisions=1")


def test_a_team_that_may_say_nothing_is_a_failed_result() -> None:
    outcome = ran(asks(EXPERTS.limited(Limits(max_messages=0))), scripted_model(CALL, "Then not."))

    assert outcome.transcript[2].text.startswith("Nobody had an answer: limit: max_messages=0")


def test_the_limits_around_bound_it() -> None:
    outcome = ran(asks(EXPERTS, limits=Limits(max_model_calls=2)), scripted_model(CALL, "Like this."))

    assert outcome.reason == EffectLimit("max_model_calls", 2, "CallModel")


def test_its_trace_stands_within_and_replays() -> None:
    world = World(with_models(scripted_model(CALL, "Like this.", "Or that.", "I see.")), store=TraceMemory())
    outcome = world.run_sync(asks(EXPERTS), "Go.", name="r")

    assert world.replay(asks(EXPERTS), "r") == outcome


def test_several_are_asked_at_once_and_answer_in_the_order_of_the_calls() -> None:
    def echo(request: CallModel) -> str:
        return f"{request.me} heard {request.transcript[0].text}"

    one = group(Agent("x", model_reply()), limits=ONE)
    both = (calling("ask", message="1"), calling("ask1", message="2"))

    outcome = ran(asks(one, one), scripted_model(both, echo, echo, "Thank you."))

    assert outcome.transcript[2].text == "x heard 1\nx heard 2"


def test_it_has_another_name_where_it_is_renamed() -> None:
    renamed = toolset(team_tool("ask", EXPERTS, "Asks experts.")).prefixed("my_")

    assert [(spec.name, spec.description) for spec in renamed.specs] == [("my_ask", "Asks experts.")]
    with pytest.raises(ConfigError, match=r"found 'ask me'"):
        team_tool("ask me", EXPERTS, "")
