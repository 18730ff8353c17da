from __future__ import annotations

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.policies.driving import decided, message, scripted, view_of
from typedagents.core.code import BlockResult, Captured, CodeBlock, CodeLimits, CodeResult, Exited, RunCode
from typedagents.core.decision import Pass, Reply
from typedagents.core.errors import ConfigError
from typedagents.core.limits import Unlimited
from typedagents.core.log import Log, Noted, Said
from typedagents.core.message import AgentName, Message
from typedagents.core.parts import Reasoning, Text
from typedagents.core.view import Roster, View
from typedagents.policies.code import CodePolicy, blocks_in, code_reply, program_in

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

    assert program_in(Message("you", page)) == ()
    assert [block.filename for block in program_in(Message("you", page + PRINT_1))] == ["a.html", None]


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
