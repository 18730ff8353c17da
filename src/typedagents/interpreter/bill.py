"""What a run cost: by call, agent and model, as a table and as plain data."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Literal, TypeAlias, assert_never

from attrs import frozen

from typedagents.core.usage import Charge, Usage, merged

By: TypeAlias = Literal["call", "agent", "model", "run"]

_numbers_in = re.compile(r"([0-9]+)").split
_HEADS = ("calls", "input", "cache read", "cache write", "output", "reasoning", "US dollars")


@frozen
class Billed:
    """One call: where in the run it stands, who asked, and what it used and cost."""

    path: str
    agent: str
    charge: Charge


@frozen
class BillRow:
    """What calls came to that have ``of`` in common. ``cost_usd`` is None where a price is unknown; ``known_usd`` is
    what is known of it. ``unmetered`` of the calls did not say what they used.
    """

    of: str
    calls: int
    usage: Usage
    unmetered: int
    cost_usd: Decimal | None
    known_usd: Decimal

    @property
    def data(self) -> dict[str, str | int | None]:
        """The same as plain data; money as its digits in a text."""
        return {
            "of": self.of,
            "calls": self.calls,
            "fresh_input": self.usage.fresh_input,
            "cache_read": self.usage.cache_read,
            "cache_write": self.usage.cache_write,
            "output": self.usage.output,
            "reasoning": self.usage.reasoning,
            "unmetered": self.unmetered,
            "cost_usd": None if self.cost_usd is None else f"{self.cost_usd:f}",
            "known_usd": f"{self.known_usd:f}",
        }


@frozen
class Bill:
    """What a run cost, call by call. ``cost_usd`` is None where a price is unknown; cached answers were not paid."""

    calls_made: tuple[Billed, ...] = ()

    @classmethod
    def of(cls, calls: Iterable[Billed]) -> Bill:
        """A bill of these calls, as they stand in the run: the order in which answers came is not to be seen."""
        return cls(tuple(sorted(calls, key=lambda call: place_in_run(call.path))))

    @property
    def by_agent(self) -> tuple[tuple[str, tuple[Charge, ...]], ...]:
        """The charges of each agent, one for each model, cached ones apart."""
        found: dict[str, list[Charge]] = {}
        for call in self.calls_made:
            found.setdefault(call.agent, []).append(call.charge)
        return tuple([(agent, merged(found[agent])) for agent in sorted(found)])

    @property
    def by_model(self) -> tuple[Charge, ...]:
        return merged(call.charge for call in self.calls_made)

    @property
    def usage(self) -> Usage:
        """Tokens of all paid calls."""
        return self.total().usage

    @property
    def calls(self) -> int:
        """All, cached ones included."""
        return self.total(cached=True).calls

    @property
    def cost_usd(self) -> Decimal | None:
        """What was paid; None as soon as one price is unknown. Nothing asked costs nothing."""
        return self.total().cost_usd

    @property
    def unpriced(self) -> tuple[str, ...]:
        """Models whose price is not known."""
        return tuple(
            charge.model for charge in self.by_model if charge.cost_usd is None and not charge.cached
        )

    # --- the report ---------------------------------------------------------------------------------------------

    def total(self, *, cached: bool = False) -> BillRow:
        """All of it. ``cached``: with what came from a cache, as if it had been paid."""
        return _row("all", [call.charge for call in self.calls_made if cached or not call.charge.cached])

    def rows(self, by: By = "agent", *, cached: bool = False) -> tuple[BillRow, ...]:
        """One row for each call, in order, or each agent or model, by name, or one for the run."""
        found: dict[str, list[Charge]] = {}
        for call in self.calls_made:
            if cached or not call.charge.cached:
                found.setdefault(_key(call, by), []).append(call.charge)
        names = found if by == "call" else sorted(found)
        return tuple([_row(name, found[name]) for name in names])

    def table(self, by: By = "agent", *, cached: bool = False) -> str:
        """``rows`` as text, with their sum below where there are several."""
        rows = self.rows(by, cached=cached)
        lines = [(by, *_HEADS), *(_cells(row) for row in rows)]
        if len(rows) != 1:
            lines.append(_cells(self.total(cached=cached)))
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        return "\n".join(_aligned(line, widths) for line in lines)

    def data(self, by: By = "agent", *, cached: bool = False) -> list[dict[str, str | int | None]]:
        """``rows`` as plain data."""
        return [row.data for row in self.rows(by, cached=cached)]


def _key(call: Billed, by: By) -> str:
    match by:
        case "call":
            return call.path
        case "agent":
            return call.agent
        case "model":
            return call.charge.model
        case "run":
            return "all"
        case _ as never:
            assert_never(never)


def place_in_run(path: str) -> list[str | int]:
    """Sorts paths by the numbers in them: as effects stand in the run, not as their answers came."""
    return [int(piece) if piece.isdigit() else piece for piece in _numbers_in(path)]


def _row(of: str, charges: list[Charge]) -> BillRow:
    costs = [charge.cost_usd for charge in charges]
    known = sum((cost for cost in costs if cost is not None), start=Decimal(0))
    return BillRow(
        of,
        sum(charge.calls for charge in charges),
        sum((charge.usage for charge in charges), start=Usage()),
        sum(charge.unmetered for charge in charges),
        None if None in costs else known,
        known,
    )


def _cells(row: BillRow) -> tuple[str, ...]:
    usage = row.usage
    counts = (
        row.calls,
        usage.fresh_input,
        usage.cache_read,
        usage.cache_write,
        usage.output,
        usage.reasoning,
    )
    return (row.of, *map(str, counts), _known(row))


def _known(row: BillRow) -> str:
    """What is known of a cost."""
    if row.cost_usd is not None:
        return dollars(row.cost_usd)
    return f"{dollars(row.known_usd)} + unknown" if row.known_usd else "unknown"


def dollars(amount: Decimal) -> str:
    """In digits, without those that say nothing."""
    return f"{amount.normalize():f}" if amount else "0"


def _aligned(line: tuple[str, ...], widths: list[int]) -> str:
    """Names to the left, numbers to the right."""
    first, *others = (cell.rjust(width) for cell, width in zip(line, widths, strict=True))
    return "  ".join([first.strip().ljust(widths[0]), *others]).rstrip()
