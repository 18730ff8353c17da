"""Every error this library raises. The class says whose fault it is.

TypedAgentsError
 |- PolicyError      a policy broke its promise: wrong type, a forgotten ``yield from``, not deterministic
 |- ConfigError      something is missing or contradictory before a run starts
 |   `- UnknownTeam  a stored run was begun by a team, or a version of it, that is not here
 |- ProviderError    a model provider failed (kinds: see ``typedagents.providers``)
 |- ToolError        a tool failed
 |- ExecutorError    a code executor failed
 |   `- ExecutorUnavailable   it cannot be used here at all; the hint says what to do
 |- HumanError       the human's channel failed
 |- HandlerError     a handler answered with a value of the wrong type
 |- TraceError       a trace is damaged, of an unknown version, or does not fit
 |   `- Divergence   the run asks for something else than the trace holds
 |- Suspended        not a fault: the run was asked to pause, and can be resumed
 `- Parked           not a fault: a handler has no outcome yet; the run pauses when nothing else is to be done

Expected failures of effects are values in the trace (``Failed``); a broken promise raises.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from .log import Log

NOTHING: Mapping[str, str] = MappingProxyType({})


def listed(names: Iterable[object]) -> str:
    """``names`` as errors and reasons show them."""
    return ", ".join(map(repr, names)) or "none"


class TypedAgentsError(Exception):
    """Root of all errors. The text says what was asked, what was found and what to do.

    ``log`` is the conversation so far, where the error broke off a run.
    """

    log: Log | None = None


class PolicyError(TypedAgentsError):
    """A policy or selector broke its promise."""


class ConfigError(TypedAgentsError):
    """What is missing, where it was looked for, and how to mend it."""


class UnknownTeam(ConfigError):
    """The team a run was begun with is not here; the run waits until it is."""

    def __init__(self, name: str, version: str, known: Iterable[str]) -> None:
        asked = f"{name!r}, version {version!r}" if version else repr(name)
        super().__init__(
            f"no team here is {asked}; there are: {'; '.join(known) or 'none'}; "
            "a run goes on with the version that it was begun with, so keep that until its runs have ended"
        )
        self.name = name
        self.version = version


class EffectError(TypedAgentsError):
    """A handler raises one of these to say: this effect failed; record it, and let the policy see it.

    ``kind`` is a short stable word (``rate_limit``, ``auth``, ...); ``facts`` holds what else is known, as text.
    """

    family: ClassVar[str] = "effect"

    def __init__(self, text: str, *, kind: str = "failed", facts: Mapping[str, str] = NOTHING) -> None:
        super().__init__(text)
        self.text = text
        self.kind = kind
        self.facts = facts


class ProviderError(EffectError):
    """A model provider failed, or could not be reached."""

    family: ClassVar[str] = "provider"


class ToolError(EffectError):
    """A tool failed."""

    family: ClassVar[str] = "tool"


class ExecutorError(EffectError):
    """A code executor failed; what a *program* does wrong is a result instead."""

    family: ClassVar[str] = "executor"


class ExecutorUnavailable(ExecutorError):
    """This executor cannot be used here; ``hint`` says what to do."""

    def __init__(self, reason: str, hint: str) -> None:
        super().__init__(f"{reason}; {hint}", kind="unavailable")
        self.reason = reason
        self.hint = hint


class HumanError(EffectError):
    """The channel to the human failed."""

    family: ClassVar[str] = "human"


class HandlerError(TypedAgentsError):
    """A handler answered with a value that its effect does not accept."""


class TraceError(TypedAgentsError):
    """A trace cannot be read, or does not fit this library."""


class Divergence(TraceError):
    """The run asks for something else than the trace holds at that place."""


class Suspended(TypedAgentsError):
    """The run was asked to pause. Its trace has no end, so that ``resume`` goes on from there."""


class Parked(TypedAgentsError):
    """A handler raises it to say: nobody can tell yet what comes of this effect, but somebody will.

    The run goes on with what else there is to do, and then pauses; the effect is asked for anew when it is resumed.
    """
