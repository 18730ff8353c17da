"""The effects that are the layer's own: the user's Python, and the core's effects told whose they are.

What is called live (functions, methods, agents) is found through a table made for the run, by what the effect holds;
a replay calls nothing. A call may itself hold a conversation: ``current`` says within which call it does.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from inspect import isawaitable
from typing import TYPE_CHECKING, ClassVar, Literal, TypeAlias, TypeVar

from attrs import define, field, frozen
from msgspec.json import decode

from typedagents.core.ambient import Draw, Now
from typedagents.core.code import RunCode
from typedagents.core.effect import Effect, Repetition, proved
from typedagents.core.handler import Call
from typedagents.core.human import AskHuman
from typedagents.core.json_text import json_text
from typedagents.core.log import Transcript
from typedagents.core.model import CallModel
from typedagents.core.tool import CallTool

if TYPE_CHECKING:
    from .running import Running

What: TypeAlias = Literal["reply", "hook", "message", "summary", "select", "method", "chats"]


@frozen
class Came:
    """What user Python returned, as JSON text; ``systems``: the system messages it changed, by whose they are.

    ``variables``: the context variables that it changed, and what they hold.
    """

    json: str
    systems: tuple[tuple[str, str], ...] = ()
    variables: tuple[tuple[str, str], ...] = ()

    @property
    def value(self) -> object:
        """What was returned."""
        found: object = decode(self.json)
        return found


@frozen
class CallPython(Effect[Came]):
    """Call a function of the program's: ``function`` by its qualified name, the ``place``-th of its kind for ``whose``."""

    kind: ClassVar[str] = "CallPython"

    what: What
    function: str
    whose: str
    place: int
    partner: str = ""
    transcript: Transcript = field(factory=Transcript)
    arguments: str = "null"

    def accept(self, value: object, /) -> Came:
        return proved(value, Came)


@frozen
class Live:
    """A function of the program's in the table of a run, by what an effect holds of it. Called, it is that effect.

    ``way``: which of its own methods that send it stands for.
    """

    what: What
    function: str
    whose: str
    place: int
    partner: str
    way: str = ""

    def __call__(self, transcript: Transcript, arguments: object = None) -> CallPython:
        told = json_text(arguments)
        return CallPython(self.what, self.function, self.whose, self.place, self.partner, transcript, told)


@frozen
class CallFunction(CallTool):
    """A call of a function that ``whose`` agent has."""

    kind: ClassVar[str] = "CallTool"

    whose: str = ""
    partner: str = ""
    transcript: Transcript = field(factory=Transcript)
    legacy: bool = False

    def likeness(self) -> str:
        return ""  # how often a call may be repeated is for the limits of the agents to say


@frozen
class RunProgram(RunCode):
    """Code that ``whose`` agent is to run."""

    kind: ClassVar[str] = "RunCode"

    whose: str = ""

    def likeness(self) -> str:
        return ""


@frozen
class AskPerson(AskHuman):
    """A question for the human behind ``whose`` agent; ``method`` is what asks, where the program has its own."""

    kind: ClassVar[str] = "AskHuman"

    whose: str = ""
    method: str = ""

    def repetition(self) -> Repetition:
        return "at_most_once" if self.method else "idempotent"


Performed: TypeAlias = CallModel | AskHuman | CallTool | RunCode | CallPython
"""What the worlds of the layer perform."""

LayerEffect: TypeAlias = Performed | Now | Draw
"""All that a team of the layer may ask for."""

Perform: TypeAlias = Callable[[CallPython, Call], "Came | Awaitable[Came]"]
T = TypeVar("T")


# --- within a call ----------------------------------------------------------------------------------------------


@define(eq=False)
class Current:
    """The call that user Python is in: the run, and the conversation that it is to see.

    ``passing``: what it hands on of a message that passes through it; None where none does.
    """

    running: Running
    call: Call
    whose: str
    partner: str
    transcript: Transcript
    outer: Current | None
    passing: list[object] | None = None


current: ContextVar[Current | None] = ContextVar("typedagents.autogen.current", default=None)


@contextmanager
def within(now: Current) -> Iterator[None]:
    """User Python called in here is within ``now``."""
    token = current.set(now)
    try:
        yield
    finally:
        current.reset(token)


def performed(now: Current, call: Callable[[], object], came: Callable[[object], T]) -> T | Awaitable[T]:
    """What ``call`` comes to within ``now``; to be awaited where it is async."""
    token = current.set(now)  # not ``within``: every call of user Python comes through here
    try:
        value = call()
    finally:
        current.reset(token)
    return _later(now, value, came) if isawaitable(value) else came(value)


async def _later(now: Current, pending: Awaitable[object], came: Callable[[object], T]) -> T:
    with within(now):
        return came(await pending)
