"""Exit codes: what became of a run, for scripts."""

from __future__ import annotations

from typing import assert_never

from typedagents.core.errors import (
    ConfigError,
    ExecutorUnavailable,
    TraceError,
    TypedAgentsError,
)
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

OK, LIMIT, FAILURE, CONFIG, STOPPED = 0, 2, 3, 4, 130
MEANINGS = """\
Exit codes: 0 ended by a rule, a policy, silence, or a human who left; 2 at a limit or budget; 3 a failure;
4 something is missing or wrong: the call, the target, the configuration, a trace, or a replay that differs from it;
130 cancelled or paused (Ctrl-C, or it waits for people). A replay that does not differ answers 0.
"""


def exit_code(reason: StopReason) -> int:
    """The code for how a run ended."""
    match reason:
        case RuleFired() | PolicyStopped() | Silence() | HumanLeft():
            return OK
        case DecisionLimit() | EffectLimit() | BudgetExceeded():
            return LIMIT
        case EffectFailure():
            return FAILURE
        case Cancelled():
            return STOPPED
        case _:
            assert_never(reason)


def code_of(error: TypedAgentsError) -> int:
    """The code for an error that broke a run off, or kept it from starting."""
    match error:
        case ConfigError() | TraceError() | ExecutorUnavailable():
            return CONFIG
        case _:
            return FAILURE
