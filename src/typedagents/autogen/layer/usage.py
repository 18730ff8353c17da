"""What chats and agents cost, in the form that AutoGen says it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

from typedagents.core.log import Log
from typedagents.core.usage import Charge, merged

from .chats import charges_in

if TYPE_CHECKING:
    from typedagents.autogen.agentchat.chat import Cost


def summed(charges: Iterable[Charge]) -> dict[str, object]:
    """Charges by model, and in all. A price that is not known counts as nought, as in AutoGen."""
    found: dict[str, object] = {"total_cost": 0.0}
    total = Decimal(0)
    by_model: dict[str, list[Charge]] = {}
    for charge in charges:
        by_model.setdefault(charge.model, []).append(charge)
    for model, several in by_model.items():
        cost = sum((one.cost_usd or Decimal(0) for one in several), start=Decimal(0))
        total += cost
        sent = sum(one.usage.input_tokens for one in several)
        got = sum(one.usage.output_tokens for one in several)
        found[model] = {
            "cost": float(cost),
            "prompt_tokens": sent,
            "completion_tokens": got,
            "total_tokens": sent + got,
        }
    found["total_cost"] = float(total)
    return found


def cost_of(log: Log) -> Cost:
    """What a conversation cost."""
    charges = merged(charge for _, charge in charges_in(log))
    return {
        "usage_including_cached_inference": summed(charges),
        "usage_excluding_cached_inference": summed(one for one in charges if not one.cached),
    }


def told_usage(mode: str, usage: Mapping[str, object] | None) -> str:
    """What calls cost, in words."""
    what = "with" if mode == "total" else "without"
    lines = [f"Usage summary, {what} cached answers:"]
    for model, cost in (usage or {"total_cost": 0.0}).items():
        if isinstance(cost, Mapping):
            lines.append(
                f"* {model}: cost {cost['cost']}, prompt_tokens {cost['prompt_tokens']}, "
                f"completion_tokens {cost['completion_tokens']}, total_tokens {cost['total_tokens']}"
            )
        else:
            lines.append(f"Total cost: {cost}")
    return "\n".join(lines)
