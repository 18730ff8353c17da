"""The prices of the package ``genai-prices``: many models of many providers (the extra ``prices``)."""

from __future__ import annotations

from decimal import Decimal
from importlib import import_module

from typedagents.core.errors import ConfigError
from typedagents.core.model import ModelReply


def genai_prices(reply: ModelReply, /) -> Decimal | None:
    """A ``PriceTable``: what ``reply`` cost by that package; None where it knows no such provider or model.

    ``ConfigError`` where the package is not installed. It is imported when the first reply is priced.
    """
    if reply.usage is None or not reply.provider:
        return None
    try:
        package = import_module("genai_prices")
    except ModuleNotFoundError as error:
        raise ConfigError(
            "prices of genai-prices were asked for, which is not installed; pip install 'typedagents[prices]'"
        ) from error
    usage = reply.usage
    counted = package.Usage(
        input_tokens=usage.input_tokens,
        cache_read_tokens=usage.cache_read,
        cache_write_tokens=usage.cache_write,
        output_tokens=usage.output_tokens,
    )
    try:
        found = package.calc_price(counted, model_ref=reply.model, provider_id=reply.provider)
    except LookupError:
        return None
    total = found.total_price
    return total if isinstance(total, Decimal) else None
