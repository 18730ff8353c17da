"""Rules that end conversations. Each looks at what was said since the conversation was opened; O(1) a look.

Those about words look at the last message. They print as the stop reason they are. Rules about what happened are in
``rules.events``, those about what was used in ``rules.spending``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import final

from attrs import field, frozen

from typedagents.core.errors import ConfigError
from typedagents.core.log import Log
from typedagents.core.message import AgentName, Message, agent_name
from typedagents.core.parts import Text
from typedagents.core.rule import Rule
from typedagents.core.view import STANDING


def last_said(log: Log) -> Message | None:
    """The last message, when it was said in this conversation and not in one before it."""
    return log.transcript.last if log.fold(STANDING).messages else None


def _said(message: Message) -> str:
    """What the speaker says in its own words: what a program or a tool printed can end nothing."""
    return "\n".join(part.text for part in message.parts if isinstance(part, Text)).strip()


def maybe_name(name: str | None) -> AgentName | None:
    """The name of whom a rule is about; None: of anybody."""
    return None if name is None else agent_name(name)


def _words(text: str) -> str:
    if not text:
        raise ConfigError("a rule about words needs a text to look for; found none")
    return text


def _stripped(text: str) -> str:
    return _words(text.strip())


def from_one(count: int) -> int:
    """``count``, when a rule can wait for so many."""
    if count < 1:
        raise ConfigError(f"a rule that counts, counts from 1; found {count}")
    return count


@final
@frozen
class Mentions(Rule):
    """See ``mentions``."""

    text: str = field(converter=_words)
    by: AgentName | None = field(default=None, converter=maybe_name)

    def __call__(self, log: Log, /) -> bool:
        last = last_said(log)
        return last is not None and self.by in (None, last.sender) and self.text in last.text

    def __str__(self) -> str:
        return f"the last message{'' if self.by is None else f' is by {self.by} and'} mentions {self.text!r}"


def mentions(text: str, *, by: str | None = None) -> Mentions:
    """Holds when the last message (of the agent ``by``, where one is named) holds ``text`` anywhere, results included."""
    return Mentions(text, by)


@final
@frozen
class SaysExactly(Rule):
    """See ``says_exactly``."""

    text: str = field(converter=_stripped)

    def __call__(self, log: Log, /) -> bool:
        last = last_said(log)
        return last is not None and _said(last) == self.text

    def __str__(self) -> str:
        return f"the last message is {self.text!r}"


def says_exactly(text: str) -> SaysExactly:
    """Holds when the last message is ``text`` and nothing else; blanks around it do not count."""
    return SaysExactly(text)


@final
@frozen
class EndsWith(Rule):
    """See ``ends_with``."""

    text: str = field(converter=_stripped)

    def __call__(self, log: Log, /) -> bool:
        last = last_said(log)
        return last is not None and _said(last).endswith(self.text)

    def __str__(self) -> str:
        return f"the last message ends with {self.text!r}"


def ends_with(text: str) -> EndsWith:
    """Holds when the words of the last message end with ``text``; what code or a tool printed does not count."""
    return EndsWith(text)


@final
@frozen
class MessageCount(Rule):
    """See ``message_count``."""

    count: int = field(converter=from_one)

    def __call__(self, log: Log, /) -> bool:
        return log.fold(STANDING).messages >= self.count

    def __str__(self) -> str:
        return f"{self.count} message{'s were' if self.count > 1 else ' was'} said"


def message_count(count: int) -> MessageCount:
    """Holds when so many messages were said, the opening included."""
    return MessageCount(count)


@final
@frozen
class DecisionCount(Rule):
    """See ``decision_count``."""

    count: int = field(converter=from_one)

    def __call__(self, log: Log, /) -> bool:
        return log.fold(STANDING).turns >= self.count

    def __str__(self) -> str:
        return f"{self.count} decision{'s were' if self.count > 1 else ' was'} made"


def decision_count(count: int) -> DecisionCount:
    """Holds when so many turns began, those that ended in a pass included."""
    return DecisionCount(count)


@final
@frozen
class Spoke(Rule):
    """See ``spoke``."""

    agent: AgentName = field(converter=agent_name)

    def __call__(self, log: Log, /) -> bool:
        return log.fold(STANDING).speaker == self.agent

    def __str__(self) -> str:
        return f"{self.agent} spoke"


def spoke(agent: str) -> Spoke:
    """Holds when the last message is this agent's."""
    return Spoke(agent)


@final
@frozen
class Holds(Rule):
    """See ``holds``."""

    function: Callable[[Log], bool]
    name: str

    def __call__(self, log: Log, /) -> bool:
        return self.function(log)

    def __str__(self) -> str:
        return self.name


def holds(function: Callable[[Log], bool], name: str = "") -> Holds:
    """Holds when the pure ``function`` of the log says so; ``name`` is the stop reason (empty: the function's name)."""
    own: object = getattr(function, "__name__", None)
    return Holds(function, name or (own if isinstance(own, str) else repr(function)))
