"""AutoGen's own reply functions as policies of the core: the human, functions, code, and the model."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from typing import TYPE_CHECKING, Literal, TypeAlias

from attrs import evolve, field, frozen
from msgspec.json import decode

from typedagents.autogen.layer.console.printing import AUTO_REPLY, NO_INPUT, executing, executing_code
from typedagents.autogen.layer.messages import FUNCTION_CALL, TerminalMessage, terminal_view
from typedagents.core.code import CodeBlock, CodeLimits
from typedagents.core.decision import Decision, Draft, Pass, Reply, Stop
from typedagents.core.effect import EffectFailed, Ok, Request
from typedagents.core.human import Typed
from typedagents.core.json_text import json_text
from typedagents.core.model import CallModel, Prompt, ToolSpec
from typedagents.core.parts import Part, Text, ToolCall, ToolResult
from typedagents.core.stop import DecisionLimit, RuleFired
from typedagents.core.structure import attempt, each
from typedagents.core.view import View
from typedagents.policies.calling.interrupting import interrupted_by
from typedagents.policies.calling.pending import pending_calls
from typedagents.policies.coding.running import CodePolicy
from typedagents.policies.human import ASKING, NEVER, Ask, Asking, End, GoOn, Situation

from .calling import AskPerson, CallFunction, LayerEffect, Live, RunProgram
from .counting import Counting
from .policies import SYSTEM, Side, Steps, changes_of

if TYPE_CHECKING:
    from typedagents.autogen.function_utils import ToolFunction

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
    count: Counting
    method: str = ""

    def __call__(self, view: View, /) -> Decision | Steps:
        situation = self._situation(view)
        if self.mode == "NEVER":
            return self._quietly(NEVER[situation])
        step = ASKING[ASKS[self.mode]][situation]
        return self._asked(step, view) if isinstance(step, Ask) else self._carried_out(step)

    def _asked(self, step: Ask, view: View) -> Steps:
        answer = yield from AskPerson(
            self._question(view, step), view.me, view.transcript, self.side.whose, self.method
        )
        text = answer.text if isinstance(answer, Typed) else ""
        if not text:
            yield from self.side.tell(NO_INPUT)
        if text == "exit":
            return Stop("the human typed 'exit'")
        if text:
            return Reply((Draft(interrupted_by(text, view.log), "human", blank=True),), origin="human")
        return (yield from self._carried_out(step.unanswered))

    def _situation(self, view: View) -> Situation:
        last = view.transcript.last
        over = last is not None and bool(self.terminal(terminal_view(last, view.me)))
        reached = view.log.fold(self.count).replies >= self.limit
        return Situation("reached" if reached else "within", "terminal" if over else "ordinary")

    def _carried_out(self, step: GoOn | End) -> Steps:
        if isinstance(step, GoOn):
            yield from self.side.tell(AUTO_REPLY)
        return self._quietly(step)

    def _quietly(self, step: GoOn | End) -> Decision:
        if isinstance(step, GoOn):
            return Pass()
        if step.why == "limit":
            return Stop(DecisionLimit("max_auto_replies", self.limit, self.side.me))
        return Stop(RuleFired(f"is_termination_msg of {self.side.me} holds"))

    def _question(self, view: View, step: Ask) -> str:
        last = view.transcript.last
        whom = self.side.partner if last is None else last.sender
        then = "go on by itself" if isinstance(step.unanswered, GoOn) else "end the chat"
        waiting = pending_calls(view.log).calls
        calls = f" (waiting to be called: {', '.join(call.name for call in waiting)})" if waiting else ""
        return f"Reply to {whom} as {view.me}{calls}. Type nothing to {then}, 'exit' to end the chat: "


# --- tools ------------------------------------------------------------------------------------------------------


@frozen
class ToolStep:
    """Answers the calls that wait, with the functions of this agent. ``legacy``: those of the older kind."""

    side: Side
    known: frozenset[str]
    legacy: bool = False
    is_async: bool = False

    def __call__(self, view: View, /) -> Pass | Steps:
        waiting = pending_calls(view.log).calls
        calls = [call for call in waiting if (call.id == FUNCTION_CALL) == self.legacy] if waiting else ()
        return self._answered(calls, view) if calls else Pass()

    def _answered(self, calls: Sequence[ToolCall], view: View) -> Steps:
        results: tuple[ToolResult, ...] = yield from each([self.answer(call, view) for call in calls])
        changes = tuple(change for result in results for change in result.changes)
        plain = tuple(evolve(result, changes=()) for result in results)
        return Reply((Draft(plain, "tool", blank=True),), origin="tool", changes=changes)

    def answer(self, call: ToolCall, view: View) -> Generator[Request[LayerEffect], object, ToolResult]:
        """What one call comes to."""
        if call.name in self.known:
            yield from self.side.tell(executing(call.name, is_async=self.is_async))
        whose, partner, said = self.side.whose, self.side.partner, view.transcript
        asked = CallFunction(
            call.name, call.arguments, call.id, whose=whose, partner=partner, transcript=said
        )
        came = yield from attempt(asked)
        if isinstance(came, Ok):
            return came.value
        if came.kind != "unknown":  # the program's own execute_function raised
            raise EffectFailed(came)
        return ToolResult(call.id, call.name, (Text(f"Error: {came.text}"),), failed=True)


# --- code -------------------------------------------------------------------------------------------------------


@frozen
class CodeStep:
    """Runs the newest program that others wrote; ``live``: by the program's own method, where it has one."""

    side: Side
    looks: CodePolicy
    live: Live | None = None

    def __call__(self, view: View, /) -> Pass | Steps:
        blocks = self.looks.pending(view)
        return self._ran(blocks, view) if blocks else Pass()

    def _ran(self, blocks: tuple[CodeBlock, ...], view: View) -> Steps:
        yield from self.side.tell(executing_code([block.language for block in blocks]))
        if self.live is None:
            result = yield from RunProgram(
                blocks, self.looks.limits, self.looks.session, whose=self.side.whose
            )
            return Reply((Draft((result,), "code"),), origin="code")
        pairs = [(block.language, block.code) for block in blocks]
        came = yield from self.live(view.transcript, pairs)
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
