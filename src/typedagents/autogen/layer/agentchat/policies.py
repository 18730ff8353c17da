"""Agents of the layer as policies of the core.

A reply function of AutoGen's own is a policy here; one of the program's is called by an effect. They are asked in the
order of the agent's list; the first that is final holds. Hooks before them change what they are shown, hooks behind them
what is sent, and what is sent is told to whoever prints.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from types import GeneratorType
from typing import TypeAlias

from attrs import evolve, field, frozen

from typedagents.autogen.layer.console.printing import Spoken
from typedagents.autogen.layer.messages import (
    answer_of,
    classic,
    normalized,
    parts_of,
    text_of,
)
from typedagents.core.chain import Fold
from typedagents.core.context import Change
from typedagents.core.deciding import consult
from typedagents.core.decision import Decision, Draft, Pass, Reply, Stop
from typedagents.core.effect import Request, Tell
from typedagents.core.json_text import json_text
from typedagents.core.log import Entry, Transcript
from typedagents.core.message import AgentName, Message, Origin
from typedagents.core.parts import ToolCall, ToolResult
from typedagents.core.view import Policy, View
from typedagents.core.wiring import NO_WIRING, Wiring
from typedagents.policies.calling.settling import changed

from .calling import Came, LayerEffect, Live

Steps: TypeAlias = Generator[Request[LayerEffect], object, Decision]
SYSTEM = "autogen.system_message."


@frozen
class Side:
    """One agent in one conversation, as values: who it is there (``whose``: in the run), and with whom it talks."""

    me: AgentName
    whose: str
    partner: str
    silent: bool = False
    grouped: bool = False

    def tell(self, what: object) -> Generator[Request[LayerEffect], object, None]:
        """Tell whoever prints, unless this agent is silent here."""
        if not self.silent:
            yield Tell(what)


def changes_of(came: Came) -> tuple[Change, ...]:
    """What user Python changed that later turns go by."""
    systems = [Change(f"{SYSTEM}{whose}", json_text(text)) for whose, text in came.systems]
    return (*systems, *(Change(name, json) for name, json in came.variables))


def said(message: object, origin: Origin = "program", changes: tuple[Change, ...] = ()) -> Reply:
    """The reply that a text or a dict stands for; it is said though it may be empty."""
    return Reply((Draft(parts_of(normalized(message)), origin, blank=True),), changes=changes)


def nothing_said(me: str) -> Stop:
    """What it means when a reply is None."""
    return Stop(f"{me} has no reply")


# --- the program's own reply functions --------------------------------------------------------------------------


@frozen
class PythonReply:
    """A reply function of the program's; ``applies``: whether its trigger does."""

    live: Live
    applies: Callable[[], bool] = field(eq=False)

    def __call__(self, view: View, /) -> Pass | Steps:
        return self._called(view) if self.applies() else Pass()

    def _called(self, view: View) -> Steps:
        came = yield from self.live(view.transcript)
        final, reply = _final(came.value)
        changes = changes_of(came)
        if not final:
            return Reply((), changes=changes) if changes else Pass()
        return nothing_said(view.me) if reply is None else said(reply, changes=changes)


def _final(value: object) -> tuple[bool, object]:
    if isinstance(value, list) and len(value) == 2:
        return bool(value[0]), value[1]
    raise TypeError(f"a reply function returns (final, reply); found {value!r:.100}")


# --- the whole agent --------------------------------------------------------------------------------------------


@frozen
class Hooks:
    """What is called before a reply is looked for, and before it is sent."""

    update: tuple[Live, ...] = ()
    last: tuple[Live, ...] = ()
    all: tuple[Live, ...] = ()
    send: tuple[Live, ...] = ()

    @property
    def prepares(self) -> bool:
        """Whether anything is called before a reply is looked for."""
        return bool(self.update or self.last or self.all)


@frozen
class ClassicAgent:
    """The policy of one agent in one conversation. ``opens``: what it says in the first turn, where it begins."""

    side: Side
    steps: tuple[Policy[LayerEffect], ...]
    hooks: Hooks = Hooks()
    default: Reply | None = None
    opens: Policy[LayerEffect] | None = None
    past: Fold[Entry, Transcript] | None = None
    passed: tuple[str, ...] = ()
    wiring: Wiring = NO_WIRING

    def __call__(self, view: View, /) -> Steps:
        if self.past is not None:
            view = view.showing(view.log.fold(self.past))
        if self.opens is not None and view.turn == 0:
            decision = yield from consult(self.opens, view)
        else:
            decision = yield from self._answer(view)
        if not isinstance(decision, Reply) or (self.side.silent and not self.hooks.send):
            return decision
        return (yield from self._sent(decision, view))

    def _answer(self, view: View) -> Steps:
        changes: tuple[Change, ...] = ()
        if self.hooks.prepares:
            view, changes = yield from self._prepared(view)
        for step in self.steps:
            answer = step(view)
            if isinstance(answer, Pass):  # most of them, in most turns
                continue
            decision = (yield from answer) if isinstance(answer, GeneratorType) else answer
            if isinstance(decision, Stop):
                return decision
            if isinstance(decision, Reply):
                if decision.drafts:
                    return evolve(decision, changes=(*changes, *decision.changes)) if changes else decision
                changes = (*changes, *decision.changes)
                view = changed(view, decision.changes)
        if self.default is None:
            return nothing_said(view.me)
        return evolve(self.default, changes=changes) if changes else self.default

    def _prepared(
        self, view: View
    ) -> Generator[Request[LayerEffect], object, tuple[View, tuple[Change, ...]]]:
        """What the reply functions are shown, and what hooks changed."""
        changes: tuple[Change, ...] = ()
        for hook in self.hooks.update:
            came = yield from hook(view.transcript)
            changes += changes_of(came)
            view = changed(view, changes_of(came))
        for hook in self.hooks.last:
            last = view.transcript.last
            if last is None or not _is_words(last):
                break
            content = classic(last, view.me)["content"]
            came = yield from hook(view.transcript, content)
            if came.value != content:
                other = Message(last.sender, parts_of(normalized({"content": came.value})), last.origin)
                view = view.showing(view.transcript.prefix(len(view.transcript) - 1).append(other))
        for hook in self.hooks.all:
            came = yield from hook(view.transcript)
            view = view.showing(_shown(came.value, view, self.side))
        return view, changes

    def _sent(self, reply: Reply, view: View) -> Steps:
        """``reply`` as hooks would have it sent, told to whoever prints."""
        drafts: list[Draft] = []
        opening = self.opens is not None and view.turn == 0
        hooks = [one for one in self.hooks.send if not (opening and one.way in self.passed)]
        for draft in reply.drafts:
            origin = draft.origin or reply.origin
            message = Message(view.me, draft.parts, origin)
            for hook in hooks:
                before = answer_of(message)
                came = yield from hook(view.transcript, before)
                if came.value is None:
                    return Stop(f"a message of {view.me} was not handed on by {hook.function}")
                if came.value != before:
                    message = Message(view.me, parts_of(normalized(came.value)), origin)
            yield from self.side.tell(Spoken(view.me, self.side.partner, message))
            drafts.append(Draft(message.parts, origin, blank=True))
        return evolve(reply, drafts=drafts)


def _is_words(message: Message) -> bool:
    """Whether there is in it what a hook for the last message changes."""
    calls = any(isinstance(part, ToolCall | ToolResult) for part in message.parts)
    return not calls and text_of(classic(message, "")["content"]) != "exit"


def _shown(value: object, view: View, side: Side) -> Transcript:
    """The messages that a hook wants to be shown. Those that it leaves as they are stay the same messages."""
    if not isinstance(value, list):
        raise TypeError(f"process_all_messages_before_reply returns a list of messages; found {value!r:.100}")
    known = {json_text(classic(one, view.me, grouped=side.grouped)): one for one in view.transcript}
    return Transcript(known.get(json_text(one)) or heard(one, view) for one in value)


def heard(given: Mapping[str, object], view: View) -> Message:
    """A dict of a history as a message: the name says whose it is, else the role."""
    others = [name for name in view.roster if name != view.me] or [AgentName("user")]
    named = next((name for name in others if name == given.get("name")), None)
    if named is not None and given.get("role") == "assistant":
        given = {**given, "role": "user"}
    return message_in(given, view.me, named or others[0])


def message_in(given: Mapping[str, object], me: AgentName, partner: AgentName) -> Message:
    """A dict of ``me``'s history with ``partner`` as a message."""
    mine = given.get("role") == "assistant"
    sender = me if mine else partner
    plain = normalized(given)
    if plain.get("name") == sender and "role" not in plain:
        del plain["name"]
    return Message(sender, parts_of(plain))
