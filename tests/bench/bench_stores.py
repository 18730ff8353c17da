"""What an effect costs whose result is kept in SQLite. 10,000 a minute on one core are 6 ms of it for each.

That none is lost that was committed, whenever the process is killed, stands in tests/stores/test_processes.py.
"""

from __future__ import annotations

from itertools import count
from pathlib import Path

import pytest

from tests.bench.bench_turns import HANDLER, cpu_s, team
from tests.bench.conftest import Measured
from typedagents import World
from typedagents.stores.sqlite import sqlite_runs

EFFECTS = 1000
BAR_MS = 60_000 / 10_000


@pytest.mark.parametrize("how", ["written", "synced"])
def test_an_effect_in_sqlite(measured: Measured, tmp_path: Path, how: str) -> None:
    runs, names = sqlite_runs(tmp_path / "runs.sqlite", fsync=how == "synced"), count()

    def held() -> None:
        World(HANDLER, runs).run_sync(team(EFFECTS), "hi", name=f"r{next(names)}")

    measured(f"an effect, {how} in SQLite", cpu_s(held) / EFFECTS * 1000, "ms", at_most=BAR_MS)
    kept = runs.run("r0")
    assert kept.unpriced == EFFECTS, "each was committed, and counted in the tables"
