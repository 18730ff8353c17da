"""Who speaks next, as a model chooses."""

from __future__ import annotations

import json
import pickle
from collections.abc import Sequence

import pytest

from tests.policies.selecting.groups import ended, group_named, notes, spoke
from typedagents.core.decision import Choice
from typedagents.core.effect import AnyEffect, Failed, Steps
from typedagents.core.errors import ConfigError
from typedagents.core.limits import Limits
from typedagents.core.message import AgentName, Message
from typedagents.core.model import CallModel, ModelReply, Prompt, Settings
from typedagents.core.parts import Reasoning, Text
from typedagents.core.stop import EffectFailure
from typedagents.core.team import Agent, group
from typedagents.core.turn import Ended
from typedagents.core.view import Roster, SharedView
from typedagents.policies.fixed import says
from typedagents.policies.selecting.by_model import ByModel, by_model
from typedagents.policies.selecting.candidates import not_last
from typedagents.policies.selecting.prompts import INSTRUCTIONS, NAMED_SEVERAL, ChoicePrompts
from typedagents.policies.selecting.transitions import transitions
from typedagents.policies.selecting.within import within


class Model:
    """Gives these answers, and keeps what it was asked."""

    def __init__(self, *answers: str | ModelReply | Failed) -> None:
        self.answers = iter(answers)
        self.asked: list[CallModel] = []

    def __call__(self, effect: AnyEffect) -> object:
        assert isinstance(effect, CallModel)
        self.asked.append(effect)
        answer = next(self.answers)
        return ModelReply(answer) if isinstance(answer, str) else answer


def typed(name: str) -> str:
    return json.dumps({"speaker": name})


def going(selector: ByModel, model: Model, *, messages: int = 2) -> Ended:
    team = group(
        Agent("ann", says("I am ann."), "Knows all {names}."),
        Agent("bob", says("I am bob.")),
        Agent("cy", says("I am cy."), "Sums up."),
        limits=Limits(max_messages=messages),
    )
    return ended(team.selected_by(selector), Message(AgentName("ann"), "Begin."), model)


def test_a_model_chooses_one_of_the_candidates_by_its_name() -> None:
    model = Model(typed("cy"), typed("bob"))

    came = going(by_model("small", among=not_last(), settings=Settings(temperature=0.0)), model, messages=3)

    assert spoke(came) == "cybob"
    assert notes(came) == []
    first = model.asked[0]
    assert (first.model, first.me, first.settings) == ("small", "chair", Settings(temperature=0.0))
    assert first.output is not None
    assert json.loads(first.output.schema) == {
        "type": "object",
        "properties": {"speaker": {"type": "string", "enum": ["bob", "cy"]}},
        "required": ["speaker"],
        "additionalProperties": False,
    }


def test_the_model_is_told_who_takes_part_and_asked_behind_the_conversation() -> None:
    model = Model(typed("cy"))

    going(by_model(among=not_last()), model)

    asked = model.asked[0]
    assert asked.instructions is not None
    assert "- ann: Knows all {names}.\n- bob\n- cy: Sums up.\n" in asked.instructions.text
    assert (asked.instructions.name, asked.instructions.version) == (INSTRUCTIONS.name, INSTRUCTIONS.version)
    assert [message.text for message in asked.transcript] == [
        "Begin.",
        "Who speaks next? Choose one of: bob, cy. Answer with the name only.",
    ]


def test_nothing_of_the_choosing_stands_in_the_transcript() -> None:
    came = going(by_model(), Model(typed("cy")))

    assert [message.text for message in came.transcript] == ["Begin.", "I am cy."]


def test_a_model_that_names_none_or_several_is_told_so_and_asked_again() -> None:
    model = Model("Whoever likes.", "ann or bob", "It is up to **cy**.")

    came = going(by_model(answer="text"), model)

    assert spoke(came) == "cy"
    assert notes(came) == []
    assert all(asked.output is None for asked in model.asked)
    assert [(message.sender, message.text) for message in model.asked[2].transcript][2:] == [
        ("chair", "Whoever likes."),
        (
            "organiser",
            "That names none of those who may speak next. They are: ann, bob, cy. Answer with one of these names only.",
        ),
        ("chair", "ann or bob"),
        (
            "organiser",
            NAMED_SEVERAL.text.replace("{named}", "ann, bob").replace("{names}", "ann, bob, cy"),
        ),
    ]


def test_an_answer_of_no_words_is_not_repeated_to_the_model() -> None:
    model = Model(ModelReply((Reasoning("hm"), Text(" "))), typed("bob"))

    assert spoke(going(by_model(), model)) == "bob"
    assert [message.sender for message in model.asked[1].transcript] == ["ann", "organiser", "organiser"]


@pytest.mark.parametrize(("retries", "times"), [(0, "once"), (1, "2 times"), (2, "3 times")])
def test_a_model_that_never_chooses_leaves_it_to_the_order_and_the_log_says_so(
    retries: int, times: str
) -> None:
    model = Model(*["nobody"] * 3)

    came = going(by_model(retries=retries), model)

    assert spoke(came) == "bob"
    assert len(model.asked) == 1 + retries
    assert notes(came) == [
        f"the model was asked {times} and never named just one of ann, bob, cy; the next in order speaks"
    ]


def test_a_literal_mention_of_an_agent_in_the_conversation_does_not_disturb_the_choice() -> None:
    """In the original, names in messages and markers in the choice itself got in each other's way."""
    model = Model(typed("bob"))
    team = group(Agent("ann", says("x")), Agent("bob", says("y")), limits=Limits(max_messages=2))

    came = ended(
        team.selected_by(by_model()), Message(AgentName("ann"), "[AGENT SELECTED] ann, ann {names}"), model
    )

    assert spoke(came) == "bob"


def test_a_name_that_holds_another_is_chosen_by_a_typed_answer() -> None:
    team = group_named("ann", "ann lee", "bob", messages=1).selected_by(by_model(retries=0))

    assert spoke(ended(team, None, Model(typed("ann lee")))) == "ann lee"
    assert spoke(ended(team, None, Model("ann lee"))) == "ann", "the text names both, so the first is next"


def test_one_candidate_is_not_asked_about_and_none_ends() -> None:
    rule = transitions(allowed={"ann": ["bob"], "bob": ["cy"], "cy": []})

    came = going(by_model(among=rule), Model(), messages=9)

    assert spoke(came) == "bobcy"
    assert str(came.reason).endswith("the transitions let nobody follow 'cy'")


def test_a_group_of_one_asks_nobody() -> None:
    assert spoke(ended(group_named("a", messages=2).selected_by(by_model()))) == "aa"


def test_whom_the_model_names_may_stop_at_its_limit() -> None:
    came = going(by_model(among=within({"cy": 0}, then="stop")), Model(typed("cy")))

    assert (spoke(came), str(came.reason).startswith("limit: max_auto_replies=0 of 'cy'")) == ("", True)


def test_a_model_that_fails_is_a_failure_of_the_selector() -> None:
    came = going(by_model(), Model(Failed("provider.rate_limit", "busy")))

    assert came.reason == EffectFailure("", Failed("provider.rate_limit", "busy"))


def test_other_messages_can_be_shown_to_it() -> None:
    model = Model(typed("cy"))
    choose = by_model()

    def forgetful(view: SharedView) -> Steps[Choice, CallModel]:
        return choose(view.showing(view.transcript.prefix(0)))

    team = group_named("ann", "cy", messages=2).selected_by(forgetful)
    assert spoke(ended(team, "Begin.", model)) == "cy"
    assert [message.sender for message in model.asked[0].transcript] == ["organiser"]


def test_the_texts_can_be_others() -> None:
    prompts = ChoicePrompts(
        None, "Who? {names} {else}", Prompt("No: {names}", "none", "7"), "Not {named}: {names}"
    )
    model = Model("x", "ann cy", typed("cy"))

    going(by_model(prompts=prompts, me="boss"), model)

    last = model.asked[-1]
    assert last.instructions is None
    assert [(message.sender, message.text) for message in last.transcript][1:] == [
        ("organiser", "Who? ann, bob, cy {else}"),
        ("boss", "x"),
        ("organiser", "No: ann, bob, cy"),
        ("boss", "ann cy"),
        ("organiser", "Not ann, cy: ann, bob, cy"),
    ]


class Silent:
    """Asks nothing at first, and by one word after an answer that will not do."""

    def instructing(self, roster: Roster, names: Sequence[AgentName], /) -> Prompt | None:
        del roster, names
        return None

    def asking(
        self, roster: Roster, names: Sequence[AgentName], named: Sequence[AgentName] | None = None, /
    ) -> str:
        del roster, names
        return "" if named is None else "Who?"


def test_how_it_is_asked_can_be_another_way_and_by_somebody_else() -> None:
    model = Model("x", typed("cy"))

    going(ByModel(prompts=Silent(), asker=AgentName("host")), model)

    assert [message.sender for message in model.asked[0].transcript] == ["ann"]
    assert [(one.sender, one.text) for one in model.asked[1].transcript][1:] == [
        ("chair", "x"),
        ("host", "Who?"),
    ]


BAD_PLANS: list[tuple[str, dict[str, object]]] = [
    ("a choice is answered as 'enum' or 'text'; found 'json'", {"answer": "json"}),
    ("a model is asked again 0 times or more often; found -1", {"retries": -1}),
    ("'organiser' is who asks; give whoever chooses another name", {"me": "organiser"}),
]


@pytest.mark.parametrize(("text", "given"), BAD_PLANS)
def test_a_bad_plan_is_refused(text: str, given: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match=text):
        by_model(**given)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # the point of this test


@pytest.mark.parametrize("field", ["question", "none", "several"])
def test_a_question_must_say_who_may_speak(field: str) -> None:
    with pytest.raises(ConfigError, match=r"write {names} where they are to stand; found 'Who\?'"):
        ChoicePrompts(**{field: "Who?"})


def test_empty_instructions_are_refused() -> None:
    with pytest.raises(ConfigError, match="write some, or None for none"):
        ChoicePrompts(instructions=" ")


def test_the_candidates_are_checked_with_the_team() -> None:
    with pytest.raises(ConfigError, match="'zoe'"):
        group_named("a", "b").selected_by(by_model(among=transitions(forbidden={"zoe": []})))


def test_it_prints_as_it_was_written_and_pickles() -> None:
    selector = by_model("small", among=not_last(), retries=1)

    assert repr(selector) == "by_model(model='small', among=not_last(), retries=1)"
    assert pickle.loads(pickle.dumps(selector)) == selector
