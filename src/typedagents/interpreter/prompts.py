"""What people are asked that nobody has answered yet, and the human whose answers are left somewhere, for a run to find.

A prompt is known by the ``id`` of the call that asks it, ``run/path``, which is the same however often a run is resumed.
The first answer to it counts; whoever keeps answers refuses a second one, and one to a prompt that is not open.
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Protocol

from attrs import frozen
from msgspec.json import decode

from typedagents.core.code_approval import ApproveCode
from typedagents.core.errors import Parked
from typedagents.core.handler import Call
from typedagents.core.human import AskHuman, HumanAnswer
from typedagents.core.tool import Approve
from typedagents.trace.codec import read
from typedagents.trace.lines import Begun

from .approval import question_of, question_of_code
from .ports import Human

KINDS = (AskHuman.kind, Approve.kind, ApproveCode.kind)
"""The effects that people answer."""


@frozen
class Prompt:
    """A question that is open: in which run, where, to whom, and its words."""

    run: str
    path: str
    me: str
    question: str

    @property
    def id(self) -> str:
        return f"{self.run}/{self.path}"


def prompt_of(run: str, begun: Begun) -> Prompt | None:
    """What the effect that ``begun`` tells of asks a person; None where it asks nobody."""
    if begun.kind not in KINDS:
        return None
    fields = decode(begun.effect, type=dict[str, object])
    fields.pop("transcript", None)  # no question shows it
    if begun.kind == AskHuman.kind:
        asked = read(fields, AskHuman)
        return Prompt(run, begun.path, asked.me, asked.question)
    if begun.kind == Approve.kind:
        call = read(fields, Approve)
        return Prompt(run, begun.path, call.me, question_of(call))
    code = read(fields, ApproveCode)
    return Prompt(run, begun.path, code.me, question_of_code(code))


class Answers(Protocol):
    """Where answers are left."""

    def given(self, prompt: str, /) -> HumanAnswer | None:
        """The answer to the prompt of this id, where there is one."""
        ...


@frozen
class AnsweredLater:
    """See ``answered_later``."""

    answers: Answers
    otherwise: Human | None = None

    def answer(self, question: AskHuman, call: Call, /) -> HumanAnswer | Awaitable[HumanAnswer]:
        found = self.answers.given(call.id)
        if found is not None:
            return found
        if self.otherwise is not None:
            return self.otherwise.answer(question, call)
        raise Parked(f"{call.id} waits for whoever is behind {question.me!r}: {question.question}")


def answered_later(answers: Answers, otherwise: Human | None = None) -> AnsweredLater:
    """The human whose answers are left in ``answers``, such as a store of runs.

    Where there is none yet, ``otherwise`` is asked; without one the run pauses when it has nothing else to do, and is
    resumed when there is an answer.
    """
    return AnsweredLater(answers, otherwise)
