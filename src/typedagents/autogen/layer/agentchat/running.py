"""Runs of the layer: what is called live in them, who performs, and what they leave behind.

A run is made for each chat that a program begins. One that begins within user Python of another run is held inside that
call: its trace is the outer one's.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal, TypeAlias, TypeVar

from attrs import define, evolve, field, frozen

from typedagents.autogen.io.base import IOStream
from typedagents.autogen.layer.console.printing import Begins, Line, Spoken, show
from typedagents.autogen.layer.logged import run_loggers
from typedagents.autogen.layer.messages import Plain, history
from typedagents.autogen.layer.settings import Settings, Trace, settings
from typedagents.autogen.layer.slips import warn_of_how_it_ended
from typedagents.core.code import CodeResult, RunCode
from typedagents.core.effect import E, EffectFailed, proved
from typedagents.core.errors import ConfigError, PolicyError, TypedAgentsError
from typedagents.core.handler import Call
from typedagents.core.human import AskHuman, HumanAnswer, Typed
from typedagents.core.json_text import json_text
from typedagents.core.log import Log, Transcript
from typedagents.core.message import Message, agent_name
from typedagents.core.model import CallModel, ModelReply
from typedagents.core.parts import Text, ToolResult
from typedagents.core.stop import EffectFailure, StopReason
from typedagents.core.team import Team
from typedagents.core.tool import CallTool
from typedagents.core.turn import Ended
from typedagents.core.view import STANDING
from typedagents.interpreter.events import Observed, Observing
from typedagents.interpreter.outcome import Outcome
from typedagents.interpreter.ports import ModelProvider
from typedagents.interpreter.world import World

from .calling import (
    AskPerson,
    CallFunction,
    CallPython,
    Came,
    Current,
    LayerEffect,
    Perform,
    Performed,
    RunProgram,
    What,
    current,
    performed,
)
from .counting import counting
from .policies import Side, changes_of
from .remembering import before_opening, grown, remembered

if TYPE_CHECKING:
    from typedagents.autogen.agentchat.conversable_agent import ConversableAgent
    from typedagents.autogen.agentchat.groupchat import GroupChat
    from typedagents.autogen.layer.ag2.shared import Shared

    from .chats import Chat

T = TypeVar("T")
RunMode: TypeAlias = Literal["sync", "async"]
DEEPEST = 20
"""How deep runs may be held inside of one another: each level takes dozens of frames of Python's stack."""


@frozen(eq=False)
class Held:
    """A chat of a run is over: told by whoever held it. ``id``: which one of those asked for together."""

    id: int
    chat: Chat
    ended: Ended
    outermost: bool = True


@frozen(eq=False)
class Stands:
    """How a group chat stands in a run: what was said in it, and the ``log`` of it while it is held."""

    groupchat: GroupChat
    manager: ConversableAgent
    transcript: Transcript = field(factory=Transcript)
    log: Log | None = None

    def at(self, log: Log) -> Stands:
        """The same after ``log``."""
        return evolve(self, transcript=remembered(before_opening(log), log), log=log)


@define(eq=False)
class Running:
    """A run under way: its agents by their keys, and what an effect finds by them."""

    mode: RunMode
    chosen: Settings = field(factory=settings)
    io: IOStream = field(factory=IOStream.get_default)
    outer: Current | None = field(factory=current.get)
    table: dict[tuple[str, str], list[Perform]] = field(factory=dict)
    agents: dict[str, ConversableAgent] = field(factory=dict)
    systems: dict[str, str] = field(factory=dict)
    held: list[Held] = field(factory=list)
    pasts: dict[tuple[int, int], Transcript] = field(factory=dict)
    stands: dict[int, Stands] = field(factory=dict)
    variables: dict[int, Shared] = field(factory=dict)
    raised: BaseException | None = None
    _models: dict[str, ModelProvider] = field(factory=dict)
    _shown: dict[tuple[str, str], tuple[Transcript, list[Plain]]] = field(factory=dict)

    def key_of(self, agent: ConversableAgent) -> str:
        """What ``agent`` is called in this run: its name, unless another has that already."""
        wanted, place = agent.name, 1
        while True:
            key = wanted if place == 1 else f"{wanted}#{place}"
            if self.agents.setdefault(key, agent) is agent:
                self.systems.setdefault(key, agent.system_message)
                return key
            place += 1

    def past_of(self, agent: ConversableAgent, partner: ConversableAgent) -> Transcript:
        """What ``agent`` has of its conversation with ``partner``, in this run or before it."""
        found = self.pasts.get((id(agent), id(partner)))
        return agent.history_with(partner) if found is None else found

    def begin(self, chat: Chat) -> None:
        """What the parties of ``chat`` have of one another when it begins."""
        for one, other in chat.pairs:
            self.pasts[id(one), id(other)] = Transcript() if chat.clear_history else self.past_of(one, other)

    def keep(self, chat: Chat, ended: Ended) -> None:
        """What the parties of ``chat`` have of one another from now on in this run."""
        for one, other in chat.pairs:
            place = id(one), id(other)
            self.pasts[place] = chat.kept(one, other, self.pasts[place], ended.log)
        if chat.groupchat is not None:
            over = Stands(chat.groupchat, chat.recipient).at(ended.log)
            self.stands[id(chat.groupchat)] = evolve(over, log=None)

    def leave(self, *held: Held) -> None:
        """Have the agents remember the chats of this run, those nested in replies first."""
        for one in held:
            self.keep(one.chat, one.ended)
        for one in (*self.held, *held):
            chat, log = one.chat, one.ended.log
            # The manager alone hears a group.
            speaks = chat.starter if chat.groupchat is None else chat.recipient
            warn_of_how_it_ended(one.ended, speaks, chat.recipient)
            over = stopped_by(one.ended)
            for agent, other in chat.pairs:
                agent.remember(other, self.pasts[id(agent), id(other)])
                before = agent.auto_replies_to(other) if chat.counts_on else 0
                count = counting(agent_name(agent.name), before)
                agent.counted(other, 0 if over == agent.name else log.fold(count).replies)
        for at in self.stands.values():
            at.groupchat.remember(at.transcript)

    # --- groups -------------------------------------------------------------------------------------------------

    def said_in(self, groupchat: GroupChat) -> Transcript:
        """What was said in a group chat, in this run or before it."""
        at = self.stands.get(id(groupchat))
        return groupchat.transcript if at is None else at.transcript

    def told(
        self, agent: ConversableAgent, manager: ConversableAgent, messages: Sequence[Message]
    ) -> Transcript:
        """What ``agent`` has of its conversation with ``manager``, who has told it ``messages``."""
        for place in ((id(agent), id(manager)), (id(manager), id(agent))):
            self.pasts[place] = self.pasts[place].fork().extend(messages)
        return self.pasts[id(agent), id(manager)]

    def heard(self, agent: object, partner: ConversableAgent) -> Transcript | None:
        """What ``agent`` has of its conversation with ``partner`` as the run stands, where it knows of one."""
        past = self.pasts.get((id(agent), id(partner)))
        for at in self.stands.values():
            if past is not None and at.log is not None and at.manager in (agent, partner):
                return grown(past, at.log)
        return past

    @property
    def performs_models(self) -> bool:
        """Whether the agents' own models are asked."""
        known = self.chosen.known
        return self.chosen.models is None and (known is None or known.live)

    def history(self, transcript: Transcript, side: Side) -> list[Plain]:
        """``transcript`` as dicts for a function of the program's: those it was shown last, and what is new.

        They are this side's own: what a function writes into them changes nothing that was said.
        """
        before, shown = self._shown.get((side.whose, side.partner), (Transcript(), []))
        if len(before) > len(transcript) or transcript.prefix(len(before)) != before:
            before, shown = Transcript(), []
        shown += history(transcript.since(len(before)), side.me, grouped=side.grouped)
        self._shown[side.whose, side.partner] = (transcript, shown)
        return shown.copy()

    # --- performing ---------------------------------------------------------------------------------------------

    def world(self) -> World[Performed]:
        """Who performs the effects of this run, and where it is recorded."""
        handler = (
            CallModel.by(self._watched(self._model))
            | AskHuman.by(self._watched(self._ask))
            | CallTool.by(self._watched(self._call))
            | RunCode.by(self._watched(self._run))
            | CallPython.by(self._watched(self._python))
        )
        chosen = self.chosen
        logged = run_loggers(self.agents, self._models)
        return World(handler, chosen.store, chosen.budget, (*chosen.watchers, *logged, Observing(self._heed)))

    def _watched(
        self, perform: Callable[[E, Call], T | Awaitable[T]]
    ) -> Callable[[E, Call], T | Awaitable[T]]:
        """``perform``, whose errors are kept, to be raised again where the chat was begun."""

        def watched(effect: E, call: Call) -> T | Awaitable[T]:
            try:
                value = perform(effect, call)
            except Exception as error:
                self.raised = error
                raise
            return self._awaited(value) if isinstance(value, Awaitable) else value

        return watched

    async def _awaited(self, pending: Awaitable[T]) -> T:
        try:
            return await pending
        except Exception as error:
            self.raised = error
            raise

    def _heed(self, seen: Observed) -> None:
        """Print what is told, and keep the chats that are over and how those stand that are held."""
        match seen.observation:
            case Held() as held:
                self.held.append(held)
            case Stands() as stands:
                self.stands[id(stands.groupchat)] = stands
                stands.groupchat.heed(self, stands.log)
            case Spoken() | Line() | Begins() as shown:
                show(shown, self.io)
            case _:
                pass

    def now(self, call: Call, effect: CallPython | CallFunction) -> Current:
        """What user Python finds itself in that performs ``effect``."""
        return Current(self, call, effect.whose, effect.partner, effect.transcript, self.outer)

    def _python(self, asked: CallPython, call: Call) -> Came | Awaitable[Came]:
        return self.table[asked.what, asked.whose][asked.place](asked, call)

    def place(self, what: What, whose: str, perform: Perform) -> int:
        """Put ``perform`` in the next place of its kind."""
        places = self.table.setdefault((what, whose), [])
        places.append(perform)
        return len(places) - 1

    def came(self, agent: ConversableAgent, value: object = None) -> Came:
        """What user Python of ``agent`` returned, and which system messages and variables it changed meanwhile."""
        other = tuple(
            (key, agent.system_message)
            for key, agent in self.agents.items()
            if agent.system_message != self.systems[key]
        )
        self.systems.update(other)
        shared = self.variables.get(id(agent.context_variables))
        return Came(json_text(value), other, () if shared is None else shared.changed())

    def _model(self, asked: CallModel, call: Call) -> ModelReply | Awaitable[ModelReply]:
        whose = asked.model
        if whose not in self._models:
            self._models[whose] = self._provider(whose)
        return self._models[whose].complete(asked.to(""), call)

    def _provider(self, whose: str) -> ModelProvider:
        agent, chosen = self.agents[whose], self.chosen.models
        found = chosen.get(agent.name) if isinstance(chosen, Mapping) else chosen
        if found is not None:
            return found
        return agent.model_provider(in_threads=self.mode == "async", store=self.chosen.cache)

    def _ask(self, effect: AskHuman, call: Call) -> HumanAnswer | Awaitable[HumanAnswer]:
        whose, method = (effect.whose, effect.method) if isinstance(effect, AskPerson) else (effect.me, "")
        agent = self.agents[whose]
        if self.chosen.human is not None and not method:
            return self.chosen.human.answer(effect, call)
        ask = agent.get_human_input if self.mode == "sync" else agent.a_get_human_input
        now = Current(self, call, whose, "", effect.transcript, self.outer)
        return performed(now, lambda: ask(effect.question), lambda text: _typed(agent, text))

    def _call(self, effect: CallTool, call: Call) -> ToolResult | Awaitable[ToolResult]:
        asked = proved(effect, CallFunction)
        agent = self.agents[asked.whose]
        now = self.now(call, asked)

        def came(value: object) -> ToolResult:
            ok, content = _executed(value)
            changes = changes_of(self.came(agent))
            return ToolResult(asked.call_id, asked.name, (Text(content),), failed=not ok, changes=changes)

        return performed(now, lambda: agent.executed(asked, self.mode), came)

    def _run(self, effect: RunCode, call: Call) -> CodeResult | Awaitable[CodeResult]:
        asked = proved(effect, RunProgram)
        agent = self.agents[asked.whose]
        executor = self.chosen.executor or agent.native_executor()
        return executor.run(asked, call)

    # --- running ------------------------------------------------------------------------------------------------

    def run(self, team: Team[LayerEffect], said: Log | None = None) -> Outcome:
        """Hold a conversation in this thread."""
        with self._begun() as (world, under, trace, resumed):
            if resumed is not None:
                outcome = world.resume_sync(team, resumed)
            elif trace is not None:
                outcome = world.replay(team, trace)
            else:
                outcome = world.run_sync(team, after=said, name=self.chosen.name, under=under)
        return self._ended(outcome)

    async def run_async(self, team: Team[LayerEffect], said: Log | None = None) -> Outcome:
        """The same in the current event loop."""
        with self._begun() as (world, under, trace, resumed):
            if resumed is not None:
                outcome = await world.resume(team, resumed)
            elif trace is not None:
                outcome = world.replay(team, trace)
            else:
                outcome = await world.run(team, after=said, name=self.chosen.name, under=under)
        return self._ended(outcome)

    @contextmanager
    def _begun(self) -> Iterator[tuple[World[Performed], Call | None, Trace | None, str | None]]:
        """The world, and within which call it runs, or which trace it follows, or goes on with."""
        depth, outer, known = 0, self.outer, self.chosen.known
        while outer is not None:
            depth, outer = depth + 1, outer.outer
        if depth > DEEPEST:
            raise ConfigError(
                f"chats are held within chats {depth} deep; does a function begin the chat it is called in? "
                f"At most {DEEPEST} are held inside of one another"
            )
        under = None if self.outer is None else self.outer.call
        trace = None if known is None or under is not None else known.next()
        resumed = trace if known is not None and known.live and isinstance(trace, str) else None
        try:
            yield self.world(), under, trace, resumed
        except PolicyError as error:
            raise _own_fault(error) from error

    def _ended(self, outcome: Outcome) -> Outcome:
        """``outcome``, unless an effect failed that nobody dealt with: that is raised."""
        for name, charges in outcome.bill.by_agent:
            for key, agent in self.agents.items():
                if key == name:
                    agent.charge(charges)
        raise_failure(outcome.reason, self.raised)
        return outcome


def raise_failure(reason: StopReason, raised: BaseException | None) -> None:
    """Raise what an effect failed by, where that is why a conversation ended."""
    if isinstance(reason, EffectFailure):
        raise EffectFailed(reason.failure) if raised is None else raised


def _own_fault(error: PolicyError) -> BaseException:
    """What the program's own trigger or ``is_termination_msg`` raised, as it raised it."""
    cause = error.__cause__
    return error if cause is None or isinstance(cause, TypedAgentsError) else cause


def _typed(agent: ConversableAgent, text: object) -> Typed:
    if not isinstance(text, str):
        raise ConfigError(f"get_human_input of {agent.name!r} returns text; found {text!r:.60}")
    return Typed(text)


def _executed(value: object) -> tuple[bool, str]:
    """What ``execute_function`` returned: whether it worked, and the words."""
    if isinstance(value, tuple) and len(value) == 2 and isinstance(value[1], Mapping):
        return bool(value[0]), str(value[1].get("content", ""))
    raise ConfigError(f"execute_function returns (ok, message); found {value!r:.100}")


def stopped_by(ended: Ended) -> str:
    """Who ended a conversation: the one who had the floor, unless a limit of the chat did."""
    at = ended.log.fold(STANDING)
    return "" if at.floor is None or at.floor == at.speaker else at.floor
