from __future__ import annotations

import pickle
from typing import Literal

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from tests.policies.driving import decided, message, scripted, view_of
from typedagents.core.code import (
    Artefact,
    BlockResult,
    Captured,
    CodeBlock,
    CodeFile,
    CodeLimits,
    CodeResult,
    Exited,
    Refused,
    RunCode,
)
from typedagents.core.code_approval import ApproveCode
from typedagents.core.deciding import consult
from typedagents.core.decision import Decision, Pass, Reply
from typedagents.core.effect import AnyEffect, Failed
from typedagents.core.errors import ConfigError
from typedagents.core.human import Left
from typedagents.core.limits import Unlimited
from typedagents.core.log import Log, Noted, Said
from typedagents.core.message import AgentName, Message
from typedagents.core.parts import File, Image, Inline, Part, Reasoning, Text
from typedagents.core.stop import HumanLeft
from typedagents.core.tool import Approved, Denied
from typedagents.core.view import Roster, View
from typedagents.policies.coding.programs import Wanted, blocks_in
from typedagents.policies.coding.running import CodePolicy, code_reply
from typedagents.policies.rules.said import mentions
from typedagents.tools import FunctionsModule

PRINT_1 = "Run this:\n```python\nprint(1)\n```\n"
PRINT_2 = "```py\nprint(2)\n```"
FINE = CodeResult((BlockResult(Exited(0), Captured(b"1\n")),))


def ran(policy: CodePolicy, *said: Said) -> list[str] | None:
    """The code that the policy has run; None where it passes."""
    decision, asked = decided(policy, view_of(*said), scripted(FINE))
    if not asked:
        assert decision == Pass()
        return None
    (effect,) = asked
    assert isinstance(effect, RunCode)
    return [block.code for block in effect.blocks]


def test_the_result_is_said_with_its_exit_code() -> None:
    decision, asked = decided(code_reply(), view_of(message("you", PRINT_1)), scripted(FINE))

    assert asked == (RunCode((CodeBlock("python", "print(1)"),)),)
    assert decision == Reply(FINE, origin="code")
    assert FINE.text == "exitcode: 0 (execution succeeded)\nCode output: 1"


def test_limits_and_session_are_handed_on() -> None:
    policy = code_reply(limits=CodeLimits(wall_s=1), session="s")
    _, asked = decided(policy, view_of(message("you", PRINT_1)), scripted(FINE))

    assert asked == (RunCode((CodeBlock("python", "print(1)"),), CodeLimits(wall_s=1), "s"),)


def test_without_code_it_passes() -> None:
    assert ran(code_reply(), message("you", "no code here")) is None
    assert ran(code_reply()) is None


def test_all_blocks_of_the_newest_message_with_code_run_in_order() -> None:
    both = "```sh\npip install x\n```\nthen\n```python\nprint(1)\n```"

    assert ran(code_reply(), message("you", PRINT_2), message("you", both), message("you", "thanks")) == [
        "pip install x",
        "print(1)",
    ]


def test_code_before_its_own_last_message_is_not_looked_at() -> None:
    assert ran(code_reply(), message("you", PRINT_1), message("me", "no")) is None
    assert ran(code_reply(), message("you", PRINT_1), message("me", "no"), message("you", PRINT_2)) == [
        "print(2)"
    ]


def test_its_own_code_is_not_run() -> None:
    assert ran(code_reply(), message("me", PRINT_1)) is None
    assert ran(code_reply(last_n=5), message("me", PRINT_1)) is None


@pytest.mark.parametrize(
    ("last_n", "expected"), [(1, None), (2, None), (3, ["print(1)"]), (Unlimited, ["print(1)"])]
)
def test_code_may_be_so_many_messages_old(last_n: int, expected: list[str] | None) -> None:
    policy = code_reply(last_n=last_n)

    assert ran(policy, message("you", PRINT_1), message("me", "later"), message("you", "now?")) == expected


def test_code_runs_once_however_far_back_it_is_looked_for() -> None:
    said = (message("you", PRINT_1), Said(Message(AgentName("me"), FINE, "code")), message("you", "again?"))

    assert ran(code_reply(last_n=Unlimited), *said) is None


@pytest.mark.parametrize("last_n", [0, -1])
def test_a_window_without_messages_is_refused(last_n: int) -> None:
    with pytest.raises(ConfigError, match="from 1"):
        code_reply(last_n=last_n)


def test_what_a_program_or_a_tool_printed_is_no_request() -> None:
    assert ran(code_reply(), message("you", PRINT_1, "code")) is None
    assert ran(code_reply(), message("you", PRINT_1, "tool")) is None
    assert ran(code_reply(), message("you", [Reasoning(PRINT_1), Text("no")], "model")) is None
    assert ran(code_reply(), message("you", [Text("a"), Text(PRINT_1)], "model")) == ["print(1)"]


def test_only_languages_asked_for_are_run() -> None:
    mixed = "```json\n{}\n```\n```python\nprint(1)\n```\n```\n1024\n```"

    assert ran(code_reply(), message("you", mixed)) == ["print(1)"]
    assert ran(code_reply(), message("you", "```javascript\nf()\n```")) is None
    assert ran(code_reply(languages="javascript"), message("you", "```js\nf()\n```")) == ["f()"]
    assert code_reply(languages=["Py", "shell"]).languages == ("python", "sh")


def test_a_block_to_be_kept_comes_along_with_a_program() -> None:
    page = "```html\n<!-- filename: a.html -->\n<p>\n```\n"

    assert Wanted().program_in(Message("you", page)) == ()
    assert [(block.filename, block.to) for block in Wanted().program_in(Message("you", page + PRINT_1))] == [
        ("a.html", "save"),
        (None, "run"),
    ]


def test_a_block_that_was_cut_off_is_not_run() -> None:
    assert ran(code_reply(), message("you", "```python\nprint(1")) is None
    assert ran(code_reply(), message("you", f"{PRINT_1}```python\nprint(")) == ["print(1)"]


def test_an_empty_block_is_no_code() -> None:
    assert blocks_in("```python\n\n```") == ()


@pytest.mark.parametrize(
    ("line", "filename"),
    [
        ("# filename: plot.py", "plot.py"),
        ("#filename:plot.py", "plot.py"),
        ("# Filename: my plot.py  ", "my plot.py"),
        ("// filename: a.js", "a.js"),
        ("/* filename: a.css */", "a.css"),
        ("<!-- filename: a.html -->", "a.html"),
        ("-- filename: a.sql", "a.sql"),
        ("# This prints hello", None),
        ("# plot.py", None),
        ("# the filename: x", None),
        ("# filename:", None),
        ("filename: x", None),
        ("# filename: a" + " " * 200_000 + "b", "a"),
    ],
)
def test_only_an_explicit_marker_names_a_file(line: str, filename: str | None) -> None:
    (block,) = blocks_in(f"```python\n{line}\nprint(1)\n```")

    assert block.filename == filename
    assert block.code == f"{line}\nprint(1)"


def test_the_marker_stands_in_the_first_line() -> None:
    assert blocks_in("```python\nx = 1\n# filename: a.py\n```")[0].filename is None


def test_a_text_that_is_indented_as_a_whole_is_read_like_any_other() -> None:
    text = "\n    Run this:\n    ```python\n    if True:\n        print(1)\n    ```\n    "
    assert [block.code for block in blocks_in(text)] == ["if True:\n    print(1)"]
    assert blocks_in("Code:\n\n    ```python\n    print(1)\n    ```") == ()  # shown, and not said


@given(st.text("ab`~# \n"))
def test_reading_a_message_never_raises(text: str) -> None:
    for block in blocks_in(text):
        assert block.code.strip()


def test_a_message_is_looked_at_once_however_long_the_talk() -> None:
    policy, log = code_reply(), Log(message("you", "words") for _ in range(100))
    views = [
        View(log.append(Noted(AgentName("me"), str(i))), Roster({}), "test", AgentName("me"))
        for i in range(3)
    ]

    assert [policy.pending(view) for view in views] == [()] * 3


def test_it_prints_compares_and_pickles() -> None:
    policy = code_reply(last_n=2, languages="sh")

    assert repr(policy) == "code_reply(last_n=2, languages=('sh',))"
    assert pickle.loads(pickle.dumps(policy)) == policy
    asking = code_reply(approval=True, languages="sh")
    assert repr(asking) == "code_reply(languages=('sh',), approval=True)"
    assert pickle.loads(pickle.dumps(asking)) == asking


# --- once, and again --------------------------------------------------------------------------------------------


def result(by: str = "other") -> Said:
    return Said(Message(AgentName(by), FINE, "code"))


def test_what_another_agent_ran_is_not_run_again() -> None:
    assert ran(code_reply(), message("you", PRINT_1), result()) is None
    assert ran(code_reply(), message("you", PRINT_1), result(), message("you", PRINT_2)) == ["print(2)"]


def test_the_same_words_said_again_are_a_new_program() -> None:
    said = (message("you", PRINT_1), result(by="me"), message("you", PRINT_1))

    assert ran(code_reply(), *said) == ["print(1)"]
    assert ran(code_reply(last_n=Unlimited), *said) == ["print(1)"]


def test_it_runs_again_when_the_rule_says_so() -> None:
    policy = code_reply(again=mentions("once more"))
    said = (message("you", PRINT_1), result(by="me"))

    assert ran(policy, *said, message("you", "thanks")) is None
    assert ran(policy, *said, message("you", "please run it once more")) == ["print(1)"]
    assert ran(policy, message("you", "once more")) is None


@given(st.lists(st.sampled_from(["say 1", "say 2", "run by me", "run by other", "talk"]), max_size=12))
def test_a_program_is_run_at_most_once_for_each_time_it_is_said(events: list[str]) -> None:
    policy, log, runs, said_programs = code_reply(last_n=Unlimited), Log(), 0, 0
    for event in events:
        view = View(log, Roster({}), "test", AgentName("me"))
        blocks = policy.pending(view)
        match event.split():
            case ["say", number]:
                log = log.append(Said(Message(AgentName("you"), f"```python\nprint({number})\n```")))
                said_programs += 1
            case ["run", "by", who] if blocks:
                log = log.append(result(by=who))
                runs += 1
                assert policy.pending(View(log, Roster({}), "test", AgentName("me"))) == ()
            case _:
                log = log.append(message("you", "words"))
    assert runs <= said_programs


# --- what is run, and what is only saved ------------------------------------------------------------------------


def kinds(policy: CodePolicy, text: str) -> list[tuple[str, str]]:
    return [(block.language, block.to) for block in policy.pending(view_of(message("you", text)))]


def test_languages_are_run_or_only_saved() -> None:
    page = "```html\n<p>\n```\n"
    policy = code_reply(languages="python", saves=("html", "js"))

    assert kinds(policy, page) == [("html", "save")]
    assert kinds(policy, f"{page}{PRINT_1}```js\nf()\n```") == [
        ("html", "save"),
        ("python", "run"),
        ("javascript", "save"),
    ]
    assert kinds(code_reply(languages=(), saves="python"), PRINT_1) == [("python", "save")]


def test_a_named_file_of_a_language_that_is_not_run_is_saved_and_never_run() -> None:
    script = "```sh\n# filename: a.sh\nrm x\n```\n"

    assert kinds(code_reply(languages="python"), script + PRINT_1) == [("sh", "save"), ("python", "run")]


def test_a_plan_that_says_both_or_nothing_is_refused() -> None:
    with pytest.raises(ConfigError, match="found in both: python"):
        code_reply(languages=["py"], saves=["python"])
    with pytest.raises(ConfigError, match="name one"):
        code_reply(languages=())
    with pytest.raises(ConfigError, match="names a package"):
        code_reply(requirements=["--index-url=x"])


# --- what goes with it, and what comes of it --------------------------------------------------------------------

MODULE = FunctionsModule("def twice(n):\n    return 2 * n\n", "mine", ["numpy"])


def test_functions_files_and_requirements_go_along() -> None:
    data = CodeFile("data.csv", b"1,2")
    policy = code_reply(functions=MODULE, files=[data], requirements=["attrs", "numpy"])
    _, asked = decided(policy, view_of(message("you", PRINT_1)), scripted(FINE))

    (effect,) = asked
    assert isinstance(effect, RunCode)
    assert effect.files == (data, CodeFile("mine.py", MODULE.source.encode()))
    assert effect.requirements == ("attrs", "numpy")


PLOT = Artefact("plot.png", 3, "", "image/png", b"png")
TABLE = Artefact("table.csv", 2, "", "text/csv", b"12")
LARGE = Artefact("large.png", 1 << 30, "", "image/png")


@pytest.mark.parametrize(
    ("attach", "parts"),
    [
        ("nothing", ()),
        ("images", (Image(Inline(b"png", "image/png")),)),
        ("files", (Image(Inline(b"png", "image/png")), File(Inline(b"12", "text/csv"), "table.csv"))),
    ],
)
def test_what_programs_leave_becomes_parts(
    attach: Literal["nothing", "images", "files"], parts: tuple[Part, ...]
) -> None:
    left = evolve(FINE, artefacts=(LARGE, PLOT, TABLE))
    decision, _ = decided(code_reply(attach=attach), view_of(message("you", PRINT_1)), scripted(left))

    assert isinstance(decision, Reply)
    (draft,) = decision.drafts
    assert draft.parts[1:] == parts


# --- approval ---------------------------------------------------------------------------------------------------

BLOCK = CodeBlock("python", "print(1)")
ASKS = ApproveCode((BLOCK,), AgentName("me"), view_of(message("you", PRINT_1)).transcript)


def approved(*answers: object) -> tuple[Decision, tuple[AnyEffect, ...]]:
    return decided(code_reply(approval=True), view_of(message("you", PRINT_1)), scripted(*answers))


def test_approved_code_runs() -> None:
    decision, asked = approved(Approved(), FINE)

    assert asked == (ASKS, RunCode((BLOCK,)))
    assert decision == Reply(FINE, origin="code")


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (Denied(), "The code was not approved"),
        (Denied("no network, please"), "The code was not approved: no network, please"),
        (
            Failed("human.gone", "nobody there"),
            "The code was not run, as nobody could be asked to approve it (human.gone): nobody there",
        ),
    ],
)
def test_code_that_is_not_approved_is_not_run_and_the_result_says_why(answer: object, text: str) -> None:
    decision, asked = approved(answer)

    assert asked == (ASKS,)
    refused = CodeResult((BlockResult(Refused(text)),))
    assert decision == Reply(refused, origin="code")
    assert refused.text == f"exitcode: 1 (execution failed)\nCode output: {text}"


def test_driven_by_hand_it_says_that_whoever_was_asked_has_left() -> None:
    program = consult(code_reply(approval=True), view_of(message("you", PRINT_1)))
    next(program)
    with pytest.raises(StopIteration) as stopped:
        program.send(Left())
    decision: object = stopped.value.value
    assert isinstance(decision, Reply)
    (part,) = decision.drafts[0].parts
    assert isinstance(part, CodeResult)
    assert part.text.endswith("whoever was asked has left")


def test_nobody_is_asked_where_there_is_no_code() -> None:
    assert decided(code_reply(approval=True), view_of(message("you", "hi")), scripted()) == (Pass(), ())


def test_only_a_verdict_is_one() -> None:
    assert ASKS.accept(Approved()) == Approved()
    assert ASKS.ends_run(Left()) == HumanLeft(AgentName("me"))
    assert ASKS.ends_run(Approved()) is None
    with pytest.raises(TypeError, match="expected Approved"):
        ASKS.accept("yes")
