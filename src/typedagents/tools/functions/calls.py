"""How a call of a tool becomes effects, and their outcome a result.

The tools of this module's ``Called`` are performed by the world, as ``CallTool`` asks. ``AtOnce`` asks for no more;
``WhenApproved`` asks before that whether the call may be made, and says so in its type. What keeps a call from being
made, or from ending well, is a failed result: the model reads it and can do something else.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Generator
from typing import Generic, Protocol, Self, assert_never

from attrs import evolve, frozen

from typedagents.core.context import Context
from typedagents.core.effect import AnyEffect, E_co, Failed, Ok, Request, Steps
from typedagents.core.handler import Call
from typedagents.core.human import Left
from typedagents.core.model import ToolSpec
from typedagents.core.parts import ResultContent, Text, ToolCall, ToolResult
from typedagents.core.structure import attempt
from typedagents.core.tool import Approve, Approved, CallTool, Denied, Verdict
from typedagents.core.view import View
from typedagents.tools.bad_arguments import BadArguments
from typedagents.tools.given import Given
from typedagents.tools.tool import Tool

from .options import Manner, tool_name

Check = Callable[[str], object]
"""Raises ``BadArguments`` where the arguments of a call do not fit; what it returns is of no interest."""


def failed_result(call_id: str, name: str, text: str) -> ToolResult:
    """What the model is told of a call that was not made, or did not end well."""
    return ToolResult(call_id, name, (Text(text),), failed=True)


class Calling(Protocol[E_co]):
    """What is asked of the world for a call, up to its result. ``performs`` says it where no type is read."""

    @property
    def performs(self) -> tuple[type[AnyEffect], ...]: ...

    def __call__(
        self, effect: CallTool, check: Check, view: View, /
    ) -> Generator[Request[E_co], object, ToolResult]: ...


@frozen
class AtOnce:
    """Asks the world to make the call."""

    @property
    def performs(self) -> tuple[type[AnyEffect], ...]:
        return (CallTool,)

    def __call__(self, effect: CallTool, check: Check, view: View, /) -> Steps[ToolResult, CallTool]:
        return _result_of(effect, (yield from attempt(effect)))


def _result_of(effect: CallTool, outcome: Ok[ToolResult] | Failed) -> ToolResult:
    match outcome:
        case Ok(result):
            return result
        case Failed("unknown"):
            return failed_result(
                effect.call_id,
                effect.name,
                f"The run was broken off while {effect.name} was under way, and nobody can say whether it was done."
                " Find out before it is called again.",
            )
        case Failed(kind, words):
            return failed_result(effect.call_id, effect.name, f"{effect.name} failed ({kind}): {words}")
        case _ as never:
            assert_never(never)


@frozen
class WhenApproved(Generic[E_co]):
    """Asks whether the call may be made, and goes on only if so. Nobody is asked about arguments that do not fit."""

    then: Calling[E_co]

    @property
    def performs(self) -> tuple[type[AnyEffect], ...]:
        return (Approve, *self.then.performs)

    def __call__(
        self, effect: CallTool, check: Check, view: View, /
    ) -> Generator[Request[E_co | Approve], object, ToolResult]:
        try:
            check(effect.arguments)
        except BadArguments as error:
            return failed_result(effect.call_id, effect.name, str(error))
        outcome = yield from attempt(
            Approve(effect.name, effect.arguments, effect.call_id, view.me, view.transcript)
        )
        if isinstance(outcome, Ok) and isinstance(outcome.value, Approved):
            return (yield from self.then(effect, check, view))
        return failed_result(
            effect.call_id, effect.name, f"The call of {effect.name} was not {_why(outcome)}"
        )


def _why(outcome: Ok[Verdict] | Failed) -> str:
    match outcome:
        case Failed(kind, text):
            return f"made, as nobody could be asked to approve it ({kind}): {text}"
        case Ok(Denied(reason)) if reason:
            return f"approved: {reason}"
        case Ok(Left()):  # the run is over by then; this is for who drives a tool by hand
            return "approved: whoever was asked has left"
        case Ok():
            return "approved"
        case _ as never:
            assert_never(never)


@frozen
class Called(Tool[E_co]):
    """A tool that the world performs when ``CallTool`` asks for it."""

    told: ToolSpec
    calling: Calling[E_co]
    manner: Manner

    @property
    def spec(self) -> ToolSpec:
        return self.told

    @abstractmethod
    def check(self, arguments: str, /) -> object:
        """Raise ``BadArguments`` where this JSON text does not fit; nothing is called."""

    @abstractmethod
    def invoke(self, effect: CallTool, call: Call, given: Given, /) -> object:
        """See ``Performed``."""

    @property
    def performs(self) -> tuple[type[AnyEffect], ...]:
        """The effects that a call may ask for."""
        return self.calling.performs

    @property
    def needs(self) -> tuple[type, ...]:
        return ()

    @property
    def exclusive(self) -> bool:
        return self.manner.exclusive

    @property
    def timeout_s(self) -> float | None:
        return self.manner.timeout_s

    @property
    def blocking(self) -> bool:
        return self.manner.blocking

    def rendered(self, value: object, /) -> tuple[ResultContent, ...]:
        return self.manner.rendered(value)

    def carried(self, context: Context, /) -> tuple[tuple[str, str], ...]:
        """The context variables that a call takes with it."""
        return ()

    def answer(self, call: ToolCall, view: View, /) -> Generator[Request[E_co], object, ToolResult]:
        effect = CallTool(
            self.told.name, call.arguments, call.id, self.manner.repeats, self.carried(view.context)
        )
        return self.calling(effect, self.check, view)

    def renamed(self, name: str, /) -> Self:
        return evolve(self, told=evolve(self.told, name=tool_name(name)))
