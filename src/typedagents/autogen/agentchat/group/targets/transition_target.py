"""Where the floor may go: an agent, the user, nobody, or whoever is chosen."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from typedagents.autogen.exception_utils import InvalidValue
from typedagents.autogen.layer.ag2.places import Place
from typedagents.autogen.layer.agentchat.calling import LayerEffect
from typedagents.policies.handing.targets import Target, finish

if TYPE_CHECKING:
    from typedagents.autogen.agentchat.conversable_agent import ConversableAgent

WRAPPED = "wrapped_"
"""How the names of agents begin that stand for a target."""


class TransitionTarget(ABC):
    """Somewhere the floor may go."""

    kind: ClassVar[str]

    @abstractmethod
    def landing(self, place: Place) -> Target[LayerEffect]:
        """The same for the core, in a group."""

    @abstractmethod
    def display_name(self) -> str:
        """What people call it."""

    def normalized_name(self) -> str:
        """What the name of a function can have in it."""
        return self.display_name().replace(" ", "_")

    def needs_agent_wrapper(self) -> bool:
        """Whether an agent of the group has to stand for it."""
        return False

    def create_wrapper_agent(self, parent_agent: ConversableAgent, index: int) -> ConversableAgent:
        """The agent that stands for it."""
        raise InvalidValue(f"{self.display_name()} needs no agent to stand for it")

    def told(self) -> list[object]:
        """What a trace holds of it where a function returned it; ``target_of`` reads it."""
        return [self.kind]

    def __str__(self) -> str:
        return f"Transfer to {self.display_name()}"


@dataclass(init=False)
class AgentTarget(TransitionTarget):
    """An agent."""

    kind = "agent"
    agent_name: str

    def __init__(self, agent: ConversableAgent) -> None:
        self.agent_name = agent.name

    def landing(self, place: Place) -> Target[LayerEffect]:
        return place.to_named(self.agent_name)

    def display_name(self) -> str:
        return self.agent_name

    def told(self) -> list[object]:
        return [AgentNameTarget.kind, self.agent_name]

    __str__ = TransitionTarget.__str__


@dataclass
class AgentNameTarget(TransitionTarget):
    """An agent, by its name."""

    kind = "name"
    agent_name: str

    def landing(self, place: Place) -> Target[LayerEffect]:
        return place.to_named(self.agent_name)

    def display_name(self) -> str:
        return self.agent_name

    def told(self) -> list[object]:
        return [self.kind, self.agent_name]


@dataclass
class NestedChatTarget(TransitionTarget):
    """Chats that are held before the floor comes back: ``chat_queue``, as ``register_nested_chats`` takes it."""

    kind = "nested"
    nested_chat_config: Mapping[str, object]

    def landing(self, place: Place) -> Target[LayerEffect]:
        raise InvalidValue(
            f"{self.display_name()} cannot have the floor; a hand-over of an agent can name it"
        )

    def display_name(self) -> str:
        return "a nested chat"

    def normalized_name(self) -> str:
        return "nested_chat"

    def needs_agent_wrapper(self) -> bool:
        return True

    def create_wrapper_agent(self, parent_agent: ConversableAgent, index: int) -> ConversableAgent:
        from typedagents.autogen.agentchat.conversable_agent import ConversableAgent

        config = self.nested_chat_config
        queue, use_async = config.get("chat_queue"), bool(config.get("use_async", False))
        if not isinstance(queue, list) or not queue:
            raise InvalidValue(
                f"nested_chat_config holds a chat_queue, a list of chats; found {sorted(config)}"
            )
        agent = ConversableAgent(f"{WRAPPED}nested_{parent_agent.name}_{index + 1}", human_input_mode="NEVER")
        reply = config.get("reply_func_from_nested_chats") or "summary_from_nested_chats"
        agent.register_nested_chats(
            queue,
            lambda _: True,
            reply if callable(reply) else str(reply),
            position=0,
            use_async=use_async,
            config=config.get("config"),
        )
        agent.handoffs.set_after_work(AgentTarget(parent_agent))
        return agent

    def __str__(self) -> str:
        return "Transfer to nested chat"


@dataclass
class TerminateTarget(TransitionTarget):
    """Nobody: the conversation ends."""

    kind = "terminate"

    def landing(self, place: Place) -> Target[LayerEffect]:
        return finish("TerminateTarget")

    def display_name(self) -> str:
        return "Terminate"

    def normalized_name(self) -> str:
        return "terminate"

    def __str__(self) -> str:
        return "Terminate"


@dataclass
class StayTarget(TransitionTarget):
    """Whoever has it."""

    kind = "stay"

    def landing(self, place: Place) -> Target[LayerEffect]:
        return place.to_worker()

    def display_name(self) -> str:
        return "Stay"

    def normalized_name(self) -> str:
        return "stay"

    def __str__(self) -> str:
        return "Stay with agent"


@dataclass
class RevertToUserTarget(TransitionTarget):
    """The user."""

    kind = "user"

    def landing(self, place: Place) -> Target[LayerEffect]:
        return place.to_user()

    def display_name(self) -> str:
        return "Revert to User"

    def normalized_name(self) -> str:
        return "revert_to_user"

    def __str__(self) -> str:
        return "Revert to User"


@dataclass
class AskUserTarget(TransitionTarget):
    """Whom a human names."""

    kind = "ask"

    def landing(self, place: Place) -> Target[LayerEffect]:
        return place.to_asked()

    def display_name(self) -> str:
        return "Ask User"

    def normalized_name(self) -> str:
        return "ask_user"

    def __str__(self) -> str:
        return "Ask User"


@dataclass(init=False)
class RandomAgentTarget(TransitionTarget):
    """One of several agents, by lot; not whoever had the floor last."""

    kind = "random"
    agent_names: list[str] = field(default_factory=list)

    def __init__(self, agents: Sequence[ConversableAgent]) -> None:
        self.agent_names = [agent.name for agent in agents]

    def landing(self, place: Place) -> Target[LayerEffect]:
        return place.to_one_of(tuple(self.agent_names))

    def display_name(self) -> str:
        return "a random agent"

    def normalized_name(self) -> str:
        return "random_agent"

    def told(self) -> list[object]:
        return [self.kind, *self.agent_names]

    __str__ = TransitionTarget.__str__


def target_of(told: Sequence[object]) -> TransitionTarget:
    """The target that ``told`` says."""
    from .group_manager_target import GroupManagerSelectionMessageString, GroupManagerTarget

    match list(told):
        case ["name", str(name)]:
            return AgentNameTarget(name)
        case ["random", *names]:
            found = RandomAgentTarget([])
            found.agent_names = [str(name) for name in names]
            return found
        case ["manager", str(message)]:
            return GroupManagerTarget(GroupManagerSelectionMessageString(message))
        case [kind]:
            plain: tuple[type[TransitionTarget], ...] = (
                TerminateTarget,
                StayTarget,
                RevertToUserTarget,
                AskUserTarget,
            )
            return next((one for one in plain if one.kind == kind), GroupManagerTarget)()
        case _:
            raise InvalidValue(f"this is no target: {told!r:.80}")
