"""Benchmarks are files named bench_*.py; what they measure is printed as one table at the end.

A benchmark takes the fixture `measured` and says what it found, in which unit, and the bar it is held to:
`measured("a turn, in process", 12.4, "us", at_most=30)`. Ratios within one run say more than seconds.
"""

from __future__ import annotations

from typing import Protocol

import pytest
from attrs import frozen


@frozen
class Row:
    """One line of the table."""

    what: str
    value: float
    unit: str
    at_most: float | None

    def __str__(self) -> str:
        bar = "" if self.at_most is None else f"{self.at_most:,.6g}"
        return f"| {self.what:<50} | {self.value:>12,.4g} | {self.unit:<8} | {bar:>10} |"


class Measured(Protocol):
    """Takes a row of the table; fails the benchmark where the value is above its bar."""

    def __call__(self, what: str, value: float, unit: str, *, at_most: float | None = None) -> None: ...


ROWS = pytest.StashKey[list[Row]]()


@pytest.fixture
def measured(pytestconfig: pytest.Config) -> Measured:
    """Where a benchmark writes what it found."""
    rows = pytestconfig.stash.setdefault(ROWS, [])

    def write(what: str, value: float, unit: str, *, at_most: float | None = None) -> None:
        rows.append(Row(what, value, unit, at_most))
        assert at_most is None or value <= at_most, f"{what}: {value:.4g} {unit}, the bar is {at_most:.4g}"

    return write


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Prints the table."""
    if rows := config.stash.get(ROWS, []):
        terminalreporter.section("measured")
        terminalreporter.write_line(f"| {'what':<50} | {'value':>12} | {'unit':<8} | {'at most':>10} |")
        terminalreporter.write_line(f"|{'-' * 52}|{'-' * 13}:|{'-' * 10}|{'-' * 11}:|")
        for row in rows:
            terminalreporter.write_line(str(row))
