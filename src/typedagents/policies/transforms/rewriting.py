"""Messages that are shown in other words, such as with a name in front. Each is rewritten once in its life."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable

from attrs import evolve, field, frozen

from typedagents.core.chain import Fold
from typedagents.core.errors import ConfigError
from typedagents.core.log import Transcript
from typedagents.core.message import AgentName, Message, agent_name
from typedagents.core.parts import Part, Text
from typedagents.core.view import SharedView
from typedagents.policies.words import written

from .transform import Whole

NOTHING = Transcript()
"""Where all of them start; shared, so nothing is ever appended to it."""


@frozen
class Rewriting:
    """The step that adds a message in other words."""

    rewrite: Rewriter

    def __call__(self, so_far: Transcript, message: Message) -> Transcript:
        return (so_far or Transcript()).append(self.rewrite.rewritten(message))


class Rewriter(Whole):
    """A transform of one message after the other, that keeps each call and each result."""

    __slots__ = ()

    @abstractmethod
    def rewritten(self, message: Message) -> Message: ...

    def __call__(self, view: SharedView, /) -> Transcript:
        return view.transcript.fold(Fold(NOTHING, Rewriting(self)))


NAME = "{name}"


def _form(form: str) -> str:
    if NAME not in form:
        raise ConfigError(f"a prefix has a place for the name, written {NAME}; found {form!r}")
    return form


def _names(given: Iterable[str]) -> tuple[AgentName, ...]:
    if isinstance(given, str):
        raise ConfigError(f"names are given as a list; found the text {given!r}; write [{given!r}]")
    return tuple(agent_name(name) for name in given)


@frozen(repr=False)
class NamePrefixes(Rewriter):
    """See ``name_prefixes``."""

    form: str = field(default="{name} said:\n", converter=_form)
    only: tuple[AgentName, ...] = field(default=(), converter=_names)
    but: tuple[AgentName, ...] = field(default=(), converter=_names)

    def rewritten(self, message: Message) -> Message:
        sender = message.sender
        if (self.only and sender not in self.only) or sender in self.but:
            return message
        prefix = self.form.replace(NAME, sender)
        parts: tuple[Part, ...] = message.parts
        for at, part in enumerate(parts):
            if isinstance(part, Text):
                if part.text.startswith(prefix):
                    return message
                return evolve(message, parts=(*parts[:at], Text(prefix + part.text), *parts[at + 1 :]))
        return message

    def __repr__(self) -> str:
        return written("name_prefixes", self)


def name_prefixes(
    form: str = "{name} said:\n", *, only: Iterable[str] = (), but: Iterable[str] = ()
) -> NamePrefixes:
    """Each message with its sender's name before its first words, once; those of ``only`` some, or of all ``but`` some.

    A message without words of its own, such as a tool's result, stays as it is.
    """
    return NamePrefixes(form, only, but)
