"""The floor goes to whom the manager's model names."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass

from typedagents.autogen.agentchat.group.context_str import ContextStr
from typedagents.autogen.layer.ag2.places import Place
from typedagents.autogen.layer.agentchat.calling import LayerEffect
from typedagents.policies.handing.targets import Target

from .transition_target import TransitionTarget

LIST = "{agentlist}"


class GroupManagerSelectionMessage(ABC):
    """What the model is asked; ``{agentlist}`` in it stands for the names."""

    @abstractmethod
    def words(self, values: Mapping[str, object]) -> str:
        """The words, where the context variables hold ``values``."""


@dataclass(frozen=True)
class GroupManagerSelectionMessageString(GroupManagerSelectionMessage):
    """These words."""

    message: str

    def words(self, values: Mapping[str, object]) -> str:
        return self.message


@dataclass(frozen=True)
class GroupManagerSelectionMessageContextStr(GroupManagerSelectionMessage):
    """Words with context variables in them."""

    context_str_template: str

    def words(self, values: Mapping[str, object]) -> str:
        return ContextStr(self.context_str_template).filled({**values, "agentlist": LIST})


@dataclass
class GroupManagerTarget(TransitionTarget):
    """Whom the manager's model names."""

    kind = "manager"
    selection_message: GroupManagerSelectionMessage | None = None

    def landing(self, place: Place) -> Target[LayerEffect]:
        return place.to_chosen(None if self.selection_message is None else self.selection_message.words)

    def display_name(self) -> str:
        return "the group manager"

    def normalized_name(self) -> str:
        return "group_manager"

    def told(self) -> list[object]:
        return (
            [self.kind] if self.selection_message is None else [self.kind, self.selection_message.words({})]
        )

    def __str__(self) -> str:
        return "Transfer to the group manager"
