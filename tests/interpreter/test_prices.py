"""What replies cost: rates by tokens and tiers, tables one after the other, and the provider's own word first."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import given

from typedagents.core.errors import ConfigError
from typedagents.core.limits import Limits
from typedagents.core.log import Transcript
from typedagents.core.message import AgentName, Message
from typedagents.core.model import CallModel, ModelReply, Settings
from typedagents.core.team import Agent, group
from typedagents.core.usage import Usage
from typedagents.interpreter.ports import with_models
from typedagents.interpreter.prices import (
    Prices,
    PriceTable,
    built_in_prices,
    first_known,
    priced,
    prices_of,
    read_prices,
    usual_prices,
)
from typedagents.interpreter.traces import TraceMemory
from typedagents.interpreter.world import World
from typedagents.policies.model import model_reply
from typedagents.testing.strategies import usages

TABLE = """
[[price]]
provider = "here"
models = ["small", "small-1"]
checked = 2026-01-02
source = "a page"
input = 1
cache_read = 0.1
cache_write = 1.25
output = 10

[[price.tier]]
above = 1000
input = 2
output = 20
cache_read = 0.2

[[price]]
provider = "here"
models = ["plain"]
checked = 2026-01-02
source = "a page"
input = 1
output = 2
"""
PRICES = prices_of(TABLE)


def reply(model: str = "small", provider: str = "here", **buckets: int) -> ModelReply:
    return ModelReply("x", usage=Usage(**buckets), model=model, provider=provider)


@pytest.mark.parametrize(
    ("said", "millionths"),
    [
        (reply(fresh_input=3), "3"),
        (reply("small-1", fresh_input=3, cache_read=10, cache_write=4, output=1, reasoning=1), "29"),
        (reply(fresh_input=1000), "1000"),
        (reply(fresh_input=500, cache_read=500, cache_write=1, output=1), "1122"),
        (reply("plain", fresh_input=1, cache_write=2, output=1), "5"),
        (reply(), "0"),
    ],
)
def test_each_bucket_has_its_rate_and_a_long_call_other_ones(said: ModelReply, millionths: str) -> None:
    assert PRICES(said) == Decimal(millionths) / 1_000_000


@pytest.mark.parametrize(
    "said",
    [
        reply("other"),
        reply(provider="there"),
        ModelReply("x", model="small", provider="here"),
        reply("plain", cache_read=1),
    ],
)
def test_what_nobody_knows_is_none(said: ModelReply) -> None:
    assert PRICES(said) is None


@given(usages(), usages())
def test_more_tokens_never_cost_less(some: Usage, more: Usage) -> None:
    one, both = (
        PRICES(ModelReply("x", usage=usage, model="small", provider="here")) for usage in (some, some + more)
    )
    assert one is not None
    assert both is not None
    assert both >= one


def test_the_built_in_table_says_where_each_price_stood_and_names_no_model_twice() -> None:
    prices = built_in_prices().prices
    names = [(price.provider, model) for price in prices for model in price.models]

    assert len(names) == len(set(names)) > 10
    for price in prices:
        assert price.source.startswith("https://")
        assert date(2026, 1, 1) < price.checked
        assert 0 < (price.cache_read or 0) < price.input < price.output
    assert usual_prices(reply("claude-haiku-4-5", "anthropic", fresh_input=1_000_000, output=1_000_000)) == 6
    assert usual_prices(reply("claude-haiku-5-5", "anthropic", fresh_input=1_000_000)) == Decimal("0.5")


def test_tables_are_asked_in_order(tmp_path: Path) -> None:
    file = tmp_path / "prices.toml"
    file.write_text(TABLE.replace("input = 1\n", "input = 3\n"))
    mine = read_prices(file)

    assert first_known(mine, PRICES)(reply(fresh_input=1_000)) == Decimal("0.003")
    assert first_known(lambda said: None, PRICES)(reply(fresh_input=1_000)) == Decimal("0.001")
    assert first_known()(reply(fresh_input=1)) is None


@pytest.mark.parametrize(
    ("text", "problem"),
    [("[[price]]\n", "missing required field"), ("price = [", "cannot be read"), ("[[prise]]\n", "prise")],
)
def test_a_table_that_is_none_says_what_is_wrong(text: str, problem: str) -> None:
    with pytest.raises(ConfigError, match=problem):
        prices_of(text)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no prices at .*none\.toml"):
        read_prices(tmp_path / "none.toml")


def test_what_the_provider_says_counts() -> None:
    said = evolve(reply(fresh_input=1_000_000), cost_usd=Decimal("0.5"))

    assert priced(said, PRICES) is said
    assert priced(reply("plain", fresh_input=1_000_000), PRICES).cost_usd == 1
    assert priced(ModelReply("x"), PRICES).cost_usd is None
    unknown = reply("other")
    assert priced(unknown, PRICES) is unknown


class Says:
    """A model that gives these replies."""

    def __init__(self, replies: Iterable[ModelReply]) -> None:
        self.replies = iter(replies)

    def complete(self, request: CallModel, call: object, /) -> ModelReply:
        return next(self.replies)


def spent(prices: PriceTable) -> Decimal | None:
    store = TraceMemory()
    world = World(with_models(Says([reply("plain", fresh_input=1_000_000)])), store, prices=prices)
    team = group(Agent("a", model_reply()), limits=Limits(max_decisions=1))
    outcome = world.storing_in(store).run_sync(team, "hi", name="r")
    assert World(with_models({}), store).replay(team, "r").cost_usd == outcome.cost_usd
    return outcome.cost_usd


def test_a_world_knows_prices_and_a_trace_keeps_what_was_paid() -> None:
    assert spent(PRICES) == 1
    assert spent(Prices(())) is None


def test_the_worst_case_of_a_call_is_its_dearest_tokens() -> None:
    call = CallModel(Transcript([Message("a", "x" * 400)]), AgentName("b"), settings=Settings(max_tokens=10))

    assert PRICES.worst_case("here", "small", lambda call: 100)(call) == Decimal("0.000225")
    assert PRICES.worst_case("here", "plain", lambda call: 100)(
        CallModel(Transcript(), AgentName("b"))
    ) == Decimal("0.0001")
    with pytest.raises(
        ConfigError, match="no price for model 'x' of 'here'; there are: plain, small, small-1"
    ):
        PRICES.worst_case("here", "x")
