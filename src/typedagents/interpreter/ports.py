"""Ports: the small protocols behind which the outside world stands. Each takes about ten lines to write.

A method may be plain or async; plain ones are called in place. A failure that a policy may deal with is raised as
``ProviderError``, ``ExecutorError``, ``HumanError`` or ``ToolError``; anything else a method raises is recorded too.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Protocol, TypeAlias, runtime_checkable

from attrs import field, frozen

from typedagents.core.code import CodeResult, RunCode
from typedagents.core.errors import HumanError, ProviderError
from typedagents.core.handler import Call, Handler
from typedagents.core.human import AskHuman, HumanAnswer
from typedagents.core.model import CallModel, ModelReply


@runtime_checkable
class ModelProvider(Protocol):
    """A language model behind an API, in this process, or made up."""

    def complete(self, request: CallModel, call: Call, /) -> ModelReply | Awaitable[ModelReply]:
        """Answer ``request``. What streams in meanwhile goes to ``call.emit`` (``TextDelta``, ``ReasoningDelta``)."""
        ...


@runtime_checkable
class CodeExecutor(Protocol):
    """Somewhere to run code."""

    def run(self, request: RunCode, call: Call, /) -> CodeResult | Awaitable[CodeResult]:
        """Run the blocks. What the program does wrong is in the result; ``ExecutorUnavailable`` is not its fault."""
        ...


@runtime_checkable
class Human(Protocol):
    """Whoever answers."""

    def answer(self, question: AskHuman, call: Call, /) -> HumanAnswer | Awaitable[HumanAnswer]: ...


def with_models(provider: ModelProvider | Mapping[str, ModelProvider]) -> Handler[CallModel]:
    """The handler that calls models: one provider for all names, or one for each name (``""``: for no name)."""
    if not isinstance(provider, Mapping):
        return CallModel.by(provider.complete)
    known = dict(provider)

    def complete(request: CallModel, call: Call) -> ModelReply | Awaitable[ModelReply]:
        chosen = known.get(request.model)
        if chosen is None:
            names = ", ".join(repr(name) for name in known) or "none"
            raise ProviderError(
                f"no provider for model {request.model!r}; there are: {names}", kind="not_found"
            )
        return chosen.complete(request, call)

    return CallModel.by(complete)


def with_executor(executor: CodeExecutor) -> Handler[RunCode]:
    """The handler that runs code."""
    return RunCode.by(executor.run)


def with_human(human: Human | Mapping[str, Human]) -> Handler[AskHuman]:
    """The handler that asks humans: one for all agents, or one for each agent's name."""
    if not isinstance(human, Mapping):
        return AskHuman.by(human.answer)
    known = dict(human)
    return AskHuman.by(lambda question, call: human_behind(known, question.me).answer(question, call))


def human_behind(human: Human | Mapping[str, Human], agent: str) -> Human:
    """The one human, or the one for ``agent``."""
    if not isinstance(human, Mapping):
        return human
    if agent not in human:
        names = ", ".join(repr(name) for name in human) or "none"
        raise HumanError(f"no human stands behind {agent!r}; there are: {names}", kind="not_found")
    return human[agent]


# --- HTTP -------------------------------------------------------------------------------------------------------

Headers: TypeAlias = tuple[tuple[str, str], ...]


def _size(body: bytes) -> str:
    return f"<{len(body)} bytes>"


def _hidden(headers: Headers) -> str:
    return f"<{len(headers)} hidden>"


@frozen
class HttpRequest:
    """One request. ``secret_headers`` are sent but never shown, recorded or logged."""

    method: str
    url: str
    headers: Headers = ()
    body: bytes = field(default=b"", repr=_size)
    secret_headers: Headers = field(default=(), repr=_hidden)


@frozen
class HttpReply:
    """A whole answer."""

    status: int
    headers: Headers
    body: bytes


class HttpStream(Protocol):
    """An answer that is still coming in."""

    @property
    def status(self) -> int: ...
    @property
    def headers(self) -> Headers: ...
    def chunks(self) -> AsyncIterator[bytes]: ...
    async def read(self) -> bytes: ...


@frozen
class Deadlines:
    """Seconds for connecting, for the next bytes to arrive, and for everything together; None: no limit."""

    connect_s: float | None = 10.0
    read_s: float | None = 300.0
    total_s: float | None = 600.0


class HttpTransport(Protocol):
    """Sends HTTP requests. Transport trouble is a ``ProviderError`` of kind ``connection`` or ``timeout``."""

    async def send(self, request: HttpRequest, deadlines: Deadlines, /) -> HttpReply: ...

    def open(
        self, request: HttpRequest, deadlines: Deadlines, /
    ) -> AbstractAsyncContextManager[HttpStream]: ...
