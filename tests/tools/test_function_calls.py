"""What a call of a tool asks of the world, and what becomes of what the world answers."""

from __future__ import annotations

from typing import Annotated

import pytest

from tests.policies.driving import Answer, driven, log_of, nobody, scripted, turns
from tests.tools.test_injection import LIMIT, USER
from typedagents.core.effect import AnyEffect, Failed
from typedagents.core.errors import ConfigError
from typedagents.core.human import Left
from typedagents.core.log import Began, Changed
from typedagents.core.message import AgentName
from typedagents.core.parts import Text, ToolCall, ToolResult
from typedagents.core.tool import Approve, Approved, CallTool, Denied
from typedagents.core.view import Roster, View
from typedagents.tools import Tool, tool, toolset

ME = AgentName("me")
CALL = ToolCall("c1", "add", '{"a": 1}')
CALLED = CallTool("add", '{"a": 1}', "c1")
BROKEN_OFF = (
    "The run was broken off while add was under way, and nobody can say whether it was done. Find out before it is"
    " called again."
)
CUT_OFF = (
    "The call of add was cut off after 6 characters of its arguments, and was not made. Call it again, with shorter"
    " arguments or in several calls."
)
SUM = ToolResult("c1", "add", (Text("2"),))


@tool
def add(a: int, b: int = 1) -> int:
    """Adds."""
    return a + b


def view(**context: str) -> View:
    changes = [Changed(ME, name, text) for name, text in context.items()]
    return View(log_of(*turns("you"), *changes, Began(ME)), Roster({ME: ""}), "test", ME)


def answered(
    one: Tool[AnyEffect], call: ToolCall = CALL, answer: Answer = nobody, **context: str
) -> tuple[ToolResult, tuple[AnyEffect, ...]]:
    machine, asked = driven(one.answer(call, view(**context)), answer)
    assert machine.ended is not None
    result = machine.ended.value
    assert isinstance(result, ToolResult)
    return result, asked


def test_a_call_asks_the_world_once() -> None:
    assert answered(add, CALL, scripted(SUM)) == (SUM, (CALLED,))


def test_what_repeating_means_goes_with_the_call() -> None:
    _, (asked,) = answered(tool(add.function, repeats="pure"), CALL, scripted(SUM))

    assert (asked.repetition(), CALLED.repetition()) == ("pure", "at_most_once")


def test_a_renamed_tool_is_asked_for_by_its_new_name() -> None:
    result = ToolResult("c1", "plus", ())

    assert answered(add.renamed("plus"), CALL, scripted(result)) == (
        result,
        (CallTool("plus", '{"a": 1}', "c1"),),
    )


def test_arguments_that_do_not_fit_are_the_worlds_to_refuse() -> None:
    call = ToolCall("c1", "add", "[]")

    assert answered(add, call, scripted(SUM))[1] == (CallTool("add", "[]", "c1"),)


@pytest.mark.parametrize(
    ("failure", "says"),
    [
        (Failed("raised", "ValueError: no"), "add failed (raised): ValueError: no"),
        (
            Failed("unknown", "begun before a crash"),
            BROKEN_OFF,
        ),
    ],
    ids=["raised", "unknown"],
)
def test_an_effect_that_failed_is_a_failed_result(failure: Failed, says: str) -> None:
    assert answered(add, CALL, scripted(failure))[0] == ToolResult("c1", "add", (Text(says),), failed=True)


def test_context_variables_go_with_the_call() -> None:
    @tool
    def greet(user: Annotated[str, USER], limit: Annotated[int, LIMIT]) -> str:
        return user * limit

    call = ToolCall("c1", "greet")

    assert answered(greet, call, scripted(SUM), user='"Ann"', other="1")[1] == (
        CallTool("greet", "{}", "c1", context=(("user", '"Ann"'), ("limit", "10"))),
    )
    with pytest.raises(ConfigError, match="context variable 'user', which was never set"):
        answered(greet, call)


# --- approval ---------------------------------------------------------------------------------------------------

ASKED = Approve("add", '{"a": 1}', "c1", ME, view().transcript)


def test_an_approved_call_is_made() -> None:
    assert answered(add.with_approval(), CALL, scripted(Approved(), SUM)) == (SUM, (ASKED, CALLED))


@pytest.mark.parametrize(
    ("verdict", "says"),
    [
        (Denied("too dear"), "The call of add was not approved: too dear"),
        (Denied(), "The call of add was not approved"),
        (
            Failed("human.not_found", "no human"),
            "The call of add was not made, as nobody could be asked to approve it (human.not_found): no human",
        ),
    ],
    ids=["reason", "no reason", "failed"],
)
def test_a_call_that_is_not_approved_is_not_made(verdict: object, says: str) -> None:
    result = ToolResult("c1", "add", (Text(says),), failed=True)

    assert answered(add.with_approval(), CALL, scripted(verdict)) == (result, (ASKED,))


def test_nobody_is_asked_about_a_call_that_cannot_be_made() -> None:
    result, asked = answered(add.with_approval(), ToolCall("c1", "add", '{"a": "one"}'))

    assert asked == ()
    assert result.failed
    assert "$.a: expected" in result.text


def test_whoever_drives_by_hand_is_told_that_the_human_left() -> None:
    program = add.with_approval().answer(CALL, view())
    next(program)

    with pytest.raises(StopIteration) as ended:
        program.send(Left())

    result: object = ended.value.value
    assert isinstance(result, ToolResult)
    assert result.text == "The call of add was not approved: whoever was asked has left"


def test_a_method_without_its_instance_cannot_answer() -> None:
    class Thing:
        @tool
        def look(self) -> str:
            return "seen"

    with pytest.raises(ConfigError, match="tool 'look' is a method: take it from an instance"):
        answered(Thing.look)
    assert answered(Thing().look, CALL, scripted(SUM))[0] == SUM


# --- what the model is shown ------------------------------------------------------------------------------------


def test_what_a_tool_returns_is_shown() -> None:
    assert add.rendered(2) == (Text("2"),)
    assert add.rendered(None) == (Text("null"),)


def test_a_tool_may_show_its_results_in_its_own_way() -> None:
    def shown(value: int) -> str:
        return f"{value} pieces"

    assert tool(add.function, render=shown).rendered(2) == (Text("2 pieces"),)


def test_what_is_shown_is_not_longer_than_it_may_be() -> None:
    (text,) = tool(add.function, max_chars=10).rendered("x" * 1000)

    assert isinstance(text, Text)
    assert text.text.count("x") == 10
    assert "990 characters left out" in text.text
    assert tool(add.function, max_chars=None).rendered("x" * 200_000) == (Text("x" * 200_000),)


# --- several tools ----------------------------------------------------------------------------------------------


def test_a_toolset_answers_by_the_calls_name() -> None:
    both = toolset(add.renamed("plus"), add)

    machine, asked = driven(both.answer(CALL, view()), scripted(SUM))

    assert asked == (CALLED,)
    assert machine.ended is not None
    assert machine.ended.value == SUM


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (ToolCall("c1", "ad"), "There is no tool 'ad'; there are: add, multiply. Did you mean add?"),
        (ToolCall("c1", "divide"), "There is no tool 'divide'; there are: add, multiply."),
        (
            ToolCall("c1", "add", '{"a": ', complete=False),
            CUT_OFF,
        ),
    ],
    ids=["nearly", "unknown", "cut off"],
)
def test_a_call_that_no_tool_can_answer_is_a_failed_result(call: ToolCall, says: str) -> None:
    machine, asked = driven(toolset(add, add.renamed("multiply")).answer(call, view()), nobody)

    assert asked == ()
    assert machine.ended is not None
    assert machine.ended.value == ToolResult("c1", call.name, (Text(says),), failed=True)
