"""What a function is given beside the arguments of a model; no model is told of it.

    def pay(amount: float, account: Annotated[Account, Depends(account)], chat: ChatContext) -> str: ...

A parameter is filled where it says ``Depends``, as its default or in its ``Annotated``; where it is a ``ChatContext``; and
where it is called ``context_variables`` or holds these.
"""

from __future__ import annotations

from abc import ABC
from collections.abc import Callable
from typing import TYPE_CHECKING, Self, TypeVar, overload

from attrs import frozen

from typedagents.autogen.exception_utils import InvalidValue

if TYPE_CHECKING:
    from typedagents.autogen.agentchat.conversable_agent import ConversableAgent
    from typedagents.autogen.layer.agentchat.snapshots import Histories
    from typedagents.autogen.layer.messages import Plain
    from typedagents.autogen.layer.python import Python

T = TypeVar("T")


class BaseContext(ABC):  # noqa: B024  # programs make their own of it, with whatever they hold
    """Something of the program's that functions are given."""


class ChatContext(BaseContext):
    """The chat in which a function is called, as the agent has it that calls it."""

    def __init__(self, agent: ConversableAgent) -> None:
        self._agent = agent

    @property
    def chat_messages(self) -> Histories:
        """What was said, by partner."""
        return self._agent.chat_messages

    @property
    def last_message(self) -> Plain | None:
        """What was said last."""
        return self._agent.last_message()


B = TypeVar("B", bound=BaseContext)


@frozen(eq=False)
class Given:
    """What a parameter is filled with: what ``function`` returns."""

    function: Python


def on(x: T) -> Callable[[], T]:
    """A function that returns ``x``."""
    return lambda: x


@overload
def Depends(x: B) -> B: ...
@overload
def Depends(x: Callable[[], T]) -> T: ...
def Depends(x: object) -> object:  # noqa: N802  # so programs know it
    """Fills a parameter with a ``BaseContext``, or with what a function without parameters returns.

    What it returns stands for that, so that it can be the parameter's default.
    """
    if isinstance(x, BaseContext):
        return Given(on(x))
    if callable(x):
        return Given(x)
    raise InvalidValue(f"Depends takes a BaseContext or a function without parameters; found {x!r:.60}")


class Field(str):
    """The description of a parameter, for its ``Annotated``: the text itself does as well."""

    __slots__ = ()

    def __new__(cls, description: str) -> Self:
        return super().__new__(cls, description)

    @property
    def description(self) -> str:
        """The text."""
        return str(self)
