"""Context variables: what tools, prompts and conditions read. For the numbers see ``ledger``."""

from __future__ import annotations

import pytest

from tests.policies.driving import decided, run, scripted, view_of
from typedagents import (
    Agent,
    CallModel,
    ConfigError,
    Limits,
    ModelReply,
    Reply,
    Variable,
    group,
    is_set,
    model_reply,
    wording,
)
from typedagents.core.log import Changed, Log, Opened
from typedagents.core.message import AgentName
from typedagents.core.rule import Rule
from typedagents.core.view import View

COUNT = Variable("count", int, 0)
TIER = Variable("tier", str, "basic")
OPEN = Variable("open", str)


def holding(variable: Variable[str] | Variable[int], json: str) -> Log:
    return Log([Opened("test"), Changed(AgentName("a"), variable.name, json)])


@pytest.mark.parametrize(
    ("rule", "holds"),
    [
        (COUNT > 2, True),
        (COUNT >= 4, False),
        (COUNT.equals(3) & ~TIER.equals("gold"), True),
        (COUNT.equals(2) | TIER.equals("basic"), True),
        (is_set(TIER), False),
        (is_set(COUNT), True),
    ],
)
def test_conditions_are_values_made_of_variables(rule: Rule, holds: bool) -> None:  # noqa: FBT001  # by pytest, by name
    """Row 74: what the original writes as text, ours writes in Python and checks: nothing is evaluated."""
    assert rule(holding(COUNT, "3")) == holds


@pytest.mark.parametrize("held", ['"\'"', '"a\\" or True or \\"b"', "\"__import__('os').abort()\""])
def test_a_value_with_quotes_or_code_in_it_is_a_value(held: str) -> None:
    """Defect 20, row 74: in the original a value with a quote in it is run as Python; ours is sane."""
    log = holding(TIER, held)

    assert not TIER.equals("gold")(log)
    assert TIER.equals(log.context[TIER])(log)


def test_a_condition_on_what_may_be_missing_is_refused_where_it_is_written() -> None:
    """Row 74: the original has a KeyError in the middle of the conversation."""
    with pytest.raises(ConfigError, match=r"may not be set and has no default; give it one"):
        OPEN.equals("x")


def test_each_decision_sees_what_those_before_changed_and_no_view_is_changed() -> None:
    """Row 74, defect 6: in the original the map is shared and changes under everybody; ours is sane."""

    def counts(view: View) -> Reply:
        return Reply(str(view.context[COUNT]), changes=(COUNT.to(view.context[COUNT] + 1),))

    view = view_of()
    assert run(group(Agent("a", counts), limits=Limits(max_messages=3))).texts == ["0", "1", "2"]
    assert decided(counts, view)[0] == decided(counts, view)[0]


def test_a_model_is_told_the_variables_as_they_stand() -> None:
    """Row 19: instructions with places for variables, filled in before each reply."""
    told = wording("You serve {tier} guests.", tier=TIER)
    ended = run(
        group(Agent("a", model_reply("", told)), limits=Limits(max_messages=1)),
        None,
        scripted(ModelReply("x")),
    )

    (asked,) = ended.asked
    assert isinstance(asked, CallModel)
    assert asked.instructions is not None
    assert asked.instructions.text == "You serve basic guests."
