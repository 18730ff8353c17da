"""Models, humans and executors that say their lines, in order, and remember what they were asked.

Each line is the answer itself, text (or calls of tools) as shorthand for it, an ``EffectError`` to be raised, or a
function of the request.
A script that is asked once too often breaks off the run: no policy can swallow that, and the error tells the story.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeAlias, TypeVar

from attrs import define, field

from typedagents.core.code import BlockResult, Captured, CodeResult, Exited, RunCode
from typedagents.core.errors import EffectError, TypedAgentsError
from typedagents.core.handler import Call
from typedagents.core.human import AskHuman, HumanAnswer, Left, Skipped, Typed
from typedagents.core.json_text import json_text
from typedagents.core.log import Transcript
from typedagents.core.model import CallModel, ModelReply, TextDelta
from typedagents.core.parts import ToolCall
from typedagents.providers.wrappers.function import reply_of

Request = TypeVar("Request")
Answer = TypeVar("Answer")
Line: TypeAlias = str | Answer | EffectError | Callable[[Request], str | Answer]
SHOWN = 60


class ScriptEnded(TypedAgentsError, AssertionError):
    """A script was asked for more than it holds; the text tells what it was asked before."""


@define(eq=False)
class Script(Generic[Request, Answer]):
    """The lines that are left, and what happened so far."""

    name: str
    lines: tuple[Line[Answer, Request], ...]
    asked: list[Request] = field(factory=list, init=False)
    story: list[str] = field(factory=list, init=False)

    def next(self, request: Request, question: str) -> str | Answer | Callable[[Request], str | Answer]:
        """The line for ``request``, which is told as ``question``; one that is an error is raised."""
        place = len(self.asked)
        self.asked.append(request)
        if place >= len(self.lines):
            told = "\n".join(f"  {i}. {line}" for i, line in enumerate((*self.story, question), 1))
            raise ScriptEnded(
                f"{self.name} holds {len(self.lines)} answers and was asked {place + 1} times:\n{told} -> nothing left\n"
                "add an answer, or end the conversation sooner"
            )
        line = self.lines[place]
        self.story.append(f"{question} -> {shortened(line)}")
        if isinstance(line, EffectError):
            raise line
        return line


def shortened(value: object) -> str:
    """``value`` as it prints, on one line."""
    text = " ".join(repr(value).split())
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."


def _shown(me: str, transcript: Transcript) -> str:
    last = transcript.last
    what = f", last {last.sender}: {shortened(last.text)}" if last else ""
    return f"{me} was shown {len(transcript)} messages{what}"


ModelLine: TypeAlias = ModelReply | ToolCall | tuple[ToolCall, ...]


@define(eq=False)
class ScriptedModel:
    """A ``ModelProvider`` that says its lines. ``asked`` holds the requests so far, in order."""

    _script: Script[CallModel, ModelLine]

    @property
    def asked(self) -> tuple[CallModel, ...]:
        return tuple(self._script.asked)

    @property
    def left(self) -> int:
        """How many answers have not been asked for."""
        return max(0, len(self._script.lines) - len(self._script.asked))

    def complete(self, request: CallModel, call: Call, /) -> ModelReply:
        """The next line; what it says is shown to watchers first, as a model's words would be."""
        line = self._script.next(request, _shown(request.me, request.transcript))
        said = line if isinstance(line, str | ModelReply | ToolCall | tuple) else line(request)
        place = len(self._script.asked)
        reply = reply_of(said, request.model or "scripted", "scripted", lambda n: f"call_{place}_{n}")
        if reply.text:
            call.emit(TextDelta(reply.text))
        return reply


@define(eq=False)
class ScriptedHuman:
    """A ``Human`` who says their lines. ``asked`` holds the questions so far, in order."""

    _script: Script[AskHuman, HumanAnswer]

    @property
    def asked(self) -> tuple[AskHuman, ...]:
        return tuple(self._script.asked)

    @property
    def left(self) -> int:
        """How many answers have not been asked for."""
        return max(0, len(self._script.lines) - len(self._script.asked))

    def answer(self, question: AskHuman, call: Call, /) -> HumanAnswer:
        """The next line; empty text is a skip, as when somebody just presses Enter."""
        del call
        line = self._script.next(question, f"{question.me} was asked {shortened(question.question)}")
        said = line if isinstance(line, str | Typed | Skipped | Left) else line(question)
        if isinstance(said, str):
            return Typed(said) if said else Skipped()
        return said


@define(eq=False)
class ScriptedExecutor:
    """A ``CodeExecutor`` that runs nothing. ``asked`` holds what it was to run, in order."""

    _script: Script[RunCode, CodeResult]

    @property
    def asked(self) -> tuple[RunCode, ...]:
        return tuple(self._script.asked)

    @property
    def left(self) -> int:
        """How many results have not been asked for."""
        return max(0, len(self._script.lines) - len(self._script.asked))

    def run(self, request: RunCode, call: Call, /) -> CodeResult:
        """The next line; text is what a program printed before it ended well."""
        del call
        blocks = " ".join(f"{block.language}: {shortened(block.code)}" for block in request.blocks)
        line = self._script.next(request, f"was to run {blocks or 'nothing'}")
        said = line if isinstance(line, str | CodeResult) else line(request)
        if isinstance(said, str):
            return CodeResult((BlockResult(Exited(0), Captured(said.encode())),))
        return said


def scripted_model(*replies: Line[ModelLine, CallModel]) -> ScriptedModel:
    """A model that gives these replies, one a call; ``calling(...)``, or several of them in a tuple, calls tools.

    ``World(with_models(scripted_model("Hello.", ProviderError("busy", kind="rate_limit"), "Bye.")))``
    """
    return ScriptedModel(Script("scripted_model", replies))


def calling(name: str, **arguments: object) -> ToolCall:
    """A call for a scripted model to say: ``scripted_model(calling("add", a=1, b=2), "It is 3.")``."""
    return ToolCall("", name, json_text(arguments))


def scripted_human(*answers: Line[HumanAnswer, AskHuman]) -> ScriptedHuman:
    """A human who gives these answers, one a question: ``with_human(scripted_human("yes", "", Left()))``."""
    return ScriptedHuman(Script("scripted_human", answers))


def scripted_executor(*results: Line[CodeResult, RunCode]) -> ScriptedExecutor:
    """An executor that comes to these results, one a request: ``with_executor(scripted_executor("4"))``."""
    return ScriptedExecutor(Script("scripted_executor", results))
