"""A human at this terminal, or lines piped into it."""

from __future__ import annotations

import sys
from collections.abc import Callable

import anyio
from attrs import frozen

from typedagents.core.handler import Call
from typedagents.core.human import AskHuman, HumanAnswer, Left, Skipped, Typed


def understood(line: str | None) -> HumanAnswer:
    """What a line means: nothing typed skips, ``exit`` and the end of the input leave, the rest is said."""
    if line is None or line.strip() == "exit":
        return Left()
    text = line.rstrip("\r\n")
    return Typed(text) if text.strip() else Skipped()


def _line() -> str | None:
    return sys.stdin.readline() or None


def _show(text: str) -> None:
    sys.stdout.write(f"{text} ")
    sys.stdout.flush()


@frozen
class Terminal:
    """Shows the question and reads one line. ``read`` and ``show`` may be replaced; ``wait_s``: then it is a skip."""

    wait_s: float | None = None
    read: Callable[[], str | None] = _line
    show: Callable[[str], object] = _show

    async def answer(self, question: AskHuman, call: Call, /) -> HumanAnswer:
        """One line of the human; other things go on meanwhile."""
        del call
        self.show(question.question)
        with anyio.move_on_after(self.wait_s if self.wait_s is not None else float("inf")):
            return understood(await anyio.to_thread.run_sync(self.read, abandon_on_cancel=True))
        return Skipped()
