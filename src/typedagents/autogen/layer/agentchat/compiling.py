"""From a live agent, as it stands, to its policy in one conversation.

AutoGen's own reply functions become steps of ``policies``; the program's, and methods that a subclass has of its own, are
put in the run's table and called by an effect.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterator
from functools import partial
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, TypeAlias

from attrs import frozen
from msgspec.json import decode

from typedagents.autogen.exception_utils import NotRegistered
from typedagents.autogen.layer.configs import items
from typedagents.autogen.layer.messages import Plain, normalized
from typedagents.autogen.layer.python import Python
from typedagents.core.chain import Fold
from typedagents.core.handler import Call
from typedagents.core.log import Entry, Transcript
from typedagents.core.message import agent_name
from typedagents.core.team import Agent
from typedagents.core.view import Policy
from typedagents.core.wiring import Wiring

from .calling import CallPython, Came, LayerEffect, Live, What, performed
from .counting import counting
from .nesting import nested_step
from .policies import ClassicAgent, Hooks, PythonReply, Side, said
from .registering import (
    NestedChats,
    ReplyEntry,
    applies,
    called,
    group_of_entry,
    may_vary,
    native_name,
    same_function,
)
from .steps import CodeStep, HumanStep, ModelStep, ToolStep, looks_for_code, spec_of

if TYPE_CHECKING:
    from typedagents.autogen.agentchat.conversable_agent import ConversableAgent

    from .running import Running

Step: TypeAlias = Policy[LayerEffect]


@frozen(eq=False)
class Compiler:
    """Makes the policy of ``agent``, who talks with ``partner`` (None: with nobody in particular), in a run."""

    running: Running
    agent: ConversableAgent
    partner: ConversableAgent | None
    silent: bool = False
    counts_on: bool = False
    grouped: bool = False

    @property
    def partner_name(self) -> str:
        """Whom it talks with."""
        return "user" if self.partner is None else self.partner.name

    @property
    def side(self) -> Side:
        silent = self.silent if self.agent.silent is None else self.agent.silent
        me, whose = agent_name(self.agent.name), self.running.key_of(self.agent)
        return Side(me, whose, self.partner_name, silent, self.grouped)

    def seen(self, effect: CallPython) -> list[Plain]:
        """The messages that user Python is shown."""
        return self.running.history(effect.transcript, self.side)

    def agent_of(
        self,
        *,
        opens: Policy[LayerEffect] | None = None,
        past: Fold[Entry, Transcript] | None = None,
        exclude: Collection[object] = (),
        passed: tuple[str, ...] = (),
    ) -> Agent[LayerEffect]:
        """The agent, as the core takes it; ``opens``: what it says first, which has ``passed`` through these."""
        agent = self.agent
        steps, hooks = tuple(self.steps(exclude)), self.hooks()
        default = None if agent.default_auto_reply is None else said(agent.default_auto_reply)
        runs = frozenset(agent.function_map)
        wiring = Wiring(runs=runs, open=self.overriding("execute_function") is not None)
        policy = ClassicAgent(self.side, steps, hooks, default, opens, past, passed, wiring)
        return Agent(agent_name(agent.name), policy, agent.description)

    # --- reply functions ----------------------------------------------------------------------------------------

    def steps(self, exclude: Collection[object] = ()) -> Iterator[Step]:
        """Its reply functions, in order. One that is asked where AutoGen asks ``generate_reply`` takes their place."""
        own = self.overriding("generate_reply")
        if own and not exclude:
            yield self._method_reply(own)
            return
        for entry in self.agent.reply_entries:
            excluded = any(same_function(entry["reply_func"], one) for one in exclude)
            step = None if excluded else self.step(entry)
            if step is not None:
                yield step

    def step(self, entry: ReplyEntry) -> Step | None:
        """What one entry of the list becomes; None where it has no part in this run."""
        from .groups import GroupStep

        function = entry["reply_func"]
        name, is_twin = native_name(function)
        if name is not None:
            if is_twin or not applies(entry["trigger"], self.partner):
                return None
            own = self.overriding(name)
            return self._method_reply(own) if own else self.native(name)
        trigger, partner = entry["trigger"], self.partner
        varies = may_vary(trigger)
        if not varies and not applies(trigger, partner):
            return None
        asked = (lambda: applies(trigger, partner)) if varies else always
        if isinstance(function, NestedChats):
            return nested_step(self, function, asked, entry["config"])
        group = group_of_entry(entry)
        if group is not None:
            return None if iscoroutinefunction(function) else GroupStep(self, group, asked)
        if iscoroutinefunction(function) and self.running.mode == "sync":
            if entry["ignore_async_in_sync_chat"]:
                return None
            raise NotRegistered(
                f"the reply function {called(function)} of {self.agent.name!r} is async, and this chat is not: begin it "
                "with a_initiate_chat, or register it with ignore_async_in_sync_chat=True"
            )
        return self._python_reply(entry, function, asked)

    def native(self, name: str) -> Step | None:
        """AutoGen's own reply function of this name, as a step; None where the agent is not set up for it."""
        agent, side = self.agent, self.side
        if name == "check_termination_and_human_reply":
            asks = self.overriding("get_human_input")
            return HumanStep(
                side,
                agent.human_input_mode,
                agent.max_consecutive_auto_reply(self.partner),
                agent.is_terminal,
                counting(side.me, agent.auto_replies_to(self.partner) if self.counts_on else 0),
                "" if asks is None else asks.__qualname__,
            )
        if name in ("generate_tool_calls_reply", "generate_function_call_reply"):
            legacy = name == "generate_function_call_reply"
            return ToolStep(side, frozenset(agent.function_map), legacy, self.running.mode == "async")
        if name == "generate_code_execution_reply":
            return self._code()
        return self._model()

    def _code(self) -> Step | None:
        config = self.agent.code_settings
        if config is None:
            return None
        own = self.overriding("execute_code_blocks") or self.overriding("run_code")
        looks = looks_for_code(config.timeout, config.last_n)
        if own is None:
            return CodeStep(self.side, looks)
        run = self.agent.execute_code_blocks
        return CodeStep(
            self.side, looks, self.live("method", own.__qualname__, lambda effect: run(_pairs(effect)))
        )

    def _model(self) -> Step | None:
        agent, side = self.agent, self.side
        if not agent.has_model:
            return None
        if self.running.performs_models and all(
            native_name(one["reply_func"])[0] for one in agent.reply_entries
        ):
            _ = agent.model_config  # where none can be found, that is said before anything is sent
        config = agent.llm_config or {}
        told = (*items(config, "tools"), *items(config, "functions"))
        legacy = frozenset(str(one["name"]) for one in items(config, "functions"))
        return ModelStep(side, side.whose, agent.system_message, tuple(map(spec_of, told)), legacy)

    def _python_reply(self, entry: ReplyEntry, function: Python, asked: Callable[[], bool]) -> Step:
        def call(effect: CallPython) -> object:
            return function(
                self.agent, messages=self.seen(effect), sender=self.partner, config=entry["config"]
            )

        return PythonReply(self.live("reply", called(function), call, _replied), asked)

    def _method_reply(self, own: Python) -> Step:
        """A method of a subclass that replies: the whole of ``generate_reply``, or one of the five."""
        method: Python = getattr(self.agent, own.__name__)
        checked = _whole_reply if own.__name__.endswith("generate_reply") else _replied

        def call(effect: CallPython) -> object:
            return method(messages=self.seen(effect), sender=self.partner)

        return PythonReply(self.live("reply", own.__qualname__, call, checked), always)

    # --- hooks --------------------------------------------------------------------------------------------------

    def hooks(self) -> Hooks:
        """Its hooks, in the order in which they were registered."""

        def made(name: str, call: Callable[[Python, CallPython], object]) -> tuple[Live, ...]:
            hooks = self.agent.hook_lists[name]
            return tuple([self.live("hook", called(hook), partial(call, hook)) for hook in hooks])

        def send(hook: Python, effect: CallPython) -> object:
            return hook(sender=self.agent, message=_given(effect), recipient=self.partner, silent=self.silent)

        return Hooks(
            made("update_agent_state_before_reply", lambda hook, effect: hook(self.agent, self.seen(effect))),
            made("process_last_received_message", lambda hook, effect: hook(_given(effect))),
            made("process_all_messages_before_reply", lambda hook, effect: hook(self.seen(effect))),
            made("process_message_before_send", send) + tuple(self._ways()),
        )

    def _ways(self) -> Iterator[Live]:
        """The ``send`` of this agent and the ``receive`` of the other, where subclasses have their own."""
        partner = self.partner
        if partner is None:
            return
        other = Compiler(self.running, partner, self.agent)
        for side, way, whom in ((self, "send", partner), (other, "receive", self.agent)):
            own = side.overriding(way)
            if own is not None:
                method: Python = getattr(side.agent, own.__name__)
                yield self.live("hook", called(own), partial(_handed, method, whom), way=way)

    # --- the table ----------------------------------------------------------------------------------------------

    def overriding(self, name: str) -> Python | None:
        """The method of a subclass in place of ``name``, of the kind that this run calls where there are two."""
        both = (f"a_{name}", name) if self.running.mode == "async" else (name,)
        return next((own for one in both if (own := self.agent.overridden(one)) is not None), None)

    def live(
        self,
        what: What,
        name: str,
        call: Callable[[CallPython], object],
        checked: Callable[[object], object] = lambda value: value,
        *,
        way: str = "",
    ) -> Live:
        """Put ``call`` in the run's table, as the function of this ``name``; what it returns is recorded ``checked``.

        A message passes through a ``way``: what comes of it is what that hands on.
        """
        running, whose = self.running, self.side.whose

        def perform(effect: CallPython, within: Call) -> Came | Awaitable[Came]:
            now = running.now(within, effect)
            handed: list[object] = []
            now.passing = handed if way else None

            def came(value: object) -> Came:
                return running.came(self.agent, checked(value) if not way else handed[-1] if handed else None)

            return performed(now, lambda: call(effect), came)

        return Live(what, name, whose, running.place(what, whose, perform), self.partner_name, way)


def always() -> bool:
    """What applies to everybody who is met in this conversation."""
    return True


def _replied(value: object) -> object:
    """What a reply function returned, as it is recorded."""
    if not isinstance(value, tuple | list) or len(value) != 2:
        raise TypeError(f"a reply function returns (final, reply); it returned {value!r:.100}")
    return [bool(value[0]), _reply(value[1]) if value[0] else None]


def _whole_reply(value: object) -> object:
    """What ``generate_reply`` of a subclass returned, as it is recorded."""
    return [True, _reply(value)]


def _reply(value: object) -> object:
    return None if value is None else value if isinstance(value, str) else normalized(value)


def _given(effect: CallPython) -> object:
    found: object = decode(effect.arguments)
    return found


def _handed(way: Python, whom: ConversableAgent, effect: CallPython) -> object:
    return way(_given(effect), whom)


def _pairs(effect: CallPython) -> list[tuple[str, str]]:
    given = _given(effect)
    assert isinstance(given, list)
    return [(str(language), str(code)) for language, code in given]
