"""Answering with a language model."""

from __future__ import annotations

from collections.abc import Iterable

from attrs import evolve, field, frozen
from typing_extensions import TypeForm

from typedagents.core.decision import Decision, Pass, Reply
from typedagents.core.effect import AnyEffect, Steps
from typedagents.core.errors import ConfigError
from typedagents.core.message import says_something
from typedagents.core.model import CallModel, Prompt, Settings, ToolSpec
from typedagents.core.view import View
from typedagents.core.wiring import Wiring
from typedagents.tools.answers import form_of
from typedagents.tools.toolset import Toolset

from .answering import REPAIRS, at_least_none, held_to
from .wording import Wording
from .words import written

DEFAULTS = Settings()


@frozen(repr=False)
class ModelPolicy:
    """Says what a model says; passes where that is nothing. ``model`` empty: the handler's default.

    ``output``: the type that its answers are values of; None: it says what it likes.
    """

    model: str = ""
    instructions: Prompt | Wording | None = None
    settings: Settings = DEFAULTS
    tools: tuple[ToolSpec, ...] = ()
    output: object = None
    repairs: int = field(default=REPAIRS, converter=at_least_none)

    @property
    def wiring(self) -> Wiring:
        return Wiring(tells=self.tools)

    def __call__(self, view: View, /) -> Steps[Decision, CallModel]:
        told = self.instructions
        prompt = told.read(view.context) if isinstance(told, Wording) else told
        call = CallModel(view.transcript, view.me, self.model, prompt, self.tools, settings=self.settings)
        if self.output is None:
            reply = yield from call
        else:
            reply = yield from held_to(call, form_of(self.output), self.repairs)
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
    output: TypeForm[object] | None = None,
    repairs: int = REPAIRS,
) -> ModelPolicy:
    """The policy that answers with a model, under ``instructions``; a ``wording`` reads context variables in each turn.

    With ``output``, any type that JSON can say, each answer is a value of it, said as a ``Data`` part: read it by
    ``outcome.answer(type)`` or ``answer_in(message, type)``. One that does not fit is told why and asked again
    ``repairs`` times, then the turn fails (see ``typed_answer``).

    Calls of ``tools`` are said like words: another policy makes them. Which: ``tool_loop`` around this one, or
    ``tool_reply`` of any agent.
    """
    prompt = Prompt(instructions) if isinstance(instructions, str) else instructions
    if output is not None:
        form_of(output)  # what JSON cannot say is an error now
    return ModelPolicy(model, prompt, settings, specs_of(tools), output, repairs)


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
