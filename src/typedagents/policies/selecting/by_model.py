"""Who speaks next, as a model chooses: a typed answer, and words as the fallback.

The model is shown the conversation and asked who of the candidates speaks next. Its answer has the shape of a JSON
object with one of their names. Where a provider does not hold it to that shape, or ``answer="text"`` asks for none,
the answer is a text that has to name exactly one of them (see ``naming``). If it names none or several, the model is
told so and asked again, ``retries`` times. Then the next in order speaks, and a note in the log says why.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

from attrs import field, frozen

from typedagents.core.decision import Choice
from typedagents.core.effect import Steps
from typedagents.core.errors import ConfigError
from typedagents.core.json_text import json_text
from typedagents.core.message import AgentName, Message, agent_name, says_something
from typedagents.core.model import CallModel, OutputSpec, Settings
from typedagents.core.view import Roster, SharedView
from typedagents.policies.diagrams.drawing import Drawing
from typedagents.policies.model import DEFAULTS
from typedagents.policies.words import written

from .candidates import EVERYONE, Candidates
from .drawn import drawn
from .naming import FIELD, answered
from .orders import next_in_order
from .prompts import Asking, ChoicePrompts

AnswerForm: TypeAlias = Literal["enum", "text"]

CHAIR = AgentName("chair")
ASKER = AgentName("organiser")
"""Who is taken to ask the model."""

PROMPTS = ChoicePrompts()


def _form(given: AnswerForm) -> AnswerForm:
    if given not in ("enum", "text"):
        raise ConfigError(f"a choice is answered as 'enum' or 'text'; found {given!r}")
    return given


def _retries(given: int) -> int:
    if given < 0:
        raise ConfigError(f"a model is asked again 0 times or more often; found {given}")
    return given


def _me(given: str) -> AgentName:
    if given == ASKER:
        raise ConfigError(f"{ASKER!r} is who asks; give whoever chooses another name than that")
    return agent_name(given)


def spec_of(names: tuple[AgentName, ...]) -> OutputSpec:
    """The shape of an answer that names one of ``names``."""
    schema = {
        "type": "object",
        "properties": {FIELD: {"type": "string", "enum": names}},
        "required": [FIELD],
        "additionalProperties": False,
    }
    return OutputSpec("next_speaker", json_text(schema))


@frozen(repr=False)
class ByModel:
    """See ``by_model``."""

    model: str = ""
    among: Candidates = EVERYONE
    answer: AnswerForm = field(default="enum", converter=_form)
    retries: int = field(default=2, converter=_retries)
    prompts: Asking = PROMPTS
    settings: Settings = DEFAULTS
    me: AgentName = field(default=CHAIR, converter=_me)
    asker: AgentName = field(default=ASKER, converter=agent_name)

    def __call__(self, view: SharedView, /) -> Steps[Choice, CallModel]:
        names = self.among(view)
        if len(names) < 2:
            return self.among.only(view, names)
        instructions = self.prompts.instructing(view.roster, names)
        output = spec_of(names) if self.answer == "enum" else None
        transcript = view.transcript
        question = self.prompts.asking(view.roster, names)
        for _ in range(1 + self.retries):
            if question:
                transcript = transcript.append(Message(self.asker, question))
            reply = yield from CallModel(
                transcript, self.me, self.model, instructions, output=output, settings=self.settings
            )
            found = answered(reply.text, names)
            if len(found) == 1:
                return self.among.settled(view, found[0])
            if says_something(reply.parts):
                transcript = transcript.append(Message(self.me, reply.parts, "model"))
            question = self.prompts.asking(view.roster, names, found)
        return next_in_order(view, self.among, self._failure(", ".join(names)))

    def _failure(self, names: str) -> str:
        asked = "once" if not self.retries else f"{1 + self.retries} times"
        return f"the model was asked {asked} and never named just one of {names}; the next in order speaks"

    def check_roster(self, roster: Roster, /) -> None:
        self.among.check_roster(roster)

    def drawing(self, names: Sequence[AgentName], /) -> Drawing:
        return drawn("a model chooses", self.among, names)

    def __repr__(self) -> str:
        return written("by_model", self)


def by_model(
    model: str = "",
    *,
    among: Candidates = EVERYONE,
    answer: AnswerForm = "enum",
    retries: int = 2,
    prompts: ChoicePrompts = PROMPTS,
    settings: Settings = DEFAULTS,
    me: str = CHAIR,
) -> ByModel:
    """The selector that asks a model, with the conversation before it. One candidate is not asked about.

    ``model``: as for ``model_reply``; ``prompts``: the texts; ``me``: as whom the model chooses.
    """
    return ByModel(model, among, answer, retries, prompts, settings, agent_name(me))
