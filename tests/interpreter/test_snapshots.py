"""A run that goes on from snapshots, again and again, ends as if it had not been interrupted, and asks nothing twice."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import pytest
from attrs import define, field
from hypothesis import event, given
from hypothesis import strategies as st

from tests.core.driving import Choice, any_order, as_before, drive
from tests.core.programs import NOW, ORDERLY, Asked, Look, Prog, answered, programs, small_limits, teams
from typedagents.core.ambient import Now
from typedagents.core.decision import Decision, Reply
from typedagents.core.effect import Ok, Path, Steps, Tell
from typedagents.core.errors import TraceError
from typedagents.core.kernel import opened
from typedagents.core.limits import Limits
from typedagents.core.message import AgentName
from typedagents.core.stop import BudgetExceeded
from typedagents.core.stored import start
from typedagents.core.team import Agent, Team, group
from typedagents.core.turn import Ended, Ready
from typedagents.core.usage import Charge, Usage
from typedagents.core.view import View
from typedagents.interpreter.bill import Bill, Billed
from typedagents.interpreter.budget import Budget, Spending, Spent
from typedagents.interpreter.driver import Driver, Driving, Start
from typedagents.interpreter.events import EntryAdded, Event, Observed
from typedagents.interpreter.loops import ended_as
from typedagents.interpreter.snapshot import decode_snapshot, encode_snapshot
from typedagents.policies.model import model_reply
from typedagents.trace.recorder import Recorder
from typedagents.trace.state import Library, encode

WILD = ("ask", "look", "buy", "now", "plain", "human", "fail", "leave")
wild = teams(programs(*ORDERLY, "race", leaves=WILD), small_limits())


@define
class Life:
    """One driver after the other, each going on from the snapshot of the one before after ``every`` results."""

    team: Team[Asked | Now]
    choose: Choice
    every: int
    budget: Budget = field(factory=Budget)
    library: Library = field(factory=Library)
    lines: list[bytes] = field(factory=list)
    order: list[Path] = field(factory=list)
    lives: int = 0
    bill: Bill = field(factory=Bill)

    def whole(self) -> Ended:
        at = opened(self.team, "hello")
        recorder = Recorder(self.lines.append, lambda: NOW)
        recorder.header("0", "run", self.team, at.log)
        driver: Driver[Asked | Now] = Driver(self.team, at, None, recorder, self.budget)
        while True:
            found = self.one(driver, driver.drive())
            if isinstance(found, Ended):
                self.bill = Bill.of(driver.spending.charges)
                return found
            snapshot = decode_snapshot(found, self.library, self.team)
            recorder = Recorder.after(snapshot.logs, self.lines.append, lambda: NOW)
            driver = Driver(
                self.team, Ready(snapshot.logs[0]), None, recorder, self.budget, snapshot=snapshot
            )

    def one(self, driver: Driver[Asked | Now], steps: Driving[Asked | Now]) -> bytes | Ended:
        """One life, until its snapshot or its end."""
        self.lives += 1
        flying: list[Start[Asked | Now]] = []
        try:
            work = next(steps)
            for _ in range(self.every):
                flying = [one for one in flying if one.path not in work.drop] + list(work.start)
                one = flying.pop(self.choose([start.path for start in flying]))
                self.order.append(one.path)
                assert one.attempt == 1
                work = steps.send((one.path, answered(one.effect)))
        except StopIteration as finished:
            return ended_as(finished.value)
        before = encode_snapshot(driver.stored(), self.library, self.team)
        assert encode_snapshot(driver.stored(), self.library, self.team) == before
        return before


def facts(lines: Sequence[bytes]) -> list[bytes]:
    """Lines but those that only say what others refer to: a recorder that goes on may write such once more."""
    return [line for line in lines if not line.startswith((b'{"line":"message"', b'{"line":"again"', b'{"line":"shared"'))]  # fmt: skip


@given(wild, st.integers(0, 5), st.integers(1, 3))
def test_a_run_goes_on_from_snapshots_as_if_there_were_none(
    team: Team[Asked | Now], seed: int, every: int
) -> None:
    by_hand = drive(team, any_order(seed))
    life = Life(team, as_before(by_hand.order), every)
    ended = life.whole()
    event(f"lives: {min(life.lives, 5)}")

    assert ended == by_hand.end
    assert life.order == by_hand.order
    assert facts(life.lines) == facts(by_hand.lines)
    assert life.bill.by_agent == by_hand.bill.by_agent


@given(wild, st.integers(0, 5), st.integers(1, 2))
def test_a_budget_holds_over_all_lives(team: Team[Asked | Now], seed: int, most: int) -> None:
    budget = Budget(max_effects=most + 2, max_usd=Decimal(most))
    by_hand = drive(team, any_order(seed), budget=budget)
    ended = Life(team, as_before(by_hand.order), 1, budget).whole()
    event("refused" if isinstance(ended.reason, BudgetExceeded) else "within")

    assert ended.reason == by_hand.end.reason


def test_what_is_held_back_for_a_call_under_way_is_held_again() -> None:
    team = group(Agent(AgentName("a"), model_reply()), limits=Limits(max_decisions=1))
    at = opened(team, "go")
    driver = Driver(team, at, budget=Budget(max_tokens=9000))
    next(driver.drive())
    after = Driver(team, at, budget=Budget(max_tokens=9000), snapshot=driver.stored())
    next(after.drive())

    assert after.spending.reserved == driver.spending.reserved != {}
    assert after.agent_at(Path("t0.0")) == "a"


def tells(view: View, /) -> Steps[Decision, Look]:
    yield Tell("thinking")
    return Reply(str((yield from Look("a"))))


def test_what_was_told_before_a_snapshot_is_not_told_again() -> None:
    team = group(Agent(AgentName("a"), tells), limits=Limits(max_decisions=1))
    at, seen = opened(team, "go"), list[Event]()
    driver = Driver(team, at)
    next(driver.drive())
    steps = Driver(team, at, tell=seen.append, snapshot=driver.stored()).drive()
    (begun,) = next(steps).start
    with pytest.raises(StopIteration):
        steps.send((begun.path, Ok(1)))

    assert not [event for event in seen if isinstance(event, Observed)]
    assert [event.entry.entry for event in seen if isinstance(event, EntryAdded)] == ["said"]


def test_what_was_spent_is_known_agent_by_agent() -> None:
    paid = Charge("m", Usage(fresh_input=5), cost_usd=Decimal(2))
    free = Charge("m", Usage(fresh_input=7), cost_usd=Decimal(1), cached=True)
    charges = (Billed("", "a", paid), Billed("", "a", free), Billed("", "b", Charge("n", Usage(output=1))))
    spending = Spending.after(Budget(), Spent(3, 2, charges))

    assert (spending.effects, spending.model_calls, spending.tokens, spending.usd) == (3, 2, 6, Decimal(2))
    assert set(spending.so_far().charges) == set(charges)


def test_what_is_no_snapshot_is_said_to_be_none() -> None:
    team: Team[Asked | Now] = group(
        Agent(AgentName("a"), Prog("plain", (), "a")), limits=Limits(max_decisions=1)
    )
    library = Library()
    ended = start(team)
    over = b'{"run":' + encode(ended, library, team) + b',"spent":null}'
    for data, text in (
        (b"{}", r"this is no snapshot: .*run"),
        (over, r"no snapshot: the run has ended \(limit"),
    ):
        with pytest.raises(TraceError, match=text):
            decode_snapshot(data, library, team)
