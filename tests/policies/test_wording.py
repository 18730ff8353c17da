from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.policies.driving import decided, scripted, view_of
from typedagents.core.context import Change, Context, Variable
from typedagents.core.errors import ConfigError
from typedagents.core.log import Changed
from typedagents.core.message import AgentName
from typedagents.core.model import CallModel, ModelReply, Prompt
from typedagents.policies.model import model_reply
from typedagents.policies.wording import wording

WHO = Variable("customer", str, "a customer")
OWED = Variable("owed", Decimal, Decimal(0))
ITEMS = Variable("items", list[str], ["bread"])
BARE = Variable("bare", str)


def context(*changes: Change) -> Context:
    return Context({change.variable: change.json for change in changes})


def test_a_model_is_told_the_variables_as_they_stand() -> None:
    policy = model_reply("m", wording("You serve {who}.", who=WHO))
    entry = Changed(AgentName("you"), "customer", '"Ann"')

    (asked,) = decided(policy, view_of(entry), scripted(ModelReply("x")))[1]

    assert isinstance(asked, CallModel)
    assert asked.instructions == Prompt("You serve Ann.")
    assert "wording('You serve {who}.', who=Variable(name='customer'" in repr(policy)


def test_texts_stand_as_they_are_and_others_as_json_or_as_a_format_says() -> None:
    told = wording("{who} owes {owed:.2f} for {items} {{sic}}", who=WHO, owed=OWED, items=ITEMS)

    assert told.read(Context()).text == 'a customer owes 0.00 for ["bread"] {sic}'
    assert told.read(context(OWED.to(Decimal("2.5")))).text == 'a customer owes 2.50 for ["bread"] {sic}'


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")))
def test_what_a_variable_holds_is_no_format(held: str) -> None:
    assert wording("<{who}>", who=WHO).read(context(WHO.to(held))).text == f"<{held}>"


@pytest.mark.parametrize(
    ("text", "variables", "error"),
    [
        ("{whom}", {"who": WHO}, r"names 'whom'; its variables are: who"),
        ("{whom}", {}, r"names 'whom'; its variables are: none"),
        ("hi", {"who": WHO}, r"no place .* is named 'who'"),
        ("{bare}", {"bare": BARE}, r"'bare', which has no default"),
        ("{}", {}, r"a place in a wording is a name"),
        ("{who.real}", {"who": WHO}, r"a place in a wording is a name"),
        ("{who!r}", {"who": WHO}, r"a place in a wording is a name"),
        ("{who:{who}}", {"who": WHO}, r"a place in a wording is a name"),
        ("{who", {"who": WHO}, r"is no format"),
        ("{who:.2f}", {"who": WHO}, r"cannot show its variables"),
    ],
)
def test_a_wording_that_could_not_be_filled_in_is_refused(
    text: str, variables: dict[str, Variable[str]], error: str
) -> None:
    with pytest.raises(ConfigError, match=error):
        wording(text, **variables)
