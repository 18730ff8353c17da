"""What a policy decides: say something, pass, or stop the conversation. What a selector chooses: who speaks next."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from attrs import field, frozen

from .context import Change, changes_of
from .errors import ConfigError
from .message import AgentName, Content, Origin, agent_name, as_parts, says_something
from .parts import Part, Text, cleaned
from .stop import DecisionLimit, RuleFired


@frozen
class Draft:
    """One message to be said. ``origin`` None: that of the reply it belongs to.

    ``blank``: it is meant to be said though there may be no word in it; others without a word are left out.
    """

    parts: tuple[Part, ...] = field(converter=as_parts)
    origin: Origin | None = None
    blank: bool = False

    @property
    def is_said(self) -> bool:
        """Whether a reply keeps it."""
        return self.blank or says_something(self.parts)


def _drafts(content: Content | Draft | Iterable[Draft]) -> tuple[Draft, ...]:
    """The drafts that are said, of text, parts, a draft, or several drafts."""
    drafts: list[Draft] = []
    loose: list[Part] = []
    if isinstance(content, Draft):
        drafts.append(content)
    elif isinstance(content, str | Part):
        loose.extend(as_parts(content))
    else:
        for item in content:
            if type(item) is Text or isinstance(item, Part):
                loose.append(item)
            elif isinstance(item, Draft):
                drafts.append(item)
            else:
                raise ConfigError(f"a reply is made of text, parts or drafts; found {type(item).__name__}")
    if drafts and loose:
        raise ConfigError("a reply holds either drafts or parts; found both")
    if loose:
        return (Draft(loose),) if says_something(loose) else ()
    return tuple([draft for draft in drafts if draft.is_said])


def _maybe_name(name: str | None) -> AgentName | None:
    return None if name is None else agent_name(name)


def _why(reason: str | RuleFired | DecisionLimit) -> str | RuleFired | DecisionLimit:
    return cleaned(reason) if isinstance(reason, str) else reason


@frozen
class Stop:
    """End this conversation, for this reason."""

    reason: str | RuleFired | DecisionLimit = field(converter=_why)


@frozen
class Reply:
    """Say this: text, parts, or several drafts. Without a word in them it counts as ``Pass``; the rest still holds.

    ``changes`` set context variables, ``hand_to`` names who speaks next, ``notes`` are for this agent's own eyes;
    ``ends``: the conversation ends when this is said, and nobody is handed to.
    """

    drafts: tuple[Draft, ...] = field(converter=_drafts)
    origin: Origin = "program"
    changes: tuple[Change, ...] = field(default=(), converter=changes_of)
    hand_to: AgentName | None = field(default=None, converter=_maybe_name)
    notes: tuple[str, ...] = ()
    ends: Stop | None = None

    def __attrs_post_init__(self) -> None:
        if self.ends is not None and self.hand_to is not None:
            raise ConfigError(f"a reply that ends the conversation hands to nobody; found {self.hand_to!r}")


@frozen
class Pass:
    """Say nothing."""


Decision: TypeAlias = Reply | Pass | Stop


@frozen
class Chosen:
    """A selector's choice that needs explaining: ``note`` is written to the log, for whoever reads it later."""

    agent: AgentName = field(converter=agent_name)
    note: str = field(converter=cleaned)


Choice: TypeAlias = str | Chosen | Stop | None
"""Who speaks next, by name; or ``Stop``, or None: nobody, and the conversation ends."""
