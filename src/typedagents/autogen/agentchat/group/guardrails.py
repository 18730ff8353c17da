"""Guardrails of agents in a group: a look at what they are told, or are about to say."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from typedagents.autogen.layer.ag2.judging import Judges, verdict_of
from typedagents.autogen.layer.agentchat.asked_for import Run
from typedagents.autogen.layer.agentchat.calling import LayerEffect
from typedagents.autogen.layer.agentchat.running import Running
from typedagents.autogen.layer.configs import GivenConfig
from typedagents.autogen.layer.messages import text_of
from typedagents.policies.guardrails import Inspection, judged, matching

from .targets.transition_target import TransitionTarget

if TYPE_CHECKING:
    from typedagents.autogen.agentchat.conversable_agent import ConversableAgent

Context = str | Sequence[Mapping[str, object]]


@dataclass
class GuardrailResult:
    """Whether something is wrong, and why."""

    activated: bool
    justification: str = ""


class Guardrail(ABC):
    """Where ``condition`` is found, ``activation_message`` is said instead, and the floor goes to ``target``."""

    def __init__(
        self, name: str, condition: str, target: TransitionTarget, activation_message: str | None = None
    ) -> None:
        self.name = name
        self.condition = condition
        self.target = target
        self.activation_message = activation_message or f"The guardrail {name!r} applies."

    @property
    def message(self) -> str:
        """What is said, with the reason for ``{why}``."""
        return f"{self.activation_message}\nJustification: {{why}}"

    @abstractmethod
    def inspection(self, running: Running) -> Inspection[LayerEffect]:
        """The same for the core, in a run."""

    def check(self, context: Context) -> GuardrailResult:
        """Whether something is wrong with a text, or with one of some messages."""
        given = [context] if isinstance(context, str) else [text_of(one.get("content")) for one in context]
        why = next((found for text in given if (found := self._wrong(text))), "")
        return GuardrailResult(bool(why), why)

    def _wrong(self, text: str) -> str:
        return Run(lambda running: Judges(self.inspection(running), text).team, verdict_of).held()


class RegexGuardrail(Guardrail):
    """Finds what a regular expression matches; ``ValueError`` where it is none."""

    def __init__(
        self, name: str, condition: str, target: TransitionTarget, activation_message: str | None = None
    ) -> None:
        super().__init__(name, condition, target, activation_message)
        self._matching = matching(condition)

    def inspection(self, running: Running) -> Inspection[LayerEffect]:
        return self._matching

    def _wrong(self, text: str) -> str:
        return self._matching(text)


class LLMGuardrail(Guardrail):
    """Finds what a model says ``condition`` of."""

    def __init__(
        self,
        name: str,
        condition: str,
        target: TransitionTarget,
        llm_config: GivenConfig,
        activation_message: str | None = None,
    ) -> None:
        from typedagents.autogen.agentchat.conversable_agent import ConversableAgent

        super().__init__(name, condition, target, activation_message)
        self._judge: ConversableAgent = ConversableAgent(name, llm_config=llm_config)

    def inspection(self, running: Running) -> Inspection[LayerEffect]:
        return judged(self.condition, running.key_of(self._judge))
