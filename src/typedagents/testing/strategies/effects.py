"""Effects, what becomes of them, decisions and ends."""

from __future__ import annotations

from typing import get_args

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from typedagents.core.ambient import Draw, Now, Sleep
from typedagents.core.code import (
    CodeBlock,
    CodeFile,
    CodeLimits,
    RunCode,
)
from typedagents.core.code_approval import ApproveCode
from typedagents.core.decision import Decision, Draft, Pass, Reply, Stop
from typedagents.core.effect import AnyEffect, Failed, Ok, Outcome, Repetition
from typedagents.core.human import AskHuman, HumanAnswer, Left, Skipped, Typed
from typedagents.core.limits import Limit, Limits, Unlimited
from typedagents.core.model import CallModel, Finish, ModelReply, OutputSpec, Prompt, Settings, ToolSpec
from typedagents.core.rule import AlwaysHolds, Both, Either, Negated, NeverHolds, Rule
from typedagents.core.stop import (
    BudgetExceeded,
    Cancelled,
    DecisionLimit,
    EffectFailure,
    EffectLimit,
    HumanLeft,
    PolicyStopped,
    RuleFired,
    Silence,
    StopReason,
)
from typedagents.core.tool import Approve, Approved, CallTool, Denied, Verdict

from .logs import charges, prices, usages
from .messages import (
    COUNTS,
    SECONDS,
    agent_names,
    changes,
    code_results,
    json_texts,
    origins,
    parts,
    texts,
    tool_results,
    transcripts,
)

FINISHES: tuple[Finish, ...] = (
    "stop",
    "tool_calls",
    "length",
    "content_filter",
    "refusal",
    "context_length",
    "pause",
    "error",
    "other",
)


def prompts() -> SearchStrategy[Prompt]:
    """Instructions."""
    return st.builds(Prompt, texts(), texts(8), texts(8))


def tool_specs() -> SearchStrategy[ToolSpec]:
    """Tools as models are told of them."""
    return st.builds(ToolSpec, texts(8), texts(), json_texts(), st.booleans())


def model_settings() -> SearchStrategy[Settings]:
    """How to sample."""
    return st.builds(
        Settings,
        temperature=st.none() | st.floats(0, 2),
        top_p=st.none() | st.floats(0.01, 1),
        max_tokens=st.none() | st.integers(1, 10_000),
        seed=st.none() | st.integers(0, 2**32),
        stop=st.lists(texts(4), max_size=2).map(tuple),
        reasoning_effort=st.none() | texts(4),
        tool_choice=st.none() | texts(4),
        parallel_tool_calls=st.none() | st.booleans(),
        extra=st.lists(st.tuples(texts(4), json_texts()), max_size=2).map(tuple),
    )


def code_limits() -> SearchStrategy[CodeLimits]:
    """Bounds of a run of code."""
    positive = st.integers(1, 2**40)
    return st.builds(
        CodeLimits,
        wall_s=st.floats(0.1, 1e6),
        cpu_s=st.floats(0.1, 1e6),
        memory_bytes=positive,
        processes=positive,
    )


def effects() -> SearchStrategy[AnyEffect]:
    """Every effect this library has."""
    repetitions: SearchStrategy[Repetition] = st.sampled_from(get_args(Repetition))
    context = st.lists(st.tuples(texts(4), json_texts()), max_size=2).map(tuple)
    block = st.builds(CodeBlock, texts(6), texts(), st.none() | texts(8), to=st.sampled_from(["run", "save"]))
    blocks = st.lists(block, max_size=2).map(tuple)
    files = st.lists(st.builds(CodeFile, texts(8), st.binary(max_size=8)), max_size=1).map(tuple)
    return st.one_of(
        st.builds(Now),
        st.builds(Draw, st.integers(1, 100)),
        st.builds(Sleep, SECONDS),
        st.builds(AskHuman, texts(), agent_names(), transcripts(2)),
        st.builds(CallTool, texts(8), json_texts(), texts(8), repetitions, context),
        st.builds(Approve, texts(8), json_texts(), texts(8), agent_names(), transcripts(2)),
        st.builds(ApproveCode, blocks, agent_names(), transcripts(2)),
        st.builds(RunCode, blocks, code_limits(), texts(4), st.binary(max_size=8), files=files),
        st.builds(
            CallModel,
            transcripts(2),
            agent_names(),
            texts(8),
            st.none() | prompts(),
            st.lists(tool_specs(), max_size=2).map(tuple),
            st.none() | st.builds(OutputSpec, texts(8), json_texts(), st.booleans()),
            model_settings(),
        ),
    )


def model_replies() -> SearchStrategy[ModelReply]:
    """What models answer."""
    return st.builds(
        ModelReply,
        st.lists(parts(), max_size=3),
        finish=st.sampled_from(FINISHES),
        raw_finish=texts(6),
        usage=st.none() | usages(),
        cost_usd=st.none() | prices(),
        cached=st.booleans(),
        model=texts(8),
        provider=texts(8),
        id=texts(8),
        lost=st.none() | charges(),
    )


def human_answers() -> SearchStrategy[HumanAnswer]:
    """What humans do."""
    return st.builds(Typed, texts()) | st.builds(Skipped) | st.builds(Left)


def verdicts() -> SearchStrategy[Verdict]:
    """What becomes of a call that needs approval."""
    return st.builds(Approved) | st.builds(Denied, texts()) | st.builds(Left)


def failures() -> SearchStrategy[Failed]:
    """How effects fail."""
    kinds = st.sampled_from(
        ["raised", "unknown", "provider.rate_limit", "tool.failed", "executor.unavailable"]
    )
    return st.builds(Failed, kinds, texts(), st.dictionaries(texts(6), texts(6), max_size=2))


def outcomes_of(effect: AnyEffect) -> SearchStrategy[Outcome]:
    """What may become of ``effect``, one of this library: a result that it accepts, or a failure."""
    results: SearchStrategy[object]
    match effect:
        case Now():
            results = SECONDS
        case Draw(sides):
            results = st.integers(0, sides - 1)
        case AskHuman():
            results = human_answers()
        case CallModel():
            results = model_replies()
        case RunCode():
            results = code_results()
        case CallTool():
            results = tool_results()
        case Approve() | ApproveCode():
            results = verdicts()
        case _:
            results = st.none()
    return results.map(Ok) | failures()


def decisions() -> SearchStrategy[Decision]:
    """What policies decide."""
    drafts = st.lists(st.builds(Draft, st.lists(parts(), max_size=2), st.none() | origins()), max_size=2)
    notes = st.lists(texts(), max_size=2).map(tuple)
    return st.one_of(
        st.builds(Pass),
        st.builds(Reply, drafts, origins(), changes(), st.none() | agent_names(), notes),
        st.builds(Reply, drafts, origins(), changes(), notes=notes, ends=st.builds(Stop, texts())),
        st.builds(Stop, texts()),
    )


def stop_reasons() -> SearchStrategy[StopReason]:
    """Every way a run ends."""
    decision_limits = st.sampled_from(["max_decisions", "max_messages", "max_turns", "max_auto_replies"])
    effect_limits = st.sampled_from(["max_effects", "max_model_calls", "max_repeats", "max_depth"])
    return st.one_of(
        st.builds(Silence),
        st.builds(RuleFired, texts()),
        st.builds(DecisionLimit, decision_limits, COUNTS, texts(8)),
        st.builds(EffectLimit, effect_limits, COUNTS, texts(8)),
        st.builds(BudgetExceeded, texts(), texts(8)),
        st.builds(PolicyStopped, texts(8), texts()),
        st.builds(HumanLeft, texts(8)),
        st.builds(EffectFailure, texts(8), failures()),
        st.builds(Cancelled, texts()),
    )


def limits() -> SearchStrategy[Limits]:
    """Limits of conversations, small ones and none."""
    limit: SearchStrategy[Limit] = st.one_of(st.integers(0, 20), st.just(Unlimited))
    return st.builds(Limits, limit, limit, limit, limit, limit, limit, limit)


def rules() -> SearchStrategy[Rule]:
    """Rules made of ``NeverHolds`` and ``AlwaysHolds``; join your own with ``|``."""
    leaves: SearchStrategy[Rule] = st.builds(NeverHolds) | st.builds(AlwaysHolds)
    return st.recursive(
        leaves,
        lambda kids: st.builds(Both, kids, kids) | st.builds(Either, kids, kids) | st.builds(Negated, kids),
        max_leaves=6,
    )
