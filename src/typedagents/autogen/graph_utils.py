"""Who may speak after whom in a group chat, as a dict from agents to lists of agents."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol, TypeVar, runtime_checkable

from attrs import frozen

from typedagents.core.message import AgentName, agent_name
from typedagents.policies.diagrams.drawing import Arrow, Drawing
from typedagents.policies.diagrams.mermaid import mermaid

logger = logging.getLogger(__name__)


@runtime_checkable
class Named(Protocol):
    """What a graph needs to know of an agent."""

    @property
    def name(self) -> str: ...


NamedT = TypeVar("NamedT", bound=Named)
Transitions = Mapping[NamedT, Sequence[NamedT]]


def has_self_loops(allowed_speaker_transitions: Transitions[NamedT]) -> bool:
    """Whether an agent may speak after itself."""
    return any(agent in after for agent, after in allowed_speaker_transitions.items())


def check_graph_validity(
    allowed_speaker_transitions_dict: Transitions[NamedT], agents: Sequence[NamedT]
) -> None:
    """``ValueError`` where this is no dict from these agents to lists of agents; warnings for what is odd in it.

    Odd are agents that nobody leads to and that lead nowhere, agents missing on one side, and repetitions.
    """
    _prove_dict(allowed_speaker_transitions_dict, agents)
    for said in _oddities(allowed_speaker_transitions_dict, agents):
        logger.warning(said)


def _prove_dict(transitions: object, agents: Collection[object]) -> None:
    if not isinstance(transitions, Mapping):
        raise ValueError(f"transitions are a dict from agents to lists of agents; found {transitions!r:.60}")
    for agent, after in transitions.items():
        if agent not in agents:
            raise ValueError(
                f"transitions begin at {_called(agent)}, which is not in the group; it has: {_listed(agents)}"
            )
        if not isinstance(after, list | tuple):
            raise ValueError(f"who may speak after {_called(agent)} is a list of agents; found {after!r:.60}")
        for one in after:
            if not isinstance(one, Named):
                raise ValueError(
                    f"who may speak after {_called(agent)} is a list of agents, not of names; found {one!r:.60}"
                )


def _oddities(transitions: Transitions[NamedT], agents: Sequence[NamedT]) -> Iterator[str]:
    led_to = [one for after in transitions.values() for one in after]
    isolated = [agent for agent in agents if not transitions.get(agent) and agent not in led_to]
    if isolated:
        yield f"isolated agents, which nobody leads to and who lead to nobody: {_listed(isolated)}"
    strange = [one for one in led_to if one not in agents]
    missing = [agent for agent in agents if agent not in transitions and agent not in led_to]
    if strange or missing:
        yield (
            f"the allowed_speaker_transitions do not match agents of the group: not in the group:"
            f" {_listed(strange)}; not in the transitions: {_listed(missing)}"
        )
    for agent, after in transitions.items():
        if len(set(after)) < len(after):
            yield f"duplicate agents after {_called(agent)}: {_listed(after)}"


def invert_disallowed_to_allowed(
    disallowed_speaker_transitions_dict: Transitions[NamedT], agents: Sequence[NamedT]
) -> dict[NamedT, list[NamedT]]:
    """The transitions that are left of all where these are not allowed. ``ValueError`` for a key that is no agent of these."""
    _prove_dict(disallowed_speaker_transitions_dict, agents)
    return {
        agent: [one for one in agents if one not in disallowed_speaker_transitions_dict.get(agent, ())]
        for agent in agents
    }


@frozen
class _Shown:
    arrows: tuple[Arrow, ...]

    def drawing(self, names: Sequence[AgentName], /) -> Drawing:
        return Drawing(self.arrows)


def visualize_speaker_transitions_dict(
    speaker_transitions_dict: Transitions[NamedT], agents: Sequence[NamedT], export_path: str | None = None
) -> str:
    """The transitions as the text of a Mermaid flowchart, which is also written to ``export_path``."""
    _prove_dict(speaker_transitions_dict, agents)
    arrows = [
        Arrow(agent_name(agent.name), agent_name(one.name))
        for agent, after in speaker_transitions_dict.items()
        for one in after
    ]
    text = mermaid(_Shown(tuple(arrows)))
    if export_path is not None:
        Path(export_path).write_text(text + "\n", encoding="utf-8")
    return text


def _called(agent: object) -> str:
    return repr(agent.name) if isinstance(agent, Named) else f"{agent!r:.60}"


def _listed(agents: Iterable[object]) -> str:
    return ", ".join(_called(agent) for agent in agents) or "none"
