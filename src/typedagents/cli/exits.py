"""Exit codes: what became of a run, for scripts."""

from __future__ import annotations

from typing import assert_never

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
Exit codes: 0 ended by a rule, a policy, silence or a human who left; 2 a limit or budget was reached; 3 a failure;
4 something is missing or wrong in the call, the target, a trace or the configuration; 130 cancelled (Ctrl-C).
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
