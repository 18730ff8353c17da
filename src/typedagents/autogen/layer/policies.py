"""Agents of the layer as policies of the core.

A reply function of AutoGen's own is a policy here; one of the program's is called by an effect. They are asked in the
order of the agent's list; the first that is final holds. Hooks before them change what they are shown, hooks behind them
what is sent, and what is sent is told to whoever prints.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping
from typing import TYPE_CHECKING, Literal, TypeAlias

from attrs import evolve, field, frozen
from msgspec.json import decode

from typedagents.core.code import CodeLimits
from typedagents.core.context import Change
from typedagents.core.deciding import consult
from typedagents.core.decision import Decision, Draft, Pass, Reply, Stop
from typedagents.core.effect import EffectFailed, Ok, Request, Tell
from typedagents.core.human import Typed
from typedagents.core.json_text import json_text
from typedagents.core.log import Changed, Transcript
from typedagents.core.message import AgentName, Message, Origin
from typedagents.core.model import CallModel, Prompt, ToolSpec
from typedagents.core.parts import Part, Text, ToolCall, ToolResult
from typedagents.core.stop import DecisionLimit, RuleFired
from typedagents.core.structure import attempt, each
from typedagents.core.view import Policy, View
from typedagents.policies.code import CodePolicy
from typedagents.policies.human import ASKING, NEVER, Ask, Asking, End, GoOn, Situation
from typedagents.policies.interrupting import interrupted_by
from typedagents.policies.tool_pending import pending_calls

from .calling import AskPerson, CallFunction, CallPython, Came, LayerEffect, RunProgram, What
from .counting import auto_replies
from .messages import (
    FUNCTION_CALL,
    TerminalMessage,
    answer_of,
    classic,
    normalized,
    parts_of,
    terminal_view,
    text_of,
)
from .printing import AUTO_REPLY, NO_INPUT, Line, Spoken, executing, executing_code

if TYPE_CHECKING:
    from typedagents.autogen.function_utils import ToolFunction

Steps: TypeAlias = Generator[Request[LayerEffect], object, Decision]
SYSTEM = "autogen.system_message."
NO_CHANGES: tuple[Change, ...] = ()


@frozen
class Side:
    """One agent in one conversation, as values: who it is there (``whose``: in the run), and with whom it talks."""

    me: AgentName
    whose: str
    partner: str
    silent: bool = False

    def python(
        self, what: What, function: str, place: int, transcript: Transcript, arguments: object = None
    ) -> CallPython:
        """The effect that calls a function of the program's for this agent."""
        return CallPython(what, function, self.whose, place, self.partner, transcript, json_text(arguments))


def changes_of(came: Came) -> tuple[Change, ...]:
    """What user Python changed that later turns go by."""
    return tuple(Change(f"{SYSTEM}{whose}", json_text(text)) for whose, text in came.systems)


def changed(view: View, changes: Iterable[Change]) -> View:
    """``view`` with context variables changed, as they will stand in the log."""
    log = view.log
    for change in changes:
        log = log.append(Changed(view.me, change.variable, change.json))
    return View(log, view.roster, view.conversation, view.me).showing(view.transcript)


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

    side: Side
    function: str
    place: int
    applies: Callable[[], bool] = field(eq=False)

    def __call__(self, view: View, /) -> Steps:
        if not self.applies():
            return Pass()
        came = yield from self.side.python("reply", self.function, self.place, view.transcript)
        final, reply = _final(came.value)
        changes = changes_of(came)
        if not final:
            return Reply((), changes=changes) if changes else Pass()
        return nothing_said(view.me) if reply is None else said(reply, changes=changes)


def _final(value: object) -> tuple[bool, object]:
    if isinstance(value, list) and len(value) == 2:
        return bool(value[0]), value[1]
    raise TypeError(f"a reply function returns (final, reply); found {value!r:.100}")


# --- termination and the human ----------------------------------------------------------------------------------

Mode: TypeAlias = Literal["NEVER", "TERMINATE", "ALWAYS"]
ASKS: Mapping[Mode, Asking] = {"TERMINATE": "terminate", "ALWAYS": "always"}


@frozen
class HumanStep:
    """Whether the chat ends here, and whether a human is asked: the core's table, by the layer's counts and prompts."""

    side: Side
    mode: Mode
    limit: int
    terminal: Callable[[TerminalMessage], object] = field(eq=False)
    before: int = 0
    method: str = ""

    def __call__(self, view: View, /) -> Steps:
        situation = self._situation(view)
        step = NEVER[situation] if self.mode == "NEVER" else ASKING[ASKS[self.mode]][situation]
        if not isinstance(step, Ask):
            return (yield from self._carried_out(step))
        answer = yield from AskPerson(
            self._question(view, step), view.me, view.transcript, self.side.whose, self.method
        )
        text = answer.text if isinstance(answer, Typed) else ""
        if not text and not self.side.silent:
            yield Tell(NO_INPUT)
        if text == "exit":
            return Stop("the human typed 'exit'")
        if text:
            return Reply((Draft(interrupted_by(text, view.log), "human", blank=True),), origin="human")
        return (yield from self._carried_out(step.unanswered))

    def _situation(self, view: View) -> Situation:
        last = view.transcript.last
        over = last is not None and bool(self.terminal(terminal_view(last, view.me)))
        reached = auto_replies(view.log, view.me, self.before) >= self.limit
        return Situation("reached" if reached else "within", "terminal" if over else "ordinary")

    def _carried_out(self, step: GoOn | End) -> Steps:
        if isinstance(step, GoOn):
            if self.mode != "NEVER" and not self.side.silent:
                yield Tell(AUTO_REPLY)
            return Pass()
        if step.why == "limit":
            return Stop(DecisionLimit("max_auto_replies", self.limit, self.side.me))
        return Stop(RuleFired(f"is_termination_msg of {self.side.me} holds"))

    def _question(self, view: View, step: Ask) -> str:
        last = view.transcript.last
        whom = self.side.partner if last is None else last.sender
        without = (
            "nothing to go on by itself" if isinstance(step.unanswered, GoOn) else "nothing to end the chat"
        )
        waiting = pending_calls(view.log).calls
        calls = f" (waiting to be called: {', '.join(call.name for call in waiting)})" if waiting else ""
        return f"Reply to {whom} as {view.me}{calls}. Type {without}, 'exit' to end the chat: "


# --- tools ------------------------------------------------------------------------------------------------------


@frozen
class ToolStep:
    """Answers the calls that wait, with the functions of this agent. ``legacy``: those of the older kind."""

    side: Side
    known: frozenset[str]
    legacy: bool = False
    is_async: bool = False

    def __call__(self, view: View, /) -> Steps:
        calls = [call for call in pending_calls(view.log).calls if (call.id == FUNCTION_CALL) == self.legacy]
        if not calls:
            return Pass()
        results: tuple[ToolResult, ...] = yield from each([self._answer(call, view) for call in calls])
        changes = tuple(change for result in results for change in result.changes)
        plain = tuple(evolve(result, changes=()) for result in results)
        return Reply((Draft(plain, "tool", blank=True),), origin="tool", changes=changes)

    def _answer(self, call: ToolCall, view: View) -> Generator[Request[LayerEffect], object, ToolResult]:
        if call.name in self.known and not self.side.silent:
            yield Tell(executing(call.name, is_async=self.is_async))
        side = self.side
        came = yield from attempt(
            CallFunction(
                call.name,
                call.arguments,
                call.id,
                whose=side.whose,
                partner=side.partner,
                transcript=view.transcript,
            )
        )
        if isinstance(came, Ok):
            return came.value
        if came.kind != "unknown":  # the program's own execute_function raised
            raise EffectFailed(came)
        return ToolResult(call.id, call.name, (Text(f"Error: {came.text}"),), failed=True)


# --- code -------------------------------------------------------------------------------------------------------


@frozen
class CodeStep:
    """Runs the newest program that others wrote; ``place``: where the program has its own method for that."""

    side: Side
    looks: CodePolicy
    method: str = ""
    place: int = 0

    def __call__(self, view: View, /) -> Steps:
        blocks = self.looks.pending(view)
        if not blocks:
            return Pass()
        if not self.side.silent:
            yield Tell(executing_code([block.language for block in blocks]))
        if not self.method:
            result = yield from RunProgram(
                blocks, self.looks.limits, self.looks.session, whose=self.side.whose
            )
            return Reply((Draft((result,), "code"),), origin="code")
        pairs = [(block.language, block.code) for block in blocks]
        came = yield from self.side.python("method", self.method, self.place, view.transcript, pairs)
        code, logs = _exit(came.value)
        verdict = "execution failed" if code else "execution succeeded"
        text = f"exitcode: {code} ({verdict})\nCode output: {logs}"
        return Reply((Draft(text, "code"),), origin="code", changes=changes_of(came))


def _exit(value: object) -> tuple[int, str]:
    if isinstance(value, list) and len(value) >= 2 and isinstance(value[0], int):
        return value[0], str(value[1])
    raise TypeError(f"execute_code_blocks returns (exitcode, logs); found {value!r:.100}")


def looks_for_code(timeout: float | None, last_n: int | Literal["auto"], session: str = "") -> CodePolicy:
    """What of a conversation is run."""
    limits = CodeLimits() if timeout is None else CodeLimits(wall_s=timeout, cpu_s=timeout)
    return CodePolicy(limits, "new" if last_n == "auto" else last_n, session=session)


# --- models -----------------------------------------------------------------------------------------------------


@frozen
class ModelStep:
    """Says what the agent's model says."""

    side: Side
    model: str
    system: str
    tools: tuple[ToolSpec, ...] = ()
    functions: frozenset[str] = frozenset()

    def __call__(self, view: View, /) -> Steps:
        system = system_in(view, self.side.whose, self.system)
        prompt = Prompt(system) if system else None
        reply = yield from CallModel(view.transcript, view.me, self.model, prompt, self.tools)
        parts = tuple(self._named(part) for part in reply.parts)
        return Reply((Draft(parts or (Text(""),), "model", blank=True),), origin="model")

    def _named(self, part: Part) -> Part:
        """A call as it is said: by a name that can be one, and without an id where it is of the older kind."""
        if not isinstance(part, ToolCall):
            return part
        name = valid_name(part.name)
        return evolve(part, name=name, id=FUNCTION_CALL if name in self.functions else part.id)


def valid_name(name: str) -> str:
    """``name`` as the name of a function: letters, digits, ``_`` and ``-``, 64 at most."""
    return "".join(c if c.isascii() and (c.isalnum() or c in "_-") else "_" for c in name)[:64]


def system_in(view: View, whose: str, start: str) -> str:
    """The system message as it stands in this conversation."""
    found = view.context.values.get(f"{SYSTEM}{whose}")
    return start if found is None else str(decode(found))


def spec_of(tool: ToolFunction | Mapping[str, object]) -> ToolSpec:
    """An item of ``llm_config["tools"]`` or ``["functions"]`` as the core tells a model of it."""
    function = tool.get("function", tool)
    assert isinstance(function, Mapping)
    parameters = function.get("parameters") or {"type": "object", "properties": {}}
    return ToolSpec(str(function["name"]), str(function.get("description", "")), json_text(parameters))


# --- the whole agent --------------------------------------------------------------------------------------------


@frozen
class Hook:
    """A hook of the program's, by its name and place."""

    function: str
    place: int


@frozen
class Hooks:
    """What is called before a reply is looked for, and before it is sent."""

    update: tuple[Hook, ...] = ()
    last: tuple[Hook, ...] = ()
    all: tuple[Hook, ...] = ()
    send: tuple[Hook, ...] = ()


Opens: TypeAlias = Policy[LayerEffect]


@frozen
class ClassicAgent:
    """The policy of one agent in one conversation. ``opens``: what it says in the first turn, where it begins."""

    side: Side
    steps: tuple[Policy[LayerEffect], ...]
    hooks: Hooks = Hooks()
    default: str = '""'
    opens: Opens | None = None
    past: Transcript | None = None

    def __call__(self, view: View, /) -> Steps:
        if self.past is not None:
            view = view.showing(Transcript([*self.past, *_since_opened(view)]))
        if self.opens is not None and view.turn == 0:
            decision = yield from consult(self.opens, view)
        else:
            decision = yield from self._answer(view)
        return (yield from self._sent(decision, view)) if isinstance(decision, Reply) else decision

    def _answer(self, view: View) -> Steps:
        view, changes = yield from self._prepared(view)
        for step in self.steps:
            decision = yield from consult(step, view)
            if isinstance(decision, Stop):
                return decision
            if isinstance(decision, Reply):
                changes = (*changes, *decision.changes)
                if decision.drafts:
                    return evolve(decision, changes=changes)
                view = changed(view, decision.changes)
        default: object = decode(self.default)
        return nothing_said(view.me) if default is None else said(default, changes=changes)

    def _prepared(
        self, view: View
    ) -> Generator[Request[LayerEffect], object, tuple[View, tuple[Change, ...]]]:
        """What the reply functions are shown, and what hooks changed."""
        changes: tuple[Change, ...] = ()
        for hook in self.hooks.update:
            came = yield from self.side.python("hook", hook.function, hook.place, view.transcript)
            changes += changes_of(came)
            view = changed(view, changes_of(came))
        for hook in self.hooks.last:
            last = view.transcript.last
            if last is None or not _is_words(last):
                break
            content = classic(last, view.me)["content"]
            came = yield from self.side.python("hook", hook.function, hook.place, view.transcript, content)
            if came.value != content:
                other = Message(last.sender, parts_of(normalized({"content": came.value})), last.origin)
                view = view.showing(view.transcript.prefix(len(view.transcript) - 1).append(other))
        for hook in self.hooks.all:
            came = yield from self.side.python("hook", hook.function, hook.place, view.transcript)
            view = view.showing(_shown(came.value, view))
        return view, changes

    def _sent(self, reply: Reply, view: View) -> Steps:
        """``reply`` as hooks would have it sent, told to whoever prints."""
        drafts: list[Draft] = []
        for draft in reply.drafts:
            origin = draft.origin or reply.origin
            message = Message(view.me, draft.parts, origin)
            for hook in self.hooks.send:
                before = answer_of(message)
                came = yield from self.side.python("hook", hook.function, hook.place, view.transcript, before)
                if came.value != before:
                    message = Message(view.me, parts_of(normalized(came.value)), origin)
            if not self.side.silent:
                yield Tell(Spoken(view.me, self.side.partner, message))
            drafts.append(Draft(message.parts, origin, blank=True))
        return evolve(reply, drafts=drafts)


def _is_words(message: Message) -> bool:
    """Whether there is in it what a hook for the last message changes."""
    calls = any(isinstance(part, ToolCall | ToolResult) for part in message.parts)
    return not calls and text_of(classic(message, "")["content"]) != "exit"


def _shown(value: object, view: View) -> Transcript:
    """The messages that a hook wants to be shown. Those that it leaves as they are stay the same messages."""
    if not isinstance(value, list):
        raise TypeError(f"process_all_messages_before_reply returns a list of messages; found {value!r:.100}")
    known = {json_text(classic(message, view.me)): message for message in view.transcript}
    return Transcript(known.get(json_text(one)) or heard(one, view) for one in value)


def heard(given: Mapping[str, object], view: View) -> Message:
    """A dict of a history as a message: the role says whose it is."""
    return message_in(
        given, view.me, next((name for name in view.roster if name != view.me), AgentName("user"))
    )


def message_in(given: Mapping[str, object], me: AgentName, partner: AgentName) -> Message:
    """A dict of ``me``'s history with ``partner`` as a message."""
    mine = given.get("role") == "assistant"
    sender = me if mine else partner
    plain = normalized(given)
    if plain.get("name") == sender and "role" not in plain:
        del plain["name"]
    return Message(sender, parts_of(plain))


def _since_opened(view: View) -> Iterable[Message]:
    """The messages of this conversation, without those it continues."""
    return view.transcript.since(len(view.transcript) - view.standing.messages)


def told(line: Line, *, silent: bool) -> Iterable[Tell[LayerEffect]]:
    """``line``, unless nothing is to be shown."""
    return () if silent else (Tell(line),)
