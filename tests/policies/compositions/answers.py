"""A random world that is always the same: what it says goes by the place of an effect, and by nothing else.

Models say words, call tools that there are and that there are not, badly or twice; humans type, skip and leave; tools
change, hand over, end and fail; everything fails now and then.
"""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import TypeAlias
from zlib import crc32

import anyio
from attrs import define, field, frozen

from tests.policies.compositions.dice import Dice
from tests.policies.compositions.vocabulary import AGENTS, COUNT, END, LOST, MOOD, TOPIC
from typedagents.core.ambient import Draw, Now, Sleep
from typedagents.core.code import BlockResult, Captured, CodeResult, Exited, RunCode
from typedagents.core.code_approval import ApproveCode
from typedagents.core.effect import AnyEffect, EffectFailed, Failed, Ok, Outcome, Path
from typedagents.core.handler import Call, Handler
from typedagents.core.human import AskHuman, HumanAnswer, Left, Skipped, Typed
from typedagents.core.model import CallModel, ModelReply
from typedagents.core.parts import Part, Reasoning, Text, ToolCall, ToolResult
from typedagents.core.tool import Approve, Approved, CallTool, Denied, Verdict
from typedagents.core.usage import Usage

Asks: TypeAlias = CallModel | CallTool | AskHuman | RunCode | Approve | ApproveCode | Draw | Now | Sleep
"""All that compositions ask for."""

WORDS = ("words", "end", "name", "typed", "nothing", "verdict", "code", "thoughts", "fails")
CALLS = ("call", "calls", "handoff", "unknown", "malformed", "cut", "twice", "written")
MODEL = ("words", *WORDS, "call", "call", "call", *CALLS)
TOOL = ("result", "result", "changes", "hands", "stranger", "ends", "failed", "fails")
HUMAN = ("typed", "end", "number", "name", "blank", "skipped")
CODE = ("ran", "broke", "fails")
VERDICT = ("approved", "denied")


@frozen
class Answers:
    """What each kind of effect is answered with, by turns that the effect's place decides."""

    model: tuple[str, ...] = ("words",)
    tool: tuple[str, ...] = ("result",)
    human: tuple[str, ...] = ("typed",)
    code: tuple[str, ...] = ("ran",)
    verdict: tuple[str, ...] = ("approved",)

    def __call__(self, path: Path, effect: AnyEffect) -> Outcome:
        dice = crc32(f"{path} {effect.kind}".encode())
        match effect:
            case CallModel():
                return _failing("provider.rate_limit", _reply(_one(self.model, dice), effect, dice >> 5))
            case CallTool():
                return _failing("tool.raised", _result(_one(self.tool, dice), effect, dice >> 5))
            case AskHuman():
                return Ok(_typed(_one(self.human, dice), dice >> 5))
            case RunCode():
                return _failing("executor.broken", _ran(_one(self.code, dice)))
            case Approve() | ApproveCode():
                return Ok(Approved() if _one(self.verdict, dice) == "approved" else Denied("not today"))
            case Draw(sides):
                return Ok((dice >> 5) % sides)
            case Now():
                return Ok(1_700_000_000.0 + dice % 100)
            case Sleep():
                return Ok(None)
            case _:
                raise AssertionError(f"nobody answers {effect!r}")


def _one(kinds: tuple[str, ...], dice: int) -> str:
    return kinds[dice % len(kinds)]


def _failing(kind: str, value: object) -> Outcome:
    return Failed(kind, "it did not work today", {"of": kind}) if value is None else Ok(value)


def _reply(kind: str, effect: CallModel, dice: int) -> ModelReply | None:
    if kind == "fails":
        return None
    parts = _words(kind, dice) or _calls(kind, effect, dice)
    usage = None if dice % 7 == 0 else Usage(dice % 50, output=dice % 9)
    cost = None if dice % 11 == 0 else Decimal(dice % 5) / 4
    return ModelReply(parts, usage=usage, cost_usd=cost, cached=dice % 13 == 0, model=effect.model or "some")


def _words(kind: str, dice: int) -> tuple[Part, ...]:
    name = AGENTS[dice % len(AGENTS)]
    match kind:
        case "end":
            return (Text(f"All is done. {END}"),)
        case "name":
            return (Text(f"I think it is {name}."),)
        case "typed":
            return (Text(f'{{"speaker":"{name}"}}'),)
        case "verdict":
            return (Text(f'{{"violated":{"true" if dice % 2 else "false"},"why":"it is loud"}}'),)
        case "code":
            return (Text("Run this:\n```python\nprint(1)\n```\n"),)
        case "written":
            return (Text(f'<tool_call>{{"name":"look","arguments":{{"word":"{name}"}}}}</tool_call>'),)
        case "thoughts":
            return (Reasoning("hm"),)
        case "words":
            return (Text(f"Here are {dice % 4} words on {TOPIC if dice % 3 else name}."),)
        case _:
            return ()


def _calls(kind: str, effect: CallModel, dice: int) -> tuple[Part, ...]:
    told = [spec.name for spec in effect.tools] or ["look"]
    one = _call(f"c{dice % 3}", told[dice % len(told)], dice)
    match kind:
        case "call":
            return (Text("Let me see."), one)
        case "calls":
            return tuple([_call(f"c{place}", name, dice) for place, name in enumerate(told)])
        case "handoff":
            over = [name for name in told if name.startswith("transfer_to_")] or told
            return (ToolCall("h", over[dice % len(over)], "{}"),)
        case "twice":
            return (one, one)
        case "unknown":
            return (ToolCall("u", "no_such_tool", "{}"),)
        case "malformed":
            return (ToolCall("m", one.name, '{"word": 3, "and": '),)
        case "cut":
            return (ToolCall("k", one.name, '{"wo', complete=False),)
        case _:
            return ()


def _call(id: str, name: str, dice: int) -> ToolCall:
    return ToolCall(id, name, f'{{"{"message" if name == "ask" else "word"}":"{dice % 3}"}}')


def _result(kind: str, effect: CallTool, dice: int) -> ToolResult | None:
    id, name = effect.call_id, effect.name
    match kind:
        case "fails":
            return None
        case "failed":
            return ToolResult(id, name, (Text("no"),), failed=True, changes=(COUNT.to(9),), hand_to=AGENTS[0])
        case "changes":
            return ToolResult(id, name, (Text("set"),), changes=(COUNT.to(dice % 4), MOOD.to("glad")))
        case "hands":
            return ToolResult(id, name, (Text("over"),), hand_to=AGENTS[dice % len(AGENTS)])
        case "stranger":
            return ToolResult(id, name, (Text("over"),), hand_to=LOST)
        case "ends":
            return ToolResult(id, name, (Text("enough"),), ends="the tool said so")
        case _:
            return ToolResult(id, name, (Text(f"{effect.arguments} {dict(effect.context)}"),))


def _typed(kind: str, dice: int) -> HumanAnswer:
    match kind:
        case "left":
            return Left()
        case "skipped":
            return Skipped()
        case "end":
            return Typed(f"That will do. {END}")
        case "number":
            return Typed(str(dice % 4))
        case "name":
            return Typed(AGENTS[dice % len(AGENTS)])
        case "blank":
            return Typed("  ")
        case _:
            return Typed(f"I say {dice % 5}.")


def _ran(kind: str) -> CodeResult | None:
    if kind == "fails":
        return None
    return CodeResult((BlockResult(Exited(int(kind == "broke")), Captured(b"1\n")),))


def world(dice: Dice, *, calm: bool) -> Answers:
    """Any mixture. In a calm one nobody leaves: that ends a run wherever it stands, and what ends it goes by chance."""

    def some(kinds: tuple[str, ...]) -> tuple[str, ...]:
        return tuple([kinds[dice.throw(len(kinds))] for _ in range(1 + dice.throw(7))])

    leaving = HUMAN if calm else (*HUMAN, "left")
    return Answers(some(MODEL), some(TOOL), some(leaving), some(CODE), some(VERDICT))


# --- the same for an interpreter --------------------------------------------------------------------------------


@define
class Performed:
    """A handler of all effects that answers as ``answers``, at once or a little later, and counts by path."""

    answers: Answers
    later: bool = False
    count: Counter[str] = field(factory=Counter)

    def answer(self, effect: AnyEffect, call: Call) -> object:
        path = Path(call.id.partition("/")[2])
        self.count[path] += 1
        outcome = self.answers(path, effect)
        if isinstance(outcome, Ok):
            return outcome.value
        raise EffectFailed(outcome)

    def reply(self, effect: CallModel, call: Call) -> ModelReply:
        return effect.accept(self.answer(effect, call))

    def result(self, effect: CallTool, call: Call) -> ToolResult:
        return effect.accept(self.answer(effect, call))

    def typed(self, effect: AskHuman, call: Call) -> HumanAnswer:
        return effect.accept(self.answer(effect, call))

    def ran(self, effect: RunCode, call: Call) -> CodeResult:
        return effect.accept(self.answer(effect, call))

    def verdict(self, effect: Approve, call: Call) -> Verdict:
        return effect.accept(self.answer(effect, call))

    def verdict_on_code(self, effect: ApproveCode, call: Call) -> Verdict:
        return effect.accept(self.answer(effect, call))

    def drawn(self, effect: Draw, call: Call) -> int:
        return effect.accept(self.answer(effect, call))

    def now(self, effect: Now, call: Call) -> float:
        return effect.accept(self.answer(effect, call))

    def slept(self, effect: Sleep, call: Call) -> None:
        effect.accept(self.answer(effect, call))

    async def later_reply(self, effect: CallModel, call: Call) -> ModelReply:
        for _ in range(crc32(call.id.encode()) % 3):
            await anyio.lowlevel.checkpoint()
        return self.reply(effect, call)

    async def later_result(self, effect: CallTool, call: Call) -> ToolResult:
        await anyio.lowlevel.checkpoint()
        return self.result(effect, call)

    def handler(self) -> Handler[Asks]:
        rest = (
            AskHuman.by(self.typed)
            | RunCode.by(self.ran)
            | Approve.by(self.verdict)
            | ApproveCode.by(self.verdict_on_code)
            | Draw.by(self.drawn)
            | Now.by(self.now)
            | Sleep.by(self.slept)
        )
        if self.later:
            return CallModel.by(self.later_reply) | CallTool.by(self.later_result) | rest
        return CallModel.by(self.reply) | CallTool.by(self.result) | rest
