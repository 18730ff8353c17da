"""`typedagents chat` with its lines piped in."""

from __future__ import annotations

from pathlib import Path

from tests.cli.calling import TARGETS, call, traces


def test_piped_lines_are_shown_and_the_end_of_the_input_leaves(tmp_path: Path) -> None:
    done = call("chat", TARGETS, folder=tmp_path, typed="hello\n\nmore\n")

    assert done.returncode == 0, done.stderr
    assert done.stderr == "", "nobody is asked where nobody types"
    assert "user\nhello\n\necho\nyou said: hello\n\nuser\nmore\n\necho\nyou said: more\n" in done.stdout
    assert len(traces(tmp_path)) == 2


def test_the_agents_may_ask_in_between(tmp_path: Path) -> None:
    done = call("chat", f"{TARGETS}:talks", folder=tmp_path, typed="hello\nmore of it\nexit\n")

    assert "you said: more of it" in done.stdout
    assert "the human behind 'me' left" in done.stdout
    assert len(traces(tmp_path)) == 1


def test_a_budget_holds_over_all_parts(tmp_path: Path) -> None:
    done = call("chat", TARGETS, "--max-model-calls", "2", folder=tmp_path, typed="a\nb\nc\nd\n")

    assert done.returncode == 2
    assert len(traces(tmp_path)) == 3


def test_each_part_replays_by_itself(tmp_path: Path) -> None:
    call("chat", TARGETS, folder=tmp_path, typed="hello\nmore\n")
    done = call("replay", str(traces(tmp_path)[1]), TARGETS, folder=tmp_path)

    assert done.returncode == 0, done.stderr
    assert "you said: hello" in done.stdout


def test_nothing_said_is_nothing_done(tmp_path: Path) -> None:
    done = call("chat", TARGETS, folder=tmp_path, typed="")

    assert (done.returncode, done.stdout) == (0, "")
