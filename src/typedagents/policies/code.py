"""Running the code that others wrote: which blocks of a message are a program, and the policy that has them run."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal, TypeAlias

from attrs import field, frozen

from typedagents.core.chain import Fold
from typedagents.core.code import CodeBlock, CodeLimits, CodeResult, RunCode
from typedagents.core.decision import Decision, Pass, Reply
from typedagents.core.effect import Steps
from typedagents.core.errors import ConfigError
from typedagents.core.limits import Limit
from typedagents.core.log import Entry, Said
from typedagents.core.message import AgentName, Message
from typedagents.core.parts import Text
from typedagents.core.view import View

from .fences import fenced_blocks
from .languages import LONGEST, language_of
from .words import written

LANGUAGES = ("python", "sh", "bash")
"""What is run unless another choice is made."""

_FILENAME = re.compile(
    r"\s*(?:\#|//|--|;+|%|/\*|<!--)\s*filename:\s*(?P<name>\S(?:.*?\S)?)\s*(?:\*/|-->)?\s*$", re.IGNORECASE
)


def filename_in(code: str) -> str | None:
    """The file that ``code`` asks to be kept in, by a first line such as ``# filename: plot.py``, and in no other way."""
    marker = _FILENAME.match(code[:LONGEST].partition("\n")[0])
    return marker["name"] if marker else None


def blocks_in(text: str) -> tuple[CodeBlock, ...]:
    """The complete fenced blocks of ``text`` that hold anything, with their languages and files; O(size)."""
    found: list[CodeBlock] = []
    for block in fenced_blocks(text):
        if block.closed and block.text.strip():
            language = language_of(block.language, block.text)
            found.append(CodeBlock(language, block.text, filename_in(block.text)))
    return tuple(found)


def program_in(message: Message, languages: tuple[str, ...] = LANGUAGES) -> tuple[CodeBlock, ...]:
    """The blocks of ``message`` to run, or to keep as files; none where nothing in it is to be run.

    Only what a model, a human or a program says is looked at: what a tool or a program printed is no request.
    """
    if message.origin in ("tool", "code"):
        return ()
    texts = (part.text for part in message.parts if isinstance(part, Text))
    blocks = tuple(block for text in texts for block in blocks_in(text))
    if not any(block.language in languages for block in blocks):
        return ()
    return tuple(block for block in blocks if block.language in languages or block.filename is not None)


# --- what there is to run ---------------------------------------------------------------------------------------

Since: TypeAlias = Literal["own_message", "own_run"]
"""Where an agent begins to look for code: behind its own last message, or behind its own last result."""


@frozen
class Pending:
    """The newest program that was not run, and how many messages ago it was said."""

    blocks: tuple[CodeBlock, ...] = ()
    age: int = 0


NOTHING = Pending()


@frozen
class PendingFor:
    """The step that keeps the newest program for one agent. A program is gone when it was run, so it runs once."""

    agent: AgentName
    languages: tuple[str, ...]
    since: Since

    def __call__(self, at: Pending, entry: Entry) -> Pending:
        if not isinstance(entry, Said):
            return at
        message = entry.message
        if message.sender == self.agent:
            ran = any(isinstance(part, CodeResult) for part in message.parts)
            found: tuple[CodeBlock, ...] = ()
            at = NOTHING if ran or self.since == "own_message" else at
        else:
            found = program_in(message, self.languages)
        if found:
            return Pending(found)
        return Pending(at.blocks, at.age + 1) if at.blocks else at


# --- the policy -------------------------------------------------------------------------------------------------


def _languages(given: Iterable[str]) -> tuple[str, ...]:
    languages = (given,) if isinstance(given, str) else tuple(given)
    return tuple(language_of(language.lower(), "") for language in languages)


def _window(last_n: Limit | Literal["new"]) -> Limit | Literal["new"]:
    if isinstance(last_n, int) and last_n < 1:
        raise ConfigError(f"last_n is a number of messages from 1, 'new' or Unlimited; found {last_n!r}")
    return last_n


@frozen(repr=False)
class CodePolicy:
    """Has the newest program that others wrote run, and says what came of it; passes where there is none.

    ``last_n``: how many messages back it may have been said; ``"new"``: since this agent's own last message.
    """

    limits: CodeLimits = CodeLimits()
    last_n: Limit | Literal["new"] = field(default="new", converter=_window)
    languages: tuple[str, ...] = field(default=LANGUAGES, converter=_languages)
    session: str = ""

    def __call__(self, view: View, /) -> Steps[Decision, RunCode]:
        blocks = self.pending(view)
        if not blocks:
            return Pass()
        result = yield from RunCode(blocks, self.limits, self.session)
        return Reply(result, origin="code")

    def pending(self, view: View) -> tuple[CodeBlock, ...]:
        """What is to be run now; each message is looked at once in its life."""
        since: Since = "own_message" if self.last_n == "new" else "own_run"
        at = view.log.fold(Fold(NOTHING, PendingFor(view.me, self.languages, since)))
        too_old = isinstance(self.last_n, int) and at.age >= self.last_n
        return () if too_old else at.blocks

    def __repr__(self) -> str:
        return written("code_reply", self)


NO_LIMITS_NAMED = CodeLimits()


def code_reply(
    *,
    limits: CodeLimits = NO_LIMITS_NAMED,
    last_n: Limit | Literal["new"] = "new",
    languages: Iterable[str] = LANGUAGES,
    session: str = "",
) -> CodePolicy:
    """The policy that has code of these languages run. With a ``session``, runs share a sandbox and its state."""
    return CodePolicy(limits, last_n, languages, session)
