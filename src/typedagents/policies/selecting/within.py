"""Agents within their own limit, and what becomes of one that has reached it: an explicit choice, made in the plan.

An agent that stops the conversation by itself at its limit (``assistant(..., max_auto_replies=3)``) ends a group whose
other agents could go on. A limit that the selector keeps says what is meant: skip it, stop there, or hand on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias, final

from attrs import field, frozen

from typedagents.core.decision import Stop
from typedagents.core.errors import ConfigError, listed
from typedagents.core.fitting import check_known
from typedagents.core.limits import Limit, Limits, Unlimited
from typedagents.core.message import AgentName, agent_name
from typedagents.core.stop import DecisionLimit
from typedagents.core.view import Roster, SharedView
from typedagents.policies.auto_replies import auto_replies

from .candidates import Admits, Candidates


@final
@frozen(repr=False)
class HandOn:
    """See ``hand_on``."""

    to: AgentName = field(converter=agent_name)

    def __repr__(self) -> str:
        return f"hand_on({self.to!r})"


def hand_on(to: str) -> HandOn:
    """At its limit an agent hands on to ``to``, whatever rules say who may follow whom."""
    return HandOn(to)


AtItsLimit: TypeAlias = Literal["skip", "stop"] | HandOn
"""``skip``: it may not speak. ``stop``: it ends the conversation when it is chosen. ``hand_on``: another speaks."""


def _limit(limit: Limit) -> Limit:
    return Limits(max_decisions=limit).max_decisions  # proved as all limits are


LimitsByName: TypeAlias = Mapping[str, Limit] | Mapping[AgentName, Limit]


def _own(given: LimitsByName) -> tuple[tuple[AgentName, Limit], ...]:
    return tuple((agent_name(name), _limit(limit)) for name, limit in given.items())


def _then(given: AtItsLimit) -> AtItsLimit:
    if isinstance(given, HandOn) or given in ("skip", "stop"):
        return given
    raise ConfigError(f"then is 'skip', 'stop' or hand_on(name); found {given!r}")


@final
@frozen(repr=False)
class Within(Candidates):
    """See ``within``. ``own`` limits hold instead of that of ``every`` agent."""

    every: Limit = field(converter=_limit)
    own: tuple[tuple[AgentName, Limit], ...] = field(converter=_own)
    then: AtItsLimit = field(default="skip", converter=_then)
    _limits: dict[AgentName, Limit] = field(init=False, eq=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "_limits", dict(self.own))

    def reached(self, view: SharedView, name: AgentName) -> DecisionLimit | None:
        """The limit that ``name`` has reached, if it has."""
        limit = self._limits.get(name, self.every)
        if limit is Unlimited or auto_replies(view.log, name) < limit:
            return None
        return DecisionLimit("max_auto_replies", limit, name)

    def admits(self, view: SharedView, /) -> Admits:
        if self.then == "skip":
            return lambda name: self.reached(view, name) is None
        return lambda name: True

    def check_roster(self, roster: Roster, /) -> None:
        named = [name for name, _ in self.own]
        if isinstance(self.then, HandOn):
            named.append(self.then.to)
        check_known(repr(self), named, roster)

    def settled(self, view: SharedView, chosen: AgentName, /) -> AgentName | Stop:
        reached = self.reached(view, chosen)
        if reached is not None and isinstance(self.then, HandOn):
            chosen = self.then.to
            reached = self.reached(view, chosen)
        return chosen if reached is None else Stop(reached)

    def nobody(self, view: SharedView, names: Sequence[AgentName], /) -> str:
        return f"each of {listed(names)} has reached its limit, {self!r}"

    def __repr__(self) -> str:
        limits = repr(dict(self.own)) if self.own else repr(self.every)
        return f"within({limits})" if self.then == "skip" else f"within({limits}, then={self.then!r})"


def within(max_auto_replies: Limit | LimitsByName, then: AtItsLimit = "skip") -> Within:
    """Those who sent fewer automatic replies since they last spoke for a human; ``then`` says what becomes of others.

    One limit for every agent, or one for each of some; the others have none.
    """
    if isinstance(max_auto_replies, Mapping):
        return Within(Unlimited, max_auto_replies, then)
    return Within(max_auto_replies, {}, then)
