"""Answering with a language model."""

from __future__ import annotations

from collections.abc import Iterable

from attrs import evolve, frozen

from typedagents.core.decision import Decision, Pass, Reply
from typedagents.core.effect import Steps
from typedagents.core.message import says_something
from typedagents.core.model import CallModel, OutputSpec, Prompt, Settings, ToolSpec
from typedagents.core.view import View

from .wording import Wording
from .words import written

DEFAULTS = Settings()


@frozen(repr=False)
class ModelPolicy:
    """Says what a model says; passes where that is nothing. ``model`` empty: the handler's default."""

    model: str = ""
    instructions: Prompt | Wording | None = None
    settings: Settings = DEFAULTS
    tools: tuple[ToolSpec, ...] = ()
    output: OutputSpec | None = None

    def __call__(self, view: View, /) -> Steps[Decision, CallModel]:
        told = self.instructions
        prompt = told.read(view.context) if isinstance(told, Wording) else told
        reply = yield from CallModel(
            view.transcript, view.me, self.model, prompt, self.tools, self.output, self.settings
        )
        return Reply(reply.parts, origin="model") if says_something(reply.parts) else Pass()

    def telling(self, specs: Iterable[ToolSpec], /) -> ModelPolicy:
        """The same policy, whose model is told of these tools as well."""
        return evolve(self, tools=(*self.tools, *specs))

    def __repr__(self) -> str:
        return written("model_reply", self)


def model_reply(
    model: str = "",
    instructions: Prompt | Wording | str | None = None,
    *,
    settings: Settings = DEFAULTS,
    tools: Iterable[ToolSpec] = (),
    output: OutputSpec | None = None,
) -> ModelPolicy:
    """The policy that answers with a model, under ``instructions``; a ``wording`` reads context variables in each turn.

    Calls of ``tools`` are said like words: another policy makes them.
    """
    prompt = Prompt(instructions) if isinstance(instructions, str) else instructions
    return ModelPolicy(model, prompt, settings, tuple(tools), output)
