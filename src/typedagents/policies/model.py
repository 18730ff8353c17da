"""Answering with a language model."""

from __future__ import annotations

from collections.abc import Iterable

from attrs import frozen

from typedagents.core.decision import Decision, Pass, Reply
from typedagents.core.effect import Steps
from typedagents.core.message import says_something
from typedagents.core.model import CallModel, OutputSpec, Prompt, Settings, ToolSpec
from typedagents.core.view import View

from .words import written

DEFAULTS = Settings()


@frozen(repr=False)
class ModelPolicy:
    """Says what a model says; passes where that is nothing. ``model`` empty: the handler's default."""

    model: str = ""
    instructions: Prompt | None = None
    settings: Settings = DEFAULTS
    tools: tuple[ToolSpec, ...] = ()
    output: OutputSpec | None = None

    def __call__(self, view: View, /) -> Steps[Decision, CallModel]:
        reply = yield from CallModel(
            view.transcript, view.me, self.model, self.instructions, self.tools, self.output, self.settings
        )
        return Reply(reply.parts, origin="model") if says_something(reply.parts) else Pass()

    def __repr__(self) -> str:
        return written("model_reply", self)


def model_reply(
    model: str = "",
    instructions: Prompt | str | None = None,
    *,
    settings: Settings = DEFAULTS,
    tools: Iterable[ToolSpec] = (),
    output: OutputSpec | None = None,
) -> ModelPolicy:
    """The policy that answers with a model. Calls of ``tools`` are said like words: another policy makes them."""
    prompt = Prompt(instructions) if isinstance(instructions, str) else instructions
    return ModelPolicy(model, prompt, settings, tuple(tools), output)
