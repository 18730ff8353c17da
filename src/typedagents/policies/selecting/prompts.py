"""What a model is told when it chooses a speaker, and what agents are told of each other: our texts, as data."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Protocol

from attrs import field, frozen

from typedagents.core.errors import ConfigError
from typedagents.core.message import AgentName
from typedagents.core.model import Prompt
from typedagents.core.view import Roster

PLACE = re.compile(r"\{(\w+)\}")


def filled(prompt: Prompt, **values: str) -> Prompt:
    """``prompt`` with its places (``{roles}``) filled; other braces stay as they are. Name and version are kept."""
    text = PLACE.sub(lambda place: values.get(place[1], place[0]), prompt.text)
    return Prompt(text, prompt.name, prompt.version)


def roles_of(roster: Roster) -> str:
    """A line for each agent: its name, and its description where it has one."""
    return "\n".join(
        f"- {name}: {words}" if words else f"- {name}" for name, words in roster.descriptions.items()
    )


INSTRUCTIONS = Prompt(
    name="choose-speaker",
    version="1",
    text="""\
You chair a conversation and decide who speaks next. You say nothing in it yourself.

These take part:
{roles}

Choose whoever can do most for what is to be done next. If somebody was asked something, or called upon, let them \
answer. Answer with a name, exactly as it is written, and nothing else.""",
)
"""For a model that chooses. ``{roles}``: who takes part, a line each."""

QUESTION = Prompt(
    name="choose-speaker-question",
    version="1",
    text="Who speaks next? Choose one of: {names}. Answer with the name only.",
)
"""Asked behind the conversation. ``{names}``: who may speak next."""

NAMED_NONE = Prompt(
    name="choose-speaker-none",
    version="1",
    text="That names none of those who may speak next. They are: {names}. Answer with one of these names only.",
)
"""Asked after an answer that names nobody."""

NAMED_SEVERAL = Prompt(
    name="choose-speaker-several",
    version="1",
    text="That names several: {named}. Only one can speak next. Choose one of: {names}. Answer with the name only.",
)
"""Asked after an answer that names several. ``{named}``: whom it named."""


def _asking(given: Prompt | str) -> Prompt:
    prompt = Prompt(given) if isinstance(given, str) else given
    if "{names}" not in prompt.text:
        raise ConfigError(
            f"a question who speaks next must say who may: write {{names}} where they are to stand; found {prompt.text!r:.60}"
        )
    return prompt


def _maybe(given: Prompt | str | None) -> Prompt | None:
    prompt = Prompt(given) if isinstance(given, str) else given
    if prompt is not None and not prompt.text.strip():
        raise ConfigError("the instructions of a model that chooses are empty; write some, or None for none")
    return prompt


class Asking(Protocol):
    """How a model is asked who of ``names`` speaks next."""

    def instructing(self, roster: Roster, names: Sequence[AgentName], /) -> Prompt | None:
        """What it is instructed by."""
        ...

    def asking(
        self, roster: Roster, names: Sequence[AgentName], named: Sequence[AgentName] | None = None, /
    ) -> str:
        """What it is asked behind the conversation, and again after an answer that ``named`` these; empty: nothing."""
        ...


@frozen
class ChoicePrompts:
    """The texts by which a model is asked to choose. Each may be given as plain text."""

    instructions: Prompt | None = field(default=INSTRUCTIONS, converter=_maybe)
    question: Prompt = field(default=QUESTION, converter=_asking)
    none: Prompt = field(default=NAMED_NONE, converter=_asking)
    several: Prompt = field(default=NAMED_SEVERAL, converter=_asking)

    def instructing(self, roster: Roster, names: Sequence[AgentName], /) -> Prompt | None:
        told = self.instructions
        return None if told is None else filled(told, roles=roles_of(roster), names=", ".join(names))

    def asking(
        self, roster: Roster, names: Sequence[AgentName], named: Sequence[AgentName] | None = None, /
    ) -> str:
        prompt = self.question if named is None else self.several if named else self.none
        return filled(
            prompt, roles=roles_of(roster), names=", ".join(names), named=", ".join(named or ())
        ).text


INTRODUCTION = Prompt(
    name="introduction",
    version="1",
    text="These take part in this conversation:\n{roles}",
)
"""What agents are told of each other."""
