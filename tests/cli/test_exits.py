"""Every way a run can end has its exit code."""

from __future__ import annotations

import pytest

from typedagents import (
    BudgetExceeded,
    Cancelled,
    ConfigError,
    DecisionLimit,
    Divergence,
    EffectFailure,
    EffectLimit,
    ExecutorUnavailable,
    Failed,
    HandlerError,
    HumanLeft,
    PolicyError,
    PolicyStopped,
    ProviderError,
    RuleFired,
    Silence,
    StopReason,
    TraceError,
    TypedAgentsError,
)
from typedagents.cli.exits import code_of, exit_code


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        (RuleFired("it is done"), 0),
        (PolicyStopped("a", "enough"), 0),
        (Silence(), 0),
        (HumanLeft("a"), 0),
        (DecisionLimit("max_decisions", 3), 2),
        (EffectLimit("max_effects", 3, "CallModel"), 2),
        (BudgetExceeded("max_usd=1", "CallModel"), 2),
        (EffectFailure("a", Failed("raised", "oops")), 3),
        (Cancelled("by its parent"), 130),
    ],
)
def test_how_it_ended(reason: StopReason, code: int) -> None:
    assert exit_code(reason) == code


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ConfigError("no model"), 4),
        (TraceError("damaged"), 4),
        (Divergence("another run"), 4),
        (ExecutorUnavailable("no sandbox", "get one"), 4),
        (PolicyError("it raised"), 3),
        (HandlerError("the wrong type"), 3),
        (ProviderError("not there"), 3),
    ],
)
def test_what_broke_it_off(error: TypedAgentsError, code: int) -> None:
    assert code_of(error) == code
