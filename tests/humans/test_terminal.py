"""What is typed at a terminal, or piped in; and that nobody waits for ever."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from io import FileIO
from pathlib import Path

import pytest
from attrs import define

from typedagents import (
    Agent,
    Decision,
    Left,
    Limits,
    Message,
    Reply,
    Skipped,
    Sleep,
    Steps,
    Typed,
    View,
    World,
    both,
    group,
    race,
    with_human,
)
from typedagents.core.human import AskHuman, HumanAnswer
from typedagents.core.stop import HumanLeft
from typedagents.humans import Lines, Terminal, standard_input
from typedagents.humans.terminal import conversation_is_shown, understood
from typedagents.interpreter.outcome import Outcome

NOT_OPEN = 100_000
ONCE = Limits(max_decisions=1)


@define
class Pipe:
    """What is put in comes out as lines."""

    out: FileIO
    into: FileIO
    lines: Lines

    def put(self, text: str) -> None:
        self.into.write(text.encode())


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    out, into = os.pipe()
    with FileIO(out) as reading, FileIO(into, "w") as writing:
        yield Pipe(reading, writing, Lines(out))


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("hello", Typed("hello")),
        ("  spaced ", Typed("  spaced ")),
        ("", Skipped()),
        ("   ", Skipped()),
        ("exit", Left()),
        (" exit ", Left()),
        ("exit now", Typed("exit now")),
        (None, Left()),
    ],
)
def test_what_a_line_means(text: str | None, meant: HumanAnswer) -> None:
    assert understood(text) == meant


def asking(view: View) -> Steps[Decision, AskHuman]:
    answer = yield from AskHuman("Well?", view.me, view.transcript)
    return Reply(repr(answer))


def answered(terminal: Terminal) -> Outcome:
    """What becomes of a question to this terminal's human."""
    team = group(Agent("me", asking), limits=ONCE)
    return World(with_human(terminal), store=None).run_sync(team, Message("you", "hi"))


def test_a_line_is_an_answer_and_what_was_read_ahead_is_kept(pipe: Pipe) -> None:
    pipe.put("größer\r\nsecond\n")

    assert answered(Terminal(lines=pipe.lines)).summary == repr(Typed("größer"))
    assert answered(Terminal(lines=pipe.lines)).summary == repr(Typed("second"))


def test_a_backslash_at_the_end_of_a_line_goes_on(pipe: Pipe) -> None:
    pipe.put("one\\\ntwo\\\nthree\n")

    assert answered(Terminal(lines=pipe.lines)).summary == repr(Typed("one\ntwo\nthree"))


def test_the_end_of_the_input_leaves_after_what_was_typed(pipe: Pipe) -> None:
    pipe.put("last\\\n")
    pipe.into.close()

    assert answered(Terminal(lines=pipe.lines)).summary == repr(Typed("last"))
    assert answered(Terminal(lines=pipe.lines)).reason == HumanLeft("me")


def test_a_closed_input_leaves() -> None:
    lines = Lines(NOT_OPEN)

    assert not lines.typed
    assert answered(Terminal(lines=lines)).reason == HumanLeft("me")


def test_a_file_is_read_too(tmp_path: Path) -> None:
    (tmp_path / "lines").write_bytes(b"from a file")
    with (tmp_path / "lines").open("rb") as file:
        assert answered(Terminal(lines=Lines(file.fileno()))).summary == repr(Typed("from a file"))


def test_who_does_not_answer_in_time_skips_and_nothing_is_left_behind(pipe: Pipe) -> None:
    assert answered(Terminal(wait_s=0.01, lines=pipe.lines)).summary == repr(Skipped())

    pipe.put("late\n")
    assert answered(Terminal(lines=pipe.lines)).summary == repr(Typed("late"))


def test_the_conversation_and_the_question_are_shown(pipe: Pipe) -> None:
    pipe.put("yes\nyes\n")
    screen = io.StringIO()

    answered(Terminal(lines=pipe.lines, screen=screen))
    assert screen.getvalue() == "you:\nhi\n\nWell?\n> "


def test_a_conversation_that_is_shown_already_is_not_shown_again(pipe: Pipe) -> None:
    pipe.put("yes\n")
    screen = io.StringIO()
    token = conversation_is_shown.set(True)
    try:
        answered(Terminal(lines=pipe.lines, screen=screen))
    finally:
        conversation_is_shown.reset(token)

    assert screen.getvalue() == "Well?\n> "


def test_nothing_is_shown_to_a_pipe(pipe: Pipe, capsys: pytest.CaptureFixture[str]) -> None:
    pipe.put("yes\n")
    answered(Terminal(lines=pipe.lines))

    assert capsys.readouterr() == ("", "")


def test_one_question_at_a_time(pipe: Pipe) -> None:
    def two(view: View) -> Steps[Decision, AskHuman]:
        answers = yield from both(AskHuman("First?", view.me), AskHuman("Second?", view.me))
        return Reply(repr(answers))

    pipe.put("one\ntwo\n")
    screen = io.StringIO()
    terminal = Terminal(lines=pipe.lines, screen=screen)
    outcome = World(with_human(terminal), store=None).run_sync(group(Agent("me", two), limits=ONCE), "hi")

    assert outcome.summary == repr((Typed("one"), Typed("two")))
    assert screen.getvalue() == "First?\n> Second?\n> "


def test_other_things_go_on_while_a_person_thinks(pipe: Pipe) -> None:
    def asked(view: View) -> Steps[str, AskHuman]:
        return repr((yield from AskHuman("Well?", view.me)))

    def waited() -> Steps[str, Sleep]:
        yield from Sleep(0.01)
        return "nobody said a word"

    def impatient(view: View) -> Steps[Decision, AskHuman | Sleep]:
        programs: list[Steps[str, AskHuman | Sleep]] = [asked(view), waited()]
        return Reply((yield from race(programs)))

    terminal = Terminal(lines=pipe.lines)
    outcome = World(with_human(terminal), store=None).run_sync(
        group(Agent("me", impatient), limits=ONCE), "hi"
    )

    assert outcome.summary == "nobody said a word"


def test_all_terminals_of_a_process_share_its_standard_input() -> None:
    assert Terminal().lines is standard_input()
