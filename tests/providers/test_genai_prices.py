"""The prices of another package, where it is installed."""

from __future__ import annotations

import sys
from decimal import Decimal

import pytest

from typedagents.core.errors import ConfigError
from typedagents.core.model import ModelReply
from typedagents.core.usage import Usage
from typedagents.interpreter.prices import built_in_prices
from typedagents.providers.genai_prices import genai_prices


def reply(model: str, provider: str, usage: Usage | None) -> ModelReply:
    return ModelReply("x", model=model, provider=provider, usage=usage)


@pytest.mark.parametrize("usage", [Usage(1000, 2000, 300, 400, 50), Usage(400_000, 20, 0, 10, 5)])
def test_it_agrees_with_the_built_in_table(usage: Usage) -> None:
    pytest.importorskip("genai_prices")

    for price in built_in_prices().prices:
        for model in price.models:
            said = reply(model, price.provider, usage)
            assert genai_prices(said) == built_in_prices()(said), model


def test_what_it_does_not_know_is_none() -> None:
    pytest.importorskip("genai_prices")

    assert genai_prices(reply("no such model", "openai", Usage(1))) is None
    assert genai_prices(reply("gpt-4o", "no such provider", Usage(1))) is None


def test_without_usage_or_provider_nobody_is_asked() -> None:
    assert genai_prices(reply("gpt-4o", "", Usage(1))) is None
    assert genai_prices(reply("gpt-4o", "openai", None)) is None


def test_where_it_is_not_installed_the_error_says_how(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "genai_prices", None)
    with pytest.raises(ConfigError, match=r"typedagents\[prices\]"):
        genai_prices(reply("gpt-4o", "openai", Usage(1)))


def test_money_is_exact() -> None:
    pytest.importorskip("genai_prices")
    assert genai_prices(reply("gpt-4o", "openai", Usage(1))) == Decimal("0.0000025")
