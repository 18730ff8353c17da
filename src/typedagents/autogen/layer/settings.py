"""What a program may choose about its runs without touching its agents: where they are recorded, what they may cost,
who watches, which models answer, from which cache, and whether they are held live, replayed or gone on with.

    with using(store=TraceFiles("runs"), budget=Budget(max_usd=1)): user.initiate_chat(...)
    with using(models=scripted_model("Hello.")): user.initiate_chat(...)
    with replaying("20250101-120000-abcdef"): user.initiate_chat(...)
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from typing import Literal, TypeAlias, TypedDict

from attrs import evolve, field, frozen
from typing_extensions import Unpack

from typedagents.core.errors import ConfigError
from typedagents.interpreter.budget import Budget
from typedagents.interpreter.events import Watcher
from typedagents.interpreter.ports import CodeExecutor, Human, ModelProvider
from typedagents.interpreter.traces import TraceFiles, TraceStore
from typedagents.providers.caching import CacheStore

from .caching import AnyCache, store_of

Trace: TypeAlias = str | Sequence[bytes]
"""A run by its name, or the lines of its trace."""


@frozen
class Known:
    """Traces that the next runs follow, in order; ``live``: what they lack is performed, and written to them."""

    traces: deque[Trace] = field(eq=False)
    live: bool

    def next(self) -> Trace:
        """The trace of the next run."""
        if not self.traces:
            raise ConfigError("there are more runs in this block than traces were named; name one for each")
        return self.traces.popleft()


@frozen
class Settings:
    """See the module's text. ``models``: one provider for all agents, or one for each agent's name."""

    store: TraceStore | None = field(factory=TraceFiles)
    budget: Budget = Budget()
    watchers: tuple[Watcher, ...] = ()
    models: ModelProvider | Mapping[str, ModelProvider] | None = None
    human: Human | None = None
    executor: CodeExecutor | None = None
    name: str | None = None
    known: Known | None = None
    cache: CacheStore | None = field(default=None, converter=store_of)


class Chosen(TypedDict, total=False):
    """What ``using`` takes."""

    store: TraceStore | None
    budget: Budget
    watchers: tuple[Watcher, ...]
    models: ModelProvider | Mapping[str, ModelProvider] | None
    human: Human | None
    executor: CodeExecutor | None
    name: str | None
    cache: AnyCache | None


_settings: ContextVar[Settings | None] = ContextVar("typedagents.autogen.settings", default=None)


def settings() -> Settings:
    """What was chosen here."""
    return _settings.get() or Settings()


@contextmanager
def using(**chosen: Unpack[Chosen]) -> Iterator[None]:
    """Within this block, choose these and keep the rest."""
    with _set(evolve(settings(), **chosen)):
        yield


@contextmanager
def answering_from(cache: object) -> Iterator[None]:
    """Within this block, ask models through ``cache``, where there is one."""
    with nullcontext() if cache is None else _set(evolve(settings(), cache=cache)):
        yield


@contextmanager
def _set(chosen: Settings) -> Iterator[None]:
    token = _settings.set(chosen)
    try:
        yield
    finally:
        _settings.reset(token)


def _following(traces: tuple[Trace, ...], mode: Literal["replay", "resume"]) -> Settings:
    if not traces:
        raise ConfigError(f"name the trace to {mode}: a run's name, as ChatResult.run says it")
    return evolve(settings(), known=Known(deque(traces), live=mode == "resume"))


@contextmanager
def replaying(*traces: Trace) -> Iterator[None]:
    """Within this block runs are replayed from these traces, in order: nothing is called, sent or asked."""
    with _set(_following(traces, "replay")):
        yield


@contextmanager
def resuming(*runs: str) -> Iterator[None]:
    """Within this block runs go on from where these traces stop, in order."""
    with _set(_following(runs, "resume")):
        yield
