"""Talking with a team: what you type opens the conversation, and goes on with it whenever the team has come to an end.

Each time the team is run anew on the conversation so far, so every part has a trace of its own that replays by itself.
The team's limits on messages count the whole conversation; what may be spent is counted over all parts.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from decimal import Decimal
from typing import TypeAlias

from attrs import evolve

from typedagents.core.effect import AnyEffect
from typedagents.core.human import HumanAnswer, Left, Skipped, Typed
from typedagents.core.log import Transcript
from typedagents.core.message import AgentName, Message
from typedagents.core.stop import PolicyStopped, RuleFired, Silence
from typedagents.core.team import Team
from typedagents.humans import Lines
from typedagents.humans.terminal import HINT, PROMPT, joined, understood
from typedagents.interpreter.bill import Bill
from typedagents.interpreter.budget import Budget
from typedagents.interpreter.outcome import Outcome

from .conduct import InJson, OnTerminal, code_for
from .exits import OK

GOES_ON = (RuleFired, Silence, PolicyStopped)
"""Ends after which a person may say more; limits, failures and leaving end the chat."""

Round: TypeAlias = Callable[[Transcript, Budget], Outcome | None]


def talk(team: Team[AnyEffect], tells: OnTerminal | InJson, lines: Lines, budget: Budget, run: Round) -> int:
    """Ask, run, ask again; the exit code."""
    me = team.opens_as
    said = Transcript()
    parts: list[Outcome] = []
    if lines.typed:
        tells.note(HINT)
    while isinstance(answer := _asked(me, tells, lines), Typed | Skipped):
        if isinstance(answer, Skipped):
            continue
        message = Message(me, answer.text, "human")
        if not lines.typed:
            tells.opening((message,))
        said = said.append(message)
        outcome = run(said, budget)
        if outcome is None or not isinstance(outcome.reason, GOES_ON):
            return code_for(outcome)
        parts.append(outcome)
        said, budget = outcome.transcript, left_of(budget, outcome.bill)
    tells.parted(parts)
    return OK


def _asked(me: AgentName, tells: OnTerminal | InJson, lines: Lines) -> HumanAnswer:
    """What the person at this terminal types next."""
    if lines.typed and isinstance(tells, OnTerminal):
        tells.renderer.head(me)
    text, goes_on = None, True
    while goes_on:
        if lines.typed:
            sys.stderr.write(PROMPT)
            sys.stderr.flush()
        line = lines.take()
        if line is None:
            if lines.typed:
                sys.stderr.write("\n")
            return understood(text) if text else Left()
        text, goes_on = joined(text, line)
    return understood(text)


def left_of(budget: Budget, bill: Bill) -> Budget:
    """What is left of ``budget`` after ``bill``."""
    spent = sum((charge.cost_usd or Decimal(0) for charge in bill.by_model if not charge.cached), Decimal(0))
    return evolve(
        budget,
        max_usd=None if budget.max_usd is None else max(Decimal(0), budget.max_usd - spent),
        max_tokens=None if budget.max_tokens is None else max(0, budget.max_tokens - bill.usage.total),
        max_model_calls=None
        if budget.max_model_calls is None
        else max(0, budget.max_model_calls - bill.calls),
    )
