"""Rules about tokens and cost."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.policies.driving import log_of
from typedagents.core.errors import ConfigError
from typedagents.core.log import Entry, Log, Opened, Spent
from typedagents.core.model import CallModel, ModelReply
from typedagents.core.rule import Rule
from typedagents.core.team import Agent, group
from typedagents.core.usage import Charge, Usage
from typedagents.interpreter.world import World
from typedagents.policies.model import model_reply
from typedagents.policies.rules.said import message_count
from typedagents.policies.rules.spending import cost_reached, spending, tokens_used
from typedagents.testing.strategies import entries


def paid(usd: str | None, tokens: int = 10, agent: str = "a") -> Spent:
    return Spent(
        agent, (Charge("m", Usage(tokens, output=1), cost_usd=None if usd is None else Decimal(usd)),)
    )


CACHED = Spent(
    "a", (Charge("m", Usage(1000), cached=True, unmetered=1), Charge("m", Usage(1), cost_usd=Decimal(0)))
)
UNMETERED = Spent("a", (Charge("m", unmetered=2, calls=3, cost_usd=Decimal(0)),))


@pytest.mark.parametrize(
    ("rule", "spent", "expected"),
    [
        (tokens_used(22), [paid("1"), paid("1")], True),
        (tokens_used(23), [paid("1"), paid("1")], False),
        (tokens_used(22, by="a"), [paid("1"), paid("1", agent="b")], False),
        (tokens_used(20, of="input"), [paid("1"), paid("1")], True),
        (tokens_used(3, of="output"), [paid("1"), paid("1")], False),
        (tokens_used(2, of="output"), [paid("1"), paid("1")], True),
        (tokens_used(22), [paid("1"), Opened("next"), paid("1")], False),
        (tokens_used(2), [CACHED], False),
        (tokens_used(1), [CACHED], True),
        (tokens_used(99), [UNMETERED], True),
        (tokens_used(99, unknown="ignored"), [UNMETERED], False),
        (tokens_used(1), [], False),
        (cost_reached("0.3"), [paid("0.1"), paid("0.2")], True),
        (cost_reached("0.31"), [paid("0.1"), paid("0.2")], False),
        (cost_reached(1, by="b"), [paid("1"), paid("0.5", agent="b")], False),
        (cost_reached(1), [paid("1"), Opened("next"), paid("0.5")], False),
        (cost_reached(100), [paid("1"), paid(None)], True),
        (cost_reached(100, by="b"), [paid("1", agent="b"), paid(None)], False),
        (cost_reached(100, unknown="ignored"), [paid("1"), paid(None)], False),
        (cost_reached(1, unknown="ignored"), [paid("1"), paid(None)], True),
        (cost_reached(1), [CACHED], False),
        (cost_reached(Decimal("0.01")), [], False),
    ],
)
def test_what_a_rule_says_of_a_log(rule: Rule, spent: list[Entry], *, expected: bool) -> None:
    log = log_of(*spent)

    assert [rule(log), rule(log.fork())] == [expected] * 2


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (tokens_used(1), "1 token was used, or a call did not say how many"),
        (tokens_used(500, of="output", by="a", unknown="ignored"), "500 output tokens were used by a"),
        (cost_reached("0.50"), "0.50 US dollars were spent, or a price is unknown"),
        (cost_reached(2, by="a", unknown="ignored"), "2 US dollars were spent by a"),
    ],
)
def test_a_rule_says_in_words_why_it_ends_and_pickles(rule: Rule, words: str) -> None:
    assert str(rule) == words
    assert pickle.loads(pickle.dumps(rule)) == rule


@pytest.mark.parametrize("usd", [0, "-1", "much", "NaN", "Infinity"])
def test_an_amount_is_an_amount(usd: int | str) -> None:
    with pytest.raises(ConfigError, match=f"US dollars above 0; found {usd!r}"):
        cost_reached(usd)


def test_tokens_are_counted_from_one() -> None:
    with pytest.raises(ConfigError, match="from 1; found 0"):
        tokens_used(0)


def test_a_conversation_ends_by_what_its_model_calls_cost() -> None:
    def model(effect: CallModel) -> ModelReply:
        return ModelReply("x", usage=Usage(9, output=1), cost_usd=Decimal("0.25"), model="m")

    def nameless(effect: CallModel) -> ModelReply:
        return ModelReply("x", model="m")

    def messages(rule: Rule, answer: Callable[[CallModel], ModelReply]) -> int:
        outcome = World(CallModel.by(answer), None).run_sync(team.stopping(rule), "hi")
        assert outcome.reason.why == "rule"
        return len(outcome.transcript)

    team = group(Agent("a", model_reply()), until=message_count(9))
    assert messages(cost_reached(1), model) == 5
    assert messages(tokens_used(25), model) == 4
    assert messages(cost_reached(1), nameless) == 2, "nobody knows what it cost"
    assert messages(cost_reached(1, unknown="ignored"), nameless) == 9
    assert messages(tokens_used(25), nameless) == 2, "nor how much it was"


@given(st.lists(entries(), max_size=8))
def test_what_was_spent_is_the_sum_of_all_charges_since_the_opening(given_entries: list[Entry]) -> None:
    openings = [at for at, entry in enumerate(given_entries) if isinstance(entry, Opened)]
    since = given_entries[openings[-1] :] if openings else given_entries
    paid = [c for entry in since if isinstance(entry, Spent) for c in entry.charges if not c.cached]
    found = spending(Log(given_entries))

    assert found.input_tokens + found.output_tokens == sum(charge.usage.total for charge in paid)
    assert found.usd == sum((charge.cost_usd for charge in paid if charge.cost_usd is not None), Decimal(0))
    assert bool(found.unpriced) == any(charge.cost_usd is None and charge.calls for charge in paid)


class Watched(tuple[Charge, ...]):
    """Counts how often somebody looks."""

    looks = 0

    def __iter__(self) -> Iterator[Charge]:
        Watched.looks += 1
        return super().__iter__()


def test_a_look_costs_what_is_new() -> None:
    Watched.looks = 0
    rule = cost_reached(10_000) | tokens_used(1_000_000)
    log = log_of()
    for _ in range(300):
        log = log.append(Spent("a", Watched([Charge("m", Usage(1), cost_usd=Decimal(1))])))
        assert not rule(log)
        assert not rule(log.fork())

    assert Watched.looks == 300, "both rules go by one sum"
