"""What a line at the terminal means, and that nobody waits for ever."""

from __future__ import annotations

import threading

import pytest

from typedagents import Agent, Decision, Reply, Steps, View, World, group, with_human
from typedagents.core.human import AskHuman, HumanAnswer, Left, Skipped, Typed
from typedagents.humans import Terminal
from typedagents.humans.terminal import understood


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("hello\n", Typed("hello")),
        ("  spaced \r\n", Typed("  spaced ")),
        ("\n", Skipped()),
        ("   \n", Skipped()),
        ("exit\n", Left()),
        ("exit now\n", Typed("exit now")),
        (None, Left()),
    ],
)
def test_what_a_line_means(line: str | None, answer: HumanAnswer) -> None:
    assert understood(line) == answer


def asking(view: View) -> Steps[Decision, AskHuman]:
    answer = yield from AskHuman("Well?", view.me)
    return Reply(type(answer).__name__)


def answered(terminal: Terminal) -> str:
    outcome = World(with_human(terminal), store=None).run_sync(group(Agent("me", asking)), "hi")
    return outcome.transcript[1].text


def test_the_question_is_shown_and_the_line_read() -> None:
    shown: list[str] = []
    assert answered(Terminal(read=lambda: "yes\n", show=shown.append)) == "Typed"
    assert shown[0] == "Well?"


def test_who_does_not_answer_in_time_skips() -> None:
    silence = threading.Event()

    def never() -> str | None:
        silence.wait(60)
        return None

    try:
        assert answered(Terminal(wait_s=0.05, read=never, show=lambda text: None)) == "Skipped"
    finally:
        silence.set()


def test_the_terminal_itself_is_read(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Lines:
        def readline(self) -> str:
            return "typed\n"

    monkeypatch.setattr("sys.stdin", Lines())
    assert answered(Terminal()) == "Typed"
    assert capsys.readouterr().out.startswith("Well? ")
