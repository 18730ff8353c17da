"""Agents that are told who takes part: each is shown it before all else, and it is said in no conversation."""

from __future__ import annotations

from collections.abc import Generator
from types import MappingProxyType
from typing import Generic

from attrs import evolve, frozen

from typedagents.core.chain import Fold
from typedagents.core.deciding import consult
from typedagents.core.decision import Decision
from typedagents.core.effect import E, E_co, Request
from typedagents.core.errors import ConfigError
from typedagents.core.log import Transcript
from typedagents.core.message import Message
from typedagents.core.model import Prompt
from typedagents.core.team import Team
from typedagents.core.view import Policy, View
from typedagents.policies.words import named

from .by_model import ASKER
from .prompts import INTRODUCTION, filled, roles_of

NOTHING_SAID = Transcript()


@frozen(cache_hash=True)
class Led:
    """The step that puts ``first`` before all messages. As a fold it costs O(1) a message, once for all agents."""

    first: Message

    def __call__(self, so_far: Transcript, message: Message) -> Transcript:
        # A buffer of its own: the fold's start is shared by all and must not grow.
        return (so_far or Transcript((self.first,))).append(message)


@frozen(repr=False)
class Introduced(Generic[E_co]):
    """Decides as ``policy``, which is shown the introduction of ``led`` before all messages."""

    policy: Policy[E_co]
    led: Led

    @property
    def parts(self) -> tuple[Policy[E_co], ...]:
        return (self.policy,)

    def __call__(self, view: View, /) -> Generator[Request[E_co], object, Decision]:
        shown = view.transcript.fold(Fold(NOTHING_SAID, self.led)) or Transcript((self.led.first,))
        return (yield from consult(self.policy, view.showing(shown)))

    def __repr__(self) -> str:
        return named(self.policy)


def introduced(team: Team[E], prompt: Prompt | str = INTRODUCTION) -> Team[E]:
    """``team``, each of whose agents is told who takes part: names and descriptions, in ``prompt`` at ``{roles}``.

    Models and humans are shown it as the first message. The transcript, limits and rules know nothing of it.
    """
    template = Prompt(prompt) if isinstance(prompt, str) else prompt
    if "{roles}" not in template.text:
        raise ConfigError(
            "an introduction says who takes part: write {roles} where they are to stand; "
            f"found {template.text!r:.60}"
        )
    led = Led(Message(ASKER, filled(template, roles=roles_of(team.roster)).text))
    agents = {
        name: evolve(agent, policy=Introduced(agent.policy, led)) for name, agent in team.agents.items()
    }
    return evolve(team, agents=MappingProxyType(agents))
