"""Who speaks next in a group chat: by the selectors of the core, or by a function of the program's, among those whom the
transitions let follow, and after a call among those who can answer it.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Final, TypeAlias

from attrs import frozen

from typedagents.autogen.exception_utils import InvalidValue, NoEligibleSpeaker
from typedagents.autogen.layer.console.printing import Line, speaks
from typedagents.autogen.layer.messages import history
from typedagents.autogen.layer.python import Python
from typedagents.core.deciding import consult
from typedagents.core.decision import Choice, Chosen, Reply, Stop
from typedagents.core.effect import Perform, Request, Tell
from typedagents.core.errors import listed
from typedagents.core.log import Transcript
from typedagents.core.message import AgentName, agent_name
from typedagents.core.model import CallModel, ModelReply, Prompt
from typedagents.core.view import Policy, Roster, Selector, SharedView, View
from typedagents.policies.selecting.able import called as calls_in
from typedagents.policies.selecting.able import runners
from typedagents.policies.selecting.by_human import by_human
from typedagents.policies.selecting.by_model import ByModel
from typedagents.policies.selecting.candidates import Admits, Candidates
from typedagents.policies.selecting.naming import mentioned
from typedagents.policies.selecting.orders import at_random, in_order
from typedagents.policies.selecting.transitions import Transitions

from .calling import CallPython, LayerEffect, Live
from .policies import Side, message_in
from .registering import called
from .running import Stands

if TYPE_CHECKING:
    from typedagents.autogen.agentchat.conversable_agent import ConversableAgent
    from typedagents.autogen.agentchat.groupchat import GroupChat

    from .compiling import Compiler

METHODS: Final = ("auto", "manual", "random", "round_robin")
SELECTOR: Final = AgentName("speaker_selection_agent")
"""As whom a model selects."""

Choosing: TypeAlias = Generator[Request[LayerEffect], object, Choice]


@frozen(eq=False, repr=False)
class Eligible(Candidates):
    """Those whom the transitions let follow; after a call those who can answer it, where no transition lets one of them."""

    graph: Transitions
    members: frozenset[AgentName]
    filters: bool

    def admits(self, view: SharedView, /) -> Admits:
        follows = self.graph.admits(view)
        needed = calls_in(view.log.transcript.last) if self.filters else frozenset()
        if not needed:
            return follows
        able = self._able(view.roster, needed)
        return (frozenset(filter(follows, able)) or able).__contains__

    def _able(self, roster: Roster, needed: frozenset[str]) -> frozenset[AgentName]:
        """Who has the functions that are called; else who has any, and can say that these are not there."""
        some = frozenset(name for name, wiring in roster.wiring.items() if wiring.runs)
        able = (runners(roster, needed) & self.members) or (some & self.members)
        if not able:
            raise InvalidValue(
                f"nobody in the group has {listed(sorted(needed))}, which the last message calls: register it for an agent "
                "of the group, by register_for_execution"
            )
        return able

    def nobody(self, view: SharedView, names: Sequence[AgentName], /) -> str:
        return self.graph.nobody(view, names)


def eligible(groupchat: GroupChat, starter: ConversableAgent) -> Eligible:
    """Who may speak after whom; after somebody from outside, everybody."""
    names = [agent.name for agent in groupchat.agents]
    after = groupchat.allowed_speaker_transitions_dict
    edges = {
        agent.name: list(dict.fromkeys(one.name for one in after.get(agent, ()) if one.name in names))
        for agent in groupchat.agents
    }
    edges.setdefault(starter.name, names)
    return Eligible(
        Transitions("allowed", edges), frozenset(map(agent_name, names)), groupchat.func_call_filter
    )


# --- by a model -------------------------------------------------------------------------------------------------


@frozen(eq=False)
class Texts:
    """What a model is asked that selects: the templates of the group chat."""

    groupchat: GroupChat

    def _agents(self, names: Sequence[AgentName]) -> list[ConversableAgent]:
        return [agent for agent in self.groupchat.agents if agent.name in names]

    def instructing(self, roster: Roster, names: Sequence[AgentName], /) -> Prompt | None:
        return Prompt(self.groupchat.select_speaker_msg(self._agents(names)))

    def asking(
        self, roster: Roster, names: Sequence[AgentName], named: Sequence[AgentName] | None = None, /
    ) -> str:
        chat = self.groupchat
        if named is None:
            return chat.select_speaker_prompt(self._agents(names)) or ""
        several = chat.select_speaker_auto_multiple_template
        template = several if named else chat.select_speaker_auto_none_template
        return template.format(agentlist=[str(name) for name in names])


@frozen(eq=False)
class Auto:
    """Has a model select. ``live``: what changes the messages it is shown; ``verbose``: what it answers is told."""

    side: Side
    by_model: ByModel
    verbose: bool
    live: Live | None = None

    def __call__(self, view: SharedView, /) -> Choosing:
        if self.live is not None:
            came = yield from self.live(view.transcript)
            shown = came.value if isinstance(came.value, list) else []
            view = view.showing(Transcript(message_in(one, SELECTOR, self.side.me) for one in shown))
        steps = self.by_model(view)
        return (yield from self._told(steps, self.by_model.among(view)) if self.verbose else steps)

    def _told(
        self, steps: Generator[Request[LayerEffect], object, Choice], names: Sequence[AgentName]
    ) -> Choosing:
        tried = 0
        try:
            request = next(steps)
            while True:
                answer = yield request
                if isinstance(request, Perform) and isinstance(answer, ModelReply):
                    tried += 1
                    yield Tell(self._line(request.effect, answer.text, names, tried))
                request = steps.send(answer)
        except StopIteration as ended:
            choice: Choice = ended.value
            return choice

    def _line(self, asked: LayerEffect, answer: str, names: Sequence[AgentName], tried: int) -> Line:
        last = asked.transcript.last if isinstance(asked, CallModel) else None
        found = tuple(mentioned(answer, names))
        head = f"\n>>>>>>>> SELECTING A SPEAKER ({tried} of {1 + self.by_model.retries})..."
        tail = f">>>>>>>> NAMED: {', '.join(found) or 'nobody'}"
        return Line(
            f"{head}\n{last.text if last else ''}\n\n{answer}\n{tail}", "green" if len(found) == 1 else "red"
        )


def auto(compiler: Compiler, groupchat: GroupChat, among: Candidates) -> Selector[LayerEffect]:
    """By the model of the manager, or that of ``select_speaker_auto_llm_config``; in order where there is none."""
    asked = groupchat.selecting_agent(compiler.agent)
    if not asked.has_model:
        return in_order(among=among)
    by_model = ByModel(
        compiler.running.key_of(asked),
        among,
        "text",
        groupchat.max_retries_for_selecting_speaker,
        Texts(groupchat),
        me=SELECTOR,
        asker=groupchat.role_for_select_speaker_messages,
    )
    changes = groupchat.select_speaker_transform_messages
    live = None
    if changes is not None:
        shows = changes.apply_transform
        live = compiler.live("select", called(changes), lambda effect: shows(history(effect.transcript, "")))
    return Auto(compiler.side, by_model, groupchat.select_speaker_auto_verbose, live)


# --- the selector -----------------------------------------------------------------------------------------------


@frozen(eq=False)
class Selecting:
    """The selector of a group chat: its starter, and then by ``method``.

    ``live``: the program's own, which names an agent, a method, or nobody. ``before``: what the manager asks first, after
    the opening.
    """

    stands: Stands
    side: Side
    starter: AgentName
    methods: Mapping[str, Selector[LayerEffect]]
    method: str = ""
    live: Live | None = None
    before: tuple[Policy[LayerEffect], ...] = ()

    def __call__(self, view: SharedView, /) -> Choosing:
        yield Tell(self.stands.at(view.log))
        if view.standing.messages % self.stands.groupchat.max_round == 0:
            return self.starter
        for step in self.before if view.standing.messages == 1 else ():
            own = View(view.log, view.roster, view.conversation, self.side.me)
            decision = yield from consult(step, own)
            if isinstance(decision, Stop) or (isinstance(decision, Reply) and decision.drafts):
                return Stop(f"a reply function of {self.side.me} answered before the group could speak")
        choice = yield from self.chosen(view)
        name = choice.agent if isinstance(choice, Chosen) else choice
        if isinstance(name, str) and not self.side.silent:
            yield Tell(speaks(name))
        return choice

    def chosen(self, view: SharedView) -> Choosing:
        """Who speaks next, after an opening."""
        method = self.method
        if self.live is not None:
            came = yield from self.live(view.transcript)
            match came.value:
                case ["agent", str(name)]:
                    return name
                case str(other):
                    method = other
                case _:
                    return Stop(f"{self.live.function} named nobody to speak next")
        choice = self.methods[method](view)
        return choice if choice is None or isinstance(choice, str | Chosen | Stop) else (yield from choice)


def selecting(
    compiler: Compiler,
    stands: Stands,
    starter: ConversableAgent,
    select: Python | None = None,
    before: Sequence[Policy[LayerEffect]] = (),
) -> Selecting:
    """How a group chat selects in a run. ``compiler``: its manager's; ``select``: the program's own ``select_speaker``."""
    groupchat, manager, side = stands.groupchat, compiler.agent, compiler.side
    among = eligible(groupchat, starter)
    methods: Mapping[str, Selector[LayerEffect]] = {
        "auto": auto(compiler, groupchat, among),
        "manual": by_human(side.whose, among=among),
        "random": at_random(among),
        "round_robin": in_order(among=among),
    }
    given = groupchat.speaker_selection_method
    function = select or (given if callable(given) else None)
    starts = agent_name(starter.name)
    if function is None:
        return Selecting(stands, side, starts, methods, method_of(given), before=tuple(before))
    known = {agent.name: agent for agent in (starter, *groupchat.agents)}

    def call(effect: CallPython) -> object:
        last = effect.transcript.last
        speaker = starter if last is None else known.get(last.sender, manager)
        try:
            return function(speaker, groupchat if select is None else manager)
        except NoEligibleSpeaker:
            return None

    live = compiler.live("select", called(function), call, partial(_named, groupchat))
    return Selecting(stands, side, starts, methods, "", live, tuple(before))


def method_of(given: object) -> str:
    """A method by its name; ``ValueError`` where it is none."""
    name = given.lower() if isinstance(given, str) else ""
    if name not in METHODS:
        raise InvalidValue(
            f"speaker_selection_method is one of {', '.join(METHODS)}, or a function of the last speaker and the group; "
            f"found {given!r:.60}"
        )
    return name


def _named(groupchat: GroupChat, found: object) -> object:
    """Whom or what a function of the program's named, as it is recorded."""
    if found is None or isinstance(found, str):
        return found and method_of(found)
    if any(found is agent for agent in groupchat.agents):
        return ["agent", getattr(found, "name", "")]
    raise InvalidValue(
        f"a function that selects returns an agent of the group, one of {', '.join(METHODS)}, or None to end it; found "
        f"{getattr(found, 'name', found)!r:.60}; the group has: {', '.join(groupchat.agent_names)}"
    )
