"""A human at this terminal, or lines piped into it."""

from __future__ import annotations

import sys
from contextvars import ContextVar
from typing import TextIO

import anyio
from anyio.lowlevel import RunVar
from attrs import field, frozen

from typedagents.core.handler import Call
from typedagents.core.human import AskHuman, HumanAnswer, Left, Skipped, Typed
from typedagents.core.log import Transcript
from typedagents.core.message import AgentName

from .lines import Lines, standard_input

LEAVE = "exit"
GOES_ON = "\\"
HINT = f"{LEAVE!r} leaves, an empty line says nothing, {GOES_ON} at the end of a line goes on"
PROMPT = "> "

conversation_is_shown: ContextVar[bool] = ContextVar(
    "typedagents.humans.conversation_is_shown", default=False
)
"""Set where something else shows the conversation on this terminal already: then only the question is shown."""

_turn: RunVar[anyio.Lock] = RunVar("typedagents.humans.terminal")


@frozen
class OnScreen:
    """Observed when an answer was typed at this terminal, so that nobody shows it there again."""


def understood(text: str | None) -> HumanAnswer:
    """What was typed, meant: nothing skips, ``exit`` and the end of the input leave, the rest is said."""
    if text is None or text.strip() == LEAVE:
        return Left()
    return Typed(text) if text.strip() else Skipped()


def typed(answer: HumanAnswer) -> str:
    """What has to be typed for this to be understood."""
    match answer:
        case Typed(text):
            return text
        case Skipped():
            return ""
        case Left():
            return LEAVE


def joined(text: str | None, line: str) -> tuple[str, bool]:
    """``text`` and the next line of it, and whether it goes on after that."""
    whole = line if text is None else f"{text}\n{line}"
    goes_on = whole.endswith(GOES_ON)
    return whole.removesuffix(GOES_ON), goes_on


def _news(transcript: Transcript, me: AgentName) -> str:
    """What was said since ``me`` last spoke."""
    new: list[str] = []
    for message in reversed(transcript):
        if message.sender == me:
            break
        new.append(f"{message.sender}:\n{message.text}\n\n")
    return "".join(reversed(new))


@frozen
class Terminal:
    """Shows what was said and the question, and reads the answer; to a pipe it shows nothing.

    ``wait_s``: who has not answered by then has skipped. ``screen`` is where questions are shown; left out, it is
    standard error, where a person is at the keyboard.
    """

    wait_s: float | None = None
    lines: Lines = field(factory=standard_input, repr=False)
    screen: TextIO | None = field(default=None, repr=False)

    async def answer(self, question: AskHuman, call: Call, /) -> HumanAnswer:
        """What the human answers; one question at a time, other things go on meanwhile."""
        turn = _turn.get(None)
        if turn is None:
            turn = anyio.Lock()
            _turn.set(turn)
        async with turn:
            news = "" if conversation_is_shown.get() else _news(question.transcript, question.me)
            self._show(f"{news}{question.question}\n{PROMPT}")
            with anyio.move_on_after(self.wait_s):
                answer = understood(await self._text())
                if isinstance(answer, Typed) and self.lines.typed:
                    call.emit(OnScreen())
                return answer
            self._show("\n")
            return Skipped()

    async def _text(self) -> str | None:
        text, goes_on = None, True
        while goes_on:
            line = await self.lines.next()
            if line is None:
                self._show("\n")
                return text
            text, goes_on = joined(text, line)
            if goes_on:
                self._show(PROMPT)
        return text

    def _show(self, text: str) -> None:
        screen = self.screen or (sys.stderr if self.lines.typed else None)
        if screen is not None:
            screen.write(text)
            screen.flush()
