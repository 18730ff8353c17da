"""What a person sees: colours, questions, Ctrl-C."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.calling import TARGETS, AtTerminal, call, traces

pytest.importorskip("pty", reason="terminals as Unix knows them")


def test_a_terminal_gets_colours_and_lines_of_its_width(tmp_path: Path) -> None:
    message = "```python\nif x: pass\n```\n" + "word " * 40
    with AtTerminal("run", TARGETS, message, folder=tmp_path) as terminal:
        assert terminal.code() == 0

    assert "\x1b[1;36muser\x1b[0m" in terminal.seen
    assert "\x1b[94;49mif\x1b[0m" in terminal.seen
    assert "word\nword" in terminal.seen, "lines are broken between words"


@pytest.mark.parametrize("variable", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_nothing_is_coloured_where_that_is_not_wanted(variable: dict[str, str], tmp_path: Path) -> None:
    with AtTerminal("run", TARGETS, "```python\nif x: pass\n```", folder=tmp_path, **variable) as terminal:
        assert terminal.code() == 0

    assert "\x1b" not in terminal.seen
    assert "you said: ```python\nif x: pass\n```\n" in terminal.seen


def test_errors_are_told_in_colour_too(tmp_path: Path) -> None:
    with AtTerminal("run", "no_such_file.py", folder=tmp_path) as terminal:
        assert terminal.code() == 4

    assert terminal.seen.startswith("\x1b[31mtypedagents:")


def test_a_chat_goes_on_until_the_person_leaves(tmp_path: Path) -> None:
    with AtTerminal("chat", TARGETS, folder=tmp_path, NO_COLOR="1") as terminal:
        terminal.until("user\n> ")
        terminal.type("hello\n")
        terminal.until("user\n> ")
        terminal.type("\n")
        terminal.until("user\n> ")
        terminal.type("two \\\n")
        terminal.until("> ")
        terminal.type("lines\n")
        terminal.until("user\n> ")
        terminal.type("exit\n")
        assert terminal.code() == 0

    assert terminal.seen.count("you said: hello") == 1
    assert "> hello\n\necho\nyou said: hello\n\nuser\n> " in terminal.seen, (
        "what was typed is not shown again"
    )
    assert "you said: two\nlines" in terminal.seen
    assert "4 turns · 2 model calls" in terminal.seen
    assert len(traces(tmp_path)) == 2


def test_an_agent_s_question_is_answered_in_place(tmp_path: Path) -> None:
    with AtTerminal("run", f"{TARGETS}:talks", "hello", folder=tmp_path, NO_COLOR="1") as terminal:
        terminal.until("answers by itself:\n> ")
        terminal.type("more\n")
        terminal.until("answers by itself:\n> ")
        terminal.type("\x04")  # Ctrl-D
        assert terminal.code() == 0

    assert "> more\n\necho\nyou said: more\n" in terminal.seen
    assert terminal.seen.count("you said: hello") == 1, "the question does not repeat the conversation"


def test_ctrl_c_at_a_question_ends_at_once_and_can_be_resumed(tmp_path: Path) -> None:
    with AtTerminal("run", f"{TARGETS}:talks", "hello", folder=tmp_path, NO_COLOR="1") as terminal:
        terminal.until("answers by itself:\n> ")
        terminal.type("\x03")
        assert terminal.code() == 130

    (trace,) = traces(tmp_path)
    place = str(trace.relative_to(tmp_path))
    assert f"stopped; go on with:\n  typedagents resume {place} {TARGETS}:talks\n" in terminal.seen
    resumed = call("resume", place, f"{TARGETS}:talks", folder=tmp_path, typed="and now\nexit\n")
    assert "you said: and now" in resumed.stdout
    assert resumed.returncode == 0


def test_ctrl_c_between_two_parts_of_a_chat_leaves(tmp_path: Path) -> None:
    with AtTerminal("chat", TARGETS, folder=tmp_path, NO_COLOR="1") as terminal:
        terminal.until("user\n> ")
        terminal.type("\x03")
        assert terminal.code() == 130

    assert "Traceback" not in terminal.seen


def test_a_handler_that_blocks_is_stopped_by_a_second_ctrl_c(tmp_path: Path) -> None:
    with AtTerminal("run", f"{TARGETS}:blocks", "hello", folder=tmp_path, NO_COLOR="1") as terminal:
        terminal.until("blocking")
        terminal.type("\x03")
        terminal.until("Ctrl-C again stops at once")
        terminal.type("\x03")
        assert terminal.code() == 130

    assert "typedagents resume" in terminal.seen
    assert "Traceback" not in terminal.seen
