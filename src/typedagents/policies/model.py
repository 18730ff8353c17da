"""Answering with a language model."""

from __future__ import annotations

from collections.abc import Iterable

from attrs import evolve, frozen

from typedagents.core.decision import Decision, Pass, Reply
from typedagents.core.effect import AnyEffect, Steps
from typedagents.core.errors import ConfigError
from typedagents.core.message import says_something
from typedagents.core.model import CallModel, OutputSpec, Prompt, Settings, ToolSpec
from typedagents.core.view import View
from typedagents.core.wiring import Wiring
from typedagents.tools.toolset import Toolset

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

    @property
    def wiring(self) -> Wiring:
        return Wiring(tells=self.tools)

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
    tools: Toolset[AnyEffect] | Iterable[ToolSpec] = (),
    output: OutputSpec | None = None,
) -> ModelPolicy:
    """The policy that answers with a model, under ``instructions``; a ``wording`` reads context variables in each turn.

    Calls of ``tools`` are said like words: another policy makes them. Which: ``tool_loop`` around this one, or
    ``tool_reply`` of any agent.
    """
    prompt = Prompt(instructions) if isinstance(instructions, str) else instructions
    return ModelPolicy(model, prompt, settings, specs_of(tools), output)


def specs_of(tools: Toolset[AnyEffect] | Iterable[ToolSpec]) -> tuple[ToolSpec, ...]:
    """What a model is told of ``tools``."""
    specs = tools.specs if isinstance(tools, Toolset) else tuple(tools)
    names: set[str] = set()
    for spec in specs:
        if not isinstance(spec, ToolSpec):
            raise ConfigError(
                f"a model is told of a toolset, or of ToolSpecs; found {spec!r:.60}: write toolset(...)"
            )
        if spec.name in names:
            raise ConfigError(f"a model is told of two tools named {spec.name!r}; give one another name")
        names.add(spec.name)
    return specs
