"""The group chat of a pattern, as a team of the core: who speaks next is ``HandingOrder``'s to say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from functools import partial, reduce, wraps
from inspect import iscoroutinefunction
from operator import or_
from types import MappingProxyType
from typing import TYPE_CHECKING

from attrs import evolve, field, frozen

from typedagents.autogen.agentchat.conversable_agent import ConversableAgent
from typedagents.autogen.agentchat.group.context_variables import ContextVariables
from typedagents.autogen.agentchat.group.handoffs import Handoffs
from typedagents.autogen.agentchat.group.on_context_condition import OnContextCondition
from typedagents.autogen.agentchat.group.reply_result import ReplyResult
from typedagents.autogen.agentchat.group.targets.transition_target import TransitionTarget
from typedagents.autogen.agentchat.groupchat import GroupChat
from typedagents.autogen.exception_utils import InvalidValue
from typedagents.autogen.layer.agentchat.calling import LayerEffect, current
from typedagents.autogen.layer.agentchat.policies import ClassicAgent
from typedagents.autogen.layer.agentchat.selecting import Choosing, Selecting, auto
from typedagents.autogen.layer.agentchat.steps import ToolStep
from typedagents.autogen.layer.python import Python
from typedagents.core.decision import Chosen, Stop
from typedagents.core.log import Log
from typedagents.core.message import AgentName, agent_name
from typedagents.core.team import Agent, Team
from typedagents.core.view import Policy, Selector, SharedView
from typedagents.policies.guardrails import guard_received, guard_said
from typedagents.policies.handing.swarm import HandingOrder
from typedagents.policies.handing.targets import Target
from typedagents.policies.selecting.candidates import Candidates, those

from .expressions import values_in
from .injecting import callable_of
from .members import GroupToolStep, Guarded, WithoutTransit, member, offers_of
from .places import Place, Words
from .shared import Shared, values_of

if TYPE_CHECKING:
    from typedagents.autogen.layer.agentchat.compiling import Compiler
    from typedagents.autogen.layer.agentchat.running import Running, Stands

EXECUTOR = "_Group_Tool_Executor"


class GroupToolExecutor(ConversableAgent):
    """Calls the functions of all agents of a group; what they return may say who speaks next."""

    def __init__(self) -> None:
        super().__init__(EXECUTOR, "Calls functions.", human_input_mode="NEVER", code_execution_config=False)

    def have(self, agents: Sequence[ConversableAgent]) -> None:
        """Call the functions of these agents."""
        for agent in agents:
            told = {one.name: one.func for one in agent.tools}
            for name, function in {**told, **agent.function_map}.items():
                if name not in self.function_map:
                    self.register_for_execution(name)(_taken(callable_of(function, self), self))


def _taken(function: Python, executor: ConversableAgent) -> Python:
    """``function``, of whose result context variables and a target are taken."""

    def take(value: object) -> object:
        if not isinstance(value, ReplyResult | TransitionTarget):
            return value
        target = value if isinstance(value, TransitionTarget) else value.target
        if target is not None and target.needs_agent_wrapper():
            raise InvalidValue(
                f"a function cannot return {target.display_name()}; name an agent that holds it"
            )
        if isinstance(value, ReplyResult):
            executor.context_variables.update(values_of(value.context_variables))
        now = current.get()
        shared = None if now is None else now.running.variables.get(id(executor.context_variables))
        if shared is not None and target is not None:
            shared.target = target.told()
        return str(value)

    if iscoroutinefunction(function):

        @wraps(function)
        async def later(*args: object, **kwargs: object) -> object:
            return take(await function(*args, **kwargs))

        return later

    @wraps(function)
    def at_once(*args: object, **kwargs: object) -> object:
        return take(function(*args, **kwargs))

    return at_once


# --- who speaks next --------------------------------------------------------------------------------------------


@frozen(eq=False)
class InPattern(Selecting):
    """The selector of a pattern's group: its first agent, and then as hand-overs have it."""

    order: HandingOrder[LayerEffect] = field(kw_only=True)

    def chosen(self, view: SharedView) -> Choosing:
        if view.standing.messages == 1:
            return self.order.first
        return (yield from self.order(view))


@frozen(eq=False)
class ManagerChooses:
    """Has the manager's model name somebody, asked in ``words``."""

    compiler: Compiler
    groupchat: GroupChat
    among: Candidates
    words: Words

    def __call__(self, view: SharedView, /) -> Choosing:
        chat = self.groupchat
        if self.words is not None:
            chat = copy(chat)
            chat.select_speaker_prompt_template = self.words(values_in(view.log))
        found = auto(self.compiler, chat, self.among)(view)
        return found if found is None or isinstance(found, str | Chosen | Stop) else (yield from found)


@frozen(eq=False)
class Plan:
    """A pattern's group: ``after`` stands in place of what agents have for when they have spoken."""

    initial: ConversableAgent
    agents: tuple[ConversableAgent, ...]
    user: ConversableAgent | None
    variables: ContextVariables
    otherwise: TransitionTarget
    after: Mapping[str, TransitionTarget]
    hides_transit: bool

    def after_works(self, agent: ConversableAgent) -> Sequence[OnContextCondition]:
        """Where the floor goes when ``agent`` has spoken."""
        given = self.after.get(agent.name)
        return agent.handoffs.after_works if given is None else [OnContextCondition(target=given)]


class PatternChat(GroupChat):
    """The group chat that a pattern plans."""

    def __init__(self, plan: Plan, max_round: int) -> None:
        self.plan = plan
        self.executor = GroupToolExecutor()
        self.handoffs = {agent.name: _wrapped(agent) for agent in plan.agents}
        self.wrapped = [one for _, made in self.handoffs.values() for one in made]
        user = [] if plan.user is None or plan.user in plan.agents else [plan.user]
        members = [*plan.agents, *self.wrapped, *user]
        self.executor.have(members)
        for agent in (self.executor, *members):
            agent.context_variables = plan.variables
        super().__init__([self.executor, *members], [], max_round)

    def check(self) -> None:
        """Nothing is wrong with it that ``arranged`` would not find."""

    def heed(self, running: Running, log: Log | None) -> None:
        shared = running.variables.get(id(self.plan.variables))
        if shared is not None and log is not None:
            shared.heed(log)

    def arranged(
        self,
        team: Team[LayerEffect],
        log: Log | None,
        asks: Compiler,
        stands: Stands,
        starter: ConversableAgent,
    ) -> tuple[Team[LayerEffect], Log | None]:
        place = self._place(asks, starter)
        names = frozenset(
            offer.name for handoffs, _ in self.handoffs.values() for offer in offers_of(handoffs, place)
        )
        agents = {name: self._member(agent, asks, place, names) for name, agent in team.agents.items()}
        starts = agent_name(starter.name)
        selector = InPattern(stands, asks.side, starts, {}, order=self._order(place))
        team = evolve(team, agents=MappingProxyType(agents), select=selector)
        shared = asks.running.variables[id(self.plan.variables)] = Shared(self.plan.variables)
        found = shared.opened(log or Log(), starts)
        return team, found if len(found) else None

    def _place(self, asks: Compiler, starter: ConversableAgent) -> Place:
        plan = self.plan
        user = None if plan.user is None else agent_name(plan.user.name)
        aside = {EXECUTOR, starter.name} - {agent.name for agent in plan.agents}
        if plan.user is not None and not plan.after_works(plan.user):
            aside.add(plan.user.name)
        else:
            aside.discard(user or "")
        workers = tuple(agent_name(one.name) for one in self.agents if one is not self.executor)
        chosen = frozenset(one.name for one in self.agents) - {EXECUTOR} - {one.name for one in self.wrapped}
        by_manager = partial(self._by_manager, asks, those(lambda view: chosen))
        return Place(
            agent_name(plan.initial.name), workers, frozenset(aside), user, asks.side.whose, by_manager
        )

    def _by_manager(self, asks: Compiler, among: Candidates, words: Words) -> Selector[LayerEffect]:
        if not asks.agent.has_model:
            raise InvalidValue(
                "GroupManagerTarget: the group's manager has no model to select with; give the pattern one, by "
                "group_manager_args={'llm_config': ...}"
            )
        return ManagerChooses(asks, self, among, words)

    def _order(self, place: Place) -> HandingOrder[LayerEffect]:
        plan = self.plan
        after: dict[AgentName, Target[LayerEffect]] = {}
        for agent in self.agents:
            targets = [_target(one, place) for one in plan.after_works(agent)]
            if targets:
                after[agent_name(agent.name)] = reduce(or_, targets)
        user = place.user if place.user in place.aside else None
        return HandingOrder(place.first, plan.otherwise.landing(place), after, user, agent_name(EXECUTOR))

    def _member(
        self, made: Agent[LayerEffect], asks: Compiler, place: Place, names: frozenset[str]
    ) -> Agent[LayerEffect]:
        agent = next((one for one in self.agents if one.name == made.name), None)
        policy = made.policy
        if agent is None or not isinstance(policy, ClassicAgent):
            return made
        if agent is self.executor:
            offers = {
                offer.name: offer
                for handoffs, _ in self.handoffs.values()
                for offer in offers_of(handoffs, place)
            }
            steps = [
                GroupToolStep(step, offers, place) if isinstance(step, ToolStep) and not step.legacy else step
                for step in policy.steps
            ]
            return evolve(made, policy=evolve(policy, steps=tuple(steps)))
        handoffs = self.handoffs.get(agent.name, (agent.handoffs, ()))[0]
        own = member(policy, handoffs, place, _guarded(agent, asks.running, place))
        hides = self.plan.hides_transit and names
        return evolve(made, policy=WithoutTransit(own, names) if hides else own)


def _target(one: OnContextCondition, place: Place) -> Target[LayerEffect]:
    target = one.target.landing(place)
    return target if one.always else target.when(one.rule)


def _wrapped(agent: ConversableAgent) -> tuple[Handoffs, tuple[ConversableAgent, ...]]:
    """An agent's hand-overs, with agents in the place of targets that need one, and these agents."""
    from typedagents.autogen.agentchat.group.targets.transition_target import AgentTarget

    made: list[ConversableAgent] = []

    def stands_for(target: TransitionTarget) -> TransitionTarget:
        if not target.needs_agent_wrapper():
            return target
        made.append(target.create_wrapper_agent(agent, len(made)))
        return AgentTarget(made[-1])

    own = agent.handoffs
    handoffs = Handoffs(
        [
            OnContextCondition(
                target=stands_for(one.target), condition=one.condition, available=one.available
            )
            for one in own.context_conditions
        ],
        [
            type(one)(
                target=stands_for(one.target),
                condition=one.condition,
                available=one.available,
                llm_function_name=one.llm_function_name,
            )
            for one in own.llm_conditions
        ],
        own.after_works,
    )
    return handoffs, tuple(made)


def _guarded(agent: ConversableAgent, running: Running, place: Place) -> Guarded | None:
    """What puts an agent's guardrails around its policy."""
    if not (agent.input_guardrails or agent.output_guardrails):
        return None

    def guarded(policy: Policy[LayerEffect]) -> Policy[LayerEffect]:
        for one in reversed(agent.output_guardrails):
            policy = guard_said(policy, one.inspection(running), one.target.landing(place), one.message)
        for one in reversed(agent.input_guardrails):
            policy = guard_received(policy, one.inspection(running), one.target.landing(place), one.message)
        return policy

    return guarded
