"""Running the code that others wrote: the policy that has the newest program run, and says what came of it.

A program is the blocks of one message, and runs once: when a result was said after it, by whichever agent, it is done.
The same words said again are a new program. ``again`` is the rule by which what ran already is wanted once more.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, TypeAlias, TypedDict, assert_never, overload

from attrs import field, frozen
from typing_extensions import Unpack

from typedagents.core.chain import Fold
from typedagents.core.code import (
    Artefact,
    BlockResult,
    CodeBlock,
    CodeFile,
    CodeLimits,
    CodeResult,
    Refused,
    RunCode,
)
from typedagents.core.code_approval import ApproveCode
from typedagents.core.decision import Decision, Pass, Reply
from typedagents.core.effect import Failed, Ok, Steps
from typedagents.core.errors import ConfigError
from typedagents.core.human import Left
from typedagents.core.limits import Limit
from typedagents.core.log import Entry, Said
from typedagents.core.message import AgentName
from typedagents.core.parts import File, Image, Inline, Part
from typedagents.core.rule import NeverHolds, Rule
from typedagents.core.structure import attempt
from typedagents.core.tool import Approved, Denied, Verdict
from typedagents.core.view import View
from typedagents.policies.words import written
from typedagents.tools.functions.module import FunctionsModule

from .programs import LANGUAGES, Wanted, languages_named

# --- what there is to run ---------------------------------------------------------------------------------------

Since: TypeAlias = Literal["own_message", "own_run"]
"""Where an agent begins to look for code: behind its own last message, or behind its own last result."""


@frozen
class Pending:
    """The newest program, whether it is done, and how many messages ago it was said."""

    program: tuple[CodeBlock, ...] = ()
    done: bool = False
    age: int = 0


NOTHING = Pending()


@frozen
class PendingFor:
    """The step that keeps the newest program for one agent."""

    agent: AgentName
    wanted: Wanted
    since: Since

    def __call__(self, at: Pending, entry: Entry) -> Pending:
        if not isinstance(entry, Said):
            return at
        message = entry.message
        own = message.sender == self.agent
        if not own and (found := self.wanted.program_in(message)):
            return Pending(found)
        if not at.program:
            return at
        ran = any(isinstance(part, CodeResult) for part in message.parts)
        return Pending(at.program, at.done or ran or (own and self.since == "own_message"), at.age + 1)


# --- what comes of it -------------------------------------------------------------------------------------------

Attached: TypeAlias = Literal["nothing", "images", "files"]


def attachments(artefacts: Sequence[Artefact], attach: Attached) -> tuple[Part, ...]:
    """What programs left or showed, as parts of a message; what is known by its name only is none."""
    parts: list[Part] = []
    for one in artefacts:
        if not one.data:
            continue
        if one.mime.startswith("image/") and attach != "nothing":
            parts.append(Image(Inline(one.data, one.mime)))
        elif attach == "files":
            parts.append(File(Inline(one.data, one.mime), one.path))
    return tuple(parts)


# --- the policies -----------------------------------------------------------------------------------------------


def _window(last_n: Limit | Literal["new"]) -> Limit | Literal["new"]:
    if isinstance(last_n, int) and last_n < 1:
        raise ConfigError(f"last_n is a number of messages from 1, 'new' or Unlimited; found {last_n!r}")
    return last_n


@frozen(repr=False)
class CodePolicy:
    """Has the newest program that others wrote run, and says what came of it; passes where there is none.

    See ``code_reply`` for what the fields mean.
    """

    limits: CodeLimits = CodeLimits()
    last_n: Limit | Literal["new"] = field(default="new", converter=_window)
    languages: tuple[str, ...] = field(default=LANGUAGES, converter=languages_named)
    session: str = ""
    saves: tuple[str, ...] = field(default=(), converter=languages_named)
    again: Rule = NeverHolds()
    attach: Attached = "nothing"
    functions: FunctionsModule | None = None
    files: tuple[CodeFile, ...] = field(default=(), converter=tuple[CodeFile, ...])
    requirements: tuple[str, ...] = field(default=(), converter=tuple[str, ...])

    def __attrs_post_init__(self) -> None:
        # What cannot be wanted, or asked for, is told now.
        Wanted(self.languages, self.saves)
        self.running(())

    def __call__(self, view: View, /) -> Steps[Decision, RunCode]:
        blocks = self.pending(view)
        if not blocks:
            return Pass()
        return self.reply((yield from self.running(blocks)))

    def pending(self, view: View) -> tuple[CodeBlock, ...]:
        """What is to be run now; each message is looked at once in its life."""
        since: Since = "own_message" if self.last_n == "new" else "own_run"
        at = view.log.fold(Fold(NOTHING, PendingFor(view.me, Wanted(self.languages, self.saves), since)))
        if at.done:
            return at.program if self.again(view.log) else ()
        too_old = isinstance(self.last_n, int) and at.age >= self.last_n
        return () if too_old else at.program

    def running(self, blocks: tuple[CodeBlock, ...]) -> RunCode:
        """What is asked of the world for these."""
        module = self.functions
        files = self.files if module is None else (*self.files, module.file)
        needed = self.requirements if module is None else (*self.requirements, *module.requirements)
        return RunCode(
            blocks, self.limits, self.session, files=files, requirements=tuple(dict.fromkeys(needed))
        )

    def reply(self, result: CodeResult) -> Reply:
        """What is said of the result."""
        return Reply([result, *attachments(result.artefacts, self.attach)], origin="code")

    def __repr__(self) -> str:
        return written("code_reply", self)


@frozen(repr=False)
class ApprovedCode:
    """The same, but asks first whether the program may run. Where it may not, the result says so."""

    code: CodePolicy

    def __call__(self, view: View, /) -> Steps[Decision, RunCode | ApproveCode]:
        blocks = self.code.pending(view)
        if not blocks:
            return Pass()
        outcome = yield from attempt(ApproveCode(blocks, view.me, view.transcript))
        if isinstance(outcome, Ok) and isinstance(outcome.value, Approved):
            return self.code.reply((yield from self.code.running(blocks)))
        return self.code.reply(CodeResult((BlockResult(Refused(_why_not(outcome))),)))

    def __repr__(self) -> str:
        return written("code_reply", self.code, approval=True)


def _why_not(outcome: Ok[Verdict] | Failed) -> str:
    match outcome:
        case Failed(kind, text):
            return f"The code was not run, as nobody could be asked to approve it ({kind}): {text}"
        case Ok(Denied(reason)) if reason:
            return f"The code was not approved: {reason}"
        case Ok(Left()):  # the run is over by then; this is for who drives the policy by hand
            return "The code was not approved: whoever was asked has left"
        case Ok():
            return "The code was not approved"
        case _ as never:
            assert_never(never)


class CodeOptions(TypedDict, total=False):
    """What ``code_reply`` takes.

    ``limits`` bound each program. ``last_n``: how many messages back it may have been said; ``"new"``: since this
    agent's own last message. Blocks of these ``languages`` are run; those of ``saves``, and those that name their file,
    are kept as files. Runs with the same ``session`` share a sandbox and its state. ``again``: when this rule holds, the
    newest program runs though it ran before.

    ``attach``: the pictures, or all the files, that programs leave become parts of the message. ``functions`` are
    there to import, ``files`` lie beside the program, ``requirements`` are installed first, as pip understands them.
    """

    limits: CodeLimits
    last_n: Limit | Literal["new"]
    languages: Iterable[str]
    session: str
    saves: Iterable[str]
    again: Rule
    attach: Attached
    functions: FunctionsModule | None
    files: Iterable[CodeFile]
    requirements: Iterable[str]


@overload
def code_reply(*, approval: Literal[False] = ..., **options: Unpack[CodeOptions]) -> CodePolicy: ...
@overload
def code_reply(*, approval: Literal[True], **options: Unpack[CodeOptions]) -> ApprovedCode: ...
def code_reply(*, approval: bool = False, **options: Unpack[CodeOptions]) -> CodePolicy | ApprovedCode:
    """The policy that has the code of others run. With ``approval`` it asks before, by ``ApproveCode``."""
    policy = CodePolicy(**options)
    return ApprovedCode(policy) if approval else policy
