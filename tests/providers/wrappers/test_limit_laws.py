"""The rules of ``limit``, in any schedule: a simulation without loops, threads or time."""

from __future__ import annotations

from itertools import pairwise
from math import inf

from attrs import define, field
from hypothesis import given
from hypothesis import strategies as st

from typedagents.providers.wrappers.flow import Flow, Ticket


@define(eq=False)
class Simulated:
    """Calls that come, go, take their time and end, by the rules alone."""

    flow: Flow
    now: float = 0.0
    waiting: list[tuple[Ticket, float, int, int]] = field(factory=list)
    ending: list[tuple[float, Ticket, int, float]] = field(factory=list)
    went: list[tuple[float, Ticket]] = field(factory=list)
    over: int = 0

    def come(self, estimated: int, used: int, takes_s: float, patience_s: float) -> None:
        ticket = Ticket(estimated, lambda: None)
        self.flow.join(ticket)
        self.waiting.append((ticket, takes_s, used, int(self.now + patience_s)))

    def settle(self) -> float:
        """Let go who may; seconds until something can happen."""
        soonest = min((end for end, *_ in self.ending), default=inf) - self.now
        moved = True
        while moved:
            moved = False
            for item in list(self.waiting):
                ticket, takes_s, used, gives_up = item
                wait = self.flow.wait(ticket, self.now)
                if wait == 0:
                    self.waiting.remove(item)
                    self.went.append((self.now, ticket))
                    self.ending.append((self.now + takes_s, ticket, used, takes_s))
                    moved = True
                elif gives_up <= self.now:
                    self.waiting.remove(item)
                    self.flow.leave(ticket)
                    self.over += 1
                    moved = True
                else:
                    soonest = min(soonest, wait, gives_up - self.now)
            soonest = min(soonest, min((end for end, *_ in self.ending), default=inf) - self.now)
        return soonest

    def end(self) -> None:
        for item in list(self.ending):
            if item[0] <= self.now:
                self.ending.remove(item)
                self.flow.done(item[1], item[2])
                self.over += 1


CALLS = st.lists(
    st.tuples(
        st.integers(0, 40),  # seconds after the one before
        st.integers(1, 150),  # tokens by estimate
        st.integers(0, 100),  # how many percent of it were used
        st.integers(1, 90),  # seconds it takes
        st.integers(0, 400),  # seconds it waits before it gives up
    ),
    min_size=1,
    max_size=25,
)


@given(
    CALLS,
    st.none() | st.integers(1, 4),
    st.none() | st.integers(1, 4),
    st.none() | st.integers(1, 200),
    st.none() | st.tuples(st.integers(0, 100), st.integers(0, 100)),
)
def test_in_no_schedule_more_is_let_through_than_allowed(
    calls: list[tuple[int, int, int, int, int]],
    concurrency: int | None,
    requests: int | None,
    tokens: int | None,
    gate: tuple[int, int] | None,
) -> None:
    world = Simulated(Flow(concurrency, requests, tokens))
    arrivals, at = [], 0
    for after, estimated, percent, takes_s, patience_s in calls:
        at += after
        arrivals.append((at, estimated, estimated * percent // 100, takes_s, patience_s))
    if gate is not None:
        world.flow.close_until(gate[0])
    estimates: dict[int, int] = {}
    while arrivals or world.waiting or world.ending:
        world.end()
        while arrivals and arrivals[0][0] <= world.now:
            _, estimated, used, takes_s, patience_s = arrivals.pop(0)
            world.come(estimated, used, takes_s, patience_s)
        soonest = world.settle()
        for _, ticket in world.went:
            estimates.setdefault(id(ticket), ticket.tokens)
        assert concurrency is None or len(world.ending) <= concurrency
        assert world.flow.under_way == len(world.ending)
        step = min(soonest, arrivals[0][0] - world.now if arrivals else inf)
        assert step > 0 or not (arrivals or world.waiting or world.ending)
        world.now += 0 if step == inf else step

    assert world.over == len(calls), "every call went or gave up"
    times = [time for time, _ in world.went]
    assert all(earlier <= later for earlier, later in pairwise(times))
    assert gate is None or all(time >= gate[0] for time in times)
    for place, time in enumerate(times):
        recent = [ticket for moment, ticket in world.went[: place + 1] if moment > time - 60]
        assert requests is None or len(recent) <= requests
        held = estimates[id(recent[-1])] + sum(ticket.tokens for ticket in recent[:-1])
        alone = sum(ticket.tokens for ticket in recent[:-1]) == 0
        assert tokens is None or alone or held <= tokens
