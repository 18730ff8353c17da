"""Patterns of group chats: who takes part, who begins, and where the floor goes when nobody says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from attrs import frozen

from typedagents.autogen.agentchat.conversable_agent import ConversableAgent
from typedagents.autogen.agentchat.group.context_variables import ContextVariables
from typedagents.autogen.agentchat.group.targets.transition_target import TerminateTarget, TransitionTarget
from typedagents.autogen.agentchat.groupchat import GroupChatManager
from typedagents.autogen.exception_utils import InvalidValue
from typedagents.autogen.layer.ag2.grouping import PatternChat, Plan
from typedagents.autogen.layer.agentchat.chats import SummaryMethod

if TYPE_CHECKING:
    from typedagents.autogen.layer.messages import Plain

USER = "_User"
"""Who opens a group chat that has no user."""


@frozen(eq=False)
class Opened:
    """A group chat ready to be held: ``starter`` opens it with ``message``."""

    manager: GroupChatManager
    starter: ConversableAgent
    message: Mapping[str, object] | str
    goes_on: bool


class Pattern:
    """The group chat of ``agents`` and ``user_agent``, which ``initial_agent`` answers first.

    ``group_manager_args`` are GroupChatManager's; ``exclude_transit_message``: hand-overs are not shown to models.
    """

    def __init__(
        self,
        initial_agent: ConversableAgent,
        agents: Sequence[ConversableAgent],
        user_agent: ConversableAgent | None = None,
        group_manager_args: Mapping[str, object] | None = None,
        context_variables: ContextVariables | None = None,
        group_after_work: TransitionTarget | None = None,
        exclude_transit_message: bool = True,
        summary_method: SummaryMethod = "last_msg",
    ) -> None:
        self.initial_agent = initial_agent
        self.agents = list(agents)
        self.user_agent = user_agent
        self.group_manager_args = dict(group_manager_args or {})
        self.context_variables = ContextVariables() if context_variables is None else context_variables
        self.group_after_work: TransitionTarget = (
            TerminateTarget() if group_after_work is None else group_after_work
        )
        self.exclude_transit_message = exclude_transit_message
        self.summary_method: SummaryMethod = summary_method
        self._check()

    def _check(self) -> None:
        members = [*self.agents, *(() if self.user_agent is None else (self.user_agent,))]
        strangers = [one for one in (*members, self.initial_agent) if not isinstance(one, ConversableAgent)]
        if not self.agents or strangers:
            raise InvalidValue(
                f"a pattern's agents are ConversableAgents, at least one; found {strangers or 'none'}"
            )
        if self.initial_agent not in members:
            raise InvalidValue(
                f"the initial_agent is one of the agents; found {self.initial_agent.name!r} and "
                f"{', '.join(one.name for one in members)}"
            )
        if "groupchat" in self.group_manager_args:
            raise InvalidValue("the manager's groupchat is the pattern's; leave it out of group_manager_args")

    def after(self) -> Mapping[str, TransitionTarget]:
        """Where the floor goes when an agent has spoken, in place of what the agent says of that."""
        return {}

    def opened(self, max_rounds: int, messages: str | Sequence[Mapping[str, object]]) -> Opened:
        """The group chat, to be opened with ``messages``; all but the last were said before."""
        plan = Plan(
            self.initial_agent,
            tuple(self.agents),
            self.user_agent,
            self.context_variables,
            self.group_after_work,
            self.after(),
            self.exclude_transit_message,
        )
        chat = PatternChat(plan, max_rounds)
        manager = GroupChatManager(chat, **self.group_manager_args)  # type: ignore[arg-type]  # the base proves them
        manager.context_variables = self.context_variables
        given = [{"role": "user", "content": messages}] if isinstance(messages, str) else list(messages)
        if not given:
            raise InvalidValue("a group chat is opened with at least one message; found none")
        if len(given) > 1:
            starter, last = manager.resume(self._named(given), silent=True)
            return Opened(manager, starter, last, goes_on=True)
        return Opened(manager, self._starter(given[0]), _without_name(given[0]), goes_on=False)

    def _named(self, given: Sequence[Mapping[str, object]]) -> list[Plain]:
        """Messages with their speakers: those of nobody in particular are the user's, where there is one."""
        user = {} if self.user_agent is None else {"name": self.user_agent.name}
        return [{**user, **one} for one in given]

    def _starter(self, message: Mapping[str, object]) -> ConversableAgent:
        name, user = message.get("name"), self.user_agent
        if name is None:
            return ConversableAgent(USER) if user is None else user
        known: list[ConversableAgent] = [*self.agents, *(() if user is None else (user,))]
        for one in known:
            if one.name == name:
                return one
        raise InvalidValue(
            f"the message is by {name!r}, who is not in the group; it has: {', '.join(one.name for one in known)}"
        )


def _without_name(message: Mapping[str, object]) -> Plain:
    return {key: value for key, value in message.items() if key != "name"}


class DefaultPattern(Pattern):
    """The floor goes where agents hand it; where they do not, to ``group_after_work``: by default the chat ends."""
