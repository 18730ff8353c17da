"""Asking whether a tool may be called, or code run: the handlers of ``Approve`` and ``ApproveCode``.

A human answers, or a rule, or a rule first. A rule alone needs nothing from here:
``Approve.by(lambda asked: Approved() if asked.name == "read" else Denied("no"))``.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import assert_never

from typedagents.core.code import CodeBlock
from typedagents.core.code_approval import ApproveCode
from typedagents.core.handler import Call, Handler
from typedagents.core.human import AskHuman, HumanAnswer, Left, Skipped, Typed
from typedagents.core.tool import Approve, Approved, Denied, Verdict

from .ports import Human, human_behind

YES = frozenset({"y", "yes"})
NO = frozenset({"", "n", "no"})

Rule = Callable[[Approve], Approved | Denied | None]
"""Decides by itself, or leaves it to the human (None)."""

CodeRule = Callable[[ApproveCode], Approved | Denied | None]
"""The same for code."""


def undecided(asked: Approve | ApproveCode) -> None:
    """The rule that leaves everything to the human."""


def with_approval(human: Human | Mapping[str, Human], rule: Rule = undecided) -> Handler[Approve]:
    """The handler that shows a call to a human, unless ``rule`` decides: ``y`` approves, anything else denies.

    What else is typed is the reason that the model is told; who leaves ends the run. One human for all agents, or one
    for each agent's name.
    """
    humans = dict(human) if isinstance(human, Mapping) else human

    def answer(asked: Approve, call: Call) -> Verdict | Awaitable[Verdict]:
        return rule(asked) or _asked(humans, asked, question_of(asked), call)

    return Approve.by(answer)


def with_code_approval(
    human: Human | Mapping[str, Human], rule: CodeRule = undecided
) -> Handler[ApproveCode]:
    """The handler that shows a program to a human before it runs, in the same way."""
    humans = dict(human) if isinstance(human, Mapping) else human

    def answer(asked: ApproveCode, call: Call) -> Verdict | Awaitable[Verdict]:
        return rule(asked) or _asked(humans, asked, question_of_code(asked), call)

    return ApproveCode.by(answer)


def _asked(
    humans: Human | Mapping[str, Human], asked: Approve | ApproveCode, question: str, call: Call
) -> Verdict | Awaitable[Verdict]:
    said = human_behind(humans, asked.me).answer(AskHuman(question, asked.me, asked.transcript), call)
    return meant(said) if isinstance(said, Typed | Skipped | Left) else _later(said)


async def _later(said: Awaitable[HumanAnswer]) -> Verdict:
    return meant(await said)


def meant(said: HumanAnswer) -> Verdict:
    """What an answer to ``question_of`` means."""
    match said:
        case Typed(text):
            word = text.strip().lower()
            return Approved() if word in YES else Denied("" if word in NO else text.strip())
        case Skipped():
            return Denied()
        case Left():
            return said
        case _ as never:
            assert_never(never)


def question_of(asked: Approve) -> str:
    """What the human is shown: the whole call, and what there is to answer."""
    return (
        f"{asked.me} wants to call {_visible(f'{asked.name}({asked.arguments})')}. May it? (y, n, or why not)"
    )


def question_of_code(asked: ApproveCode) -> str:
    """What the human is shown: every line of the program, and what there is to answer."""
    shown = "\n".join(_block(block) for block in asked.blocks)
    return f"{asked.me} wants to run this:\n{shown}\nMay it? (y, n, or why not)"


def _block(block: CodeBlock) -> str:
    """One block, indented, so that no line of it can be taken for ours."""
    name = f" as {block.filename}" if block.filename else ""
    title = f"{block.to} {block.language or 'text'}{name}:"
    return "\n".join((_visible(title), *(f"    {_visible(line)}" for line in block.code.split("\n"))))


def _visible(text: str) -> str:
    """``text`` with all that a terminal does not show, or obeys, spelled out: nobody approves what cannot be seen."""
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)
