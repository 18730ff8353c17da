"""The agents of a group chat, and who of them speaks next: what programs ask a group themselves. A mixin of ``GroupChat``."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from typedagents.autogen.code_utils import content_str
from typedagents.autogen.exception_utils import AgentNameConflict, NoEligibleSpeaker, UndefinedNextAgent
from typedagents.autogen.io.base import IOStream
from typedagents.autogen.layer.ag2.arranged import Arranged
from typedagents.autogen.layer.configs import GivenConfig
from typedagents.autogen.layer.custom_clients import ModelClient
from typedagents.autogen.layer.python import Python
from typedagents.autogen.types import MessageContentType
from typedagents.core.effect import Perform
from typedagents.core.human import Typed
from typedagents.core.log import Log
from typedagents.core.message import agent_name
from typedagents.core.view import Roster, SharedView
from typedagents.interpreter.outcome import Outcome
from typedagents.policies.selecting.by_human import by_human
from typedagents.policies.selecting.naming import mentioned

from .asked_for import Run
from .groups import choice_of
from .running import RunMode, Running
from .selecting import SELECTOR

if TYPE_CHECKING:
    from typedagents.autogen.agentchat.conversable_agent import ConversableAgent
    from typedagents.autogen.agentchat.groupchat import GroupChat


class Speakers(Arranged):
    """See the module's text."""

    DEFAULT_INTRO_MSG: ClassVar[str]
    agents: Sequence[ConversableAgent]
    select_speaker_message_template: str
    select_speaker_prompt_template: str | None
    select_speaker_auto_model_client_cls: type[ModelClient] | list[type[ModelClient]] | None
    select_speaker_auto_llm_config: GivenConfig

    def _group(self) -> GroupChat:
        from typedagents.autogen.agentchat.groupchat import GroupChat

        assert isinstance(self, GroupChat)
        return self

    @property
    def agent_names(self) -> list[str]:
        """The names of the agents."""
        return [agent.name for agent in self.agents]

    def _mentioned_agents(
        self, message_content: MessageContentType, agents: Sequence[ConversableAgent] | None
    ) -> dict[str, int]:
        names = [agent_name(one.name) for one in (self.agents if agents is None else agents)]
        return {f"{name}": count for name, count in mentioned(content_str(message_content), names).items()}

    def agent_by_name(
        self, name: str, recursive: bool = False, raise_on_name_conflict: bool = False
    ) -> ConversableAgent | None:
        """The agent of this name, or None; ``recursive``: in groups within the group as well."""
        found = [
            one for one in (self._group().nested_agents() if recursive else self.agents) if one.name == name
        ]
        if raise_on_name_conflict and len(found) > 1:
            raise AgentNameConflict(f"{len(found)} agents are named {name!r}")
        return found[0] if found else None

    def next_agent(
        self, agent: ConversableAgent, agents: Sequence[ConversableAgent] | None = None
    ) -> ConversableAgent:
        """Who of ``agents`` (None: of all) comes next after ``agent``, in the order of the group."""
        names, among = self.agent_names, self.agents if agents is None else agents
        start = names.index(agent.name) + 1 if agent.name in names else 0
        strangers = [one.name for one in among if one not in self.agents]
        found = next((one for one in (*self.agents[start:], *self.agents[:start]) if one in among), None)
        if found is None or strangers:
            raise UndefinedNextAgent(
                f"the next speaker is one of {', '.join(names)}; found {', '.join(strangers) or 'nobody'} to choose from"
            )
        return found

    # --- selecting ----------------------------------------------------------------------------------------------

    def select_speaker_msg(self, agents: Sequence[ConversableAgent] | None = None) -> str:
        """What a model is instructed by that selects one of ``agents``."""
        return self.select_speaker_message_template.format(
            roles=self._roles(agents), agentlist=self._listed(agents)
        )

    def select_speaker_prompt(self, agents: Sequence[ConversableAgent] | None = None) -> str | None:
        """What it is asked behind the conversation."""
        template = self.select_speaker_prompt_template
        return None if template is None else template.format(agentlist=self._listed(agents))

    def introductions_msg(self, agents: Sequence[ConversableAgent] | None = None) -> str:
        """What everybody is told of ``agents`` where introductions are sent."""
        return f"{self.DEFAULT_INTRO_MSG}\n\n{self._roles(agents)}"

    def _roles(self, agents: Sequence[ConversableAgent] | None) -> str:
        shown = self.agents if agents is None else agents
        return "\n".join(f"{agent.name}: {agent.description}".strip() for agent in shown)

    def _listed(self, agents: Sequence[ConversableAgent] | None) -> list[str]:
        return [agent.name for agent in (self.agents if agents is None else agents)]

    def manual_select_speaker(
        self, agents: Sequence[ConversableAgent] | None = None
    ) -> ConversableAgent | None:
        """Whom a human chooses of ``agents``; the first where they choose nobody."""
        among = {agent_name(one.name): one.description for one in (self.agents if agents is None else agents)}
        steps = by_human()(SharedView(Log(), Roster(among), ""))
        try:
            request = next(steps)
            while isinstance(request, Perform):
                request = steps.send(Typed(IOStream.get_default().input(request.effect.question)))
        except StopIteration as chosen:
            return self.agent_by_name(str(getattr(chosen.value, "agent", chosen.value)))
        return None

    def random_select_speaker(self, agents: Sequence[ConversableAgent] | None = None) -> ConversableAgent:
        """Any of ``agents``."""
        return random.choice(self.agents if agents is None else agents)  # no secret hangs on it

    def select_speaker(self, last_speaker: ConversableAgent, selector: ConversableAgent) -> ConversableAgent:
        """Who speaks after ``last_speaker``; the model of ``selector`` is asked, where one is."""
        return self._selecting(last_speaker, selector).held()

    async def a_select_speaker(
        self, last_speaker: ConversableAgent, selector: ConversableAgent
    ) -> ConversableAgent:
        """The same in the current event loop."""
        return await self._selecting(last_speaker, selector).a_held()

    def _selecting(self, last: ConversableAgent, selector: ConversableAgent) -> Run[ConversableAgent]:
        return Run(lambda running: choice_of(running, self._group(), last, selector), self._found)

    def _found(self, running: Running, outcome: Outcome) -> ConversableAgent:
        last = outcome.transcript.last
        found = None if last is None else self.agent_by_name(last.text)
        if found is None:
            raise NoEligibleSpeaker(f"nobody may speak next: {outcome.reason}")
        return found

    def own_selection(self, mode: RunMode) -> Python | None:
        """The program's own ``select_speaker``, where a subclass has one."""
        for name in ("a_select_speaker", "select_speaker")[mode == "sync" :]:
            if getattr(type(self), name) is not getattr(Speakers, name):
                own: Python = getattr(self, name)
                return own
        return None

    def selecting_agent(self, manager: ConversableAgent) -> ConversableAgent:
        """Whose model selects: the manager's, unless the group has one for that."""
        if not self.select_speaker_auto_llm_config:
            return manager
        from typedagents.autogen.agentchat.conversable_agent import ConversableAgent

        agent = ConversableAgent(SELECTOR, llm_config=self.select_speaker_auto_llm_config)
        given = self.select_speaker_auto_model_client_cls
        for kind in given if isinstance(given, list) else () if given is None else (given,):
            agent.register_model_client(kind)
        return agent
