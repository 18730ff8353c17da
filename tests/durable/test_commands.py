"""`typedagents worker` and `typedagents submit`, as people and supervisors call them."""

from __future__ import annotations

import asyncio
import signal
import subprocess
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.cli.calling import ROOT, call, environment, line
from tests.durable.helping import until
from tests.durable.servers import TemporalServer
from typedagents.stores.sqlite import sqlite_runs

pytestmark = [pytest.mark.durable, pytest.mark.filterwarnings("ignore")]
TARGET = "tests.durable.work"
WORLD = ("--world", "tests.durable.cli_targets")


def held_by_a_worker(folder: Path, engine: str, *where: str) -> None:
    store = ("--store", str(folder / "runs.sqlite"))
    worker = subprocess.Popen(
        line("worker", engine, TARGET, *WORLD, *where, *store),
        cwd=ROOT,
        env=environment(),
        stdout=subprocess.PIPE,
    )
    try:
        assert worker.stdout is not None
        assert b"its teams: fetching, short" in worker.stdout.readline()
        submitted = call("submit", engine, TARGET, "short", "go", *where, "--wait", folder=folder)
        assert submitted.returncode == 2, submitted.stderr
        run, summary, why = submitted.stdout.splitlines()
        assert summary.startswith("F(F(a1)+F(b1))")
        assert "max_decisions=2" in why
        assert sqlite_runs(folder / "runs.sqlite").read(run)
        asyncio.run(answered_from_outside(folder, engine, where, store))
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(60) == 0
    finally:
        worker.kill()
        worker.communicate()


async def answered_from_outside(
    folder: Path, engine: str, where: tuple[str, ...], store: tuple[str, str]
) -> None:
    """What `runs` lists as waiting is answered as the error says, and goes on to its end."""
    runs = sqlite_runs(store[1])
    submitted = call("submit", engine, TARGET, "asking", "go", *where, folder=folder)
    name = submitted.stdout.strip()

    async def stands(standing: str) -> bool:
        return name in [run.name for run in runs.runs() if run.standing == standing]

    await until(lambda: stands("waiting"))
    (prompt,) = runs.run(name).prompts
    left = call("answer", f"{store[1]}:{prompt.id}", "well", folder=folder)
    assert left.returncode != 0
    assert f"typedagents answer {prompt.id} TEXT --engine" in left.stderr
    told = call("answer", name, "well", "--engine", engine, *where, folder=folder)
    assert told.stdout == f"{engine} is told; the first answer to {prompt.id} counts\n", told.stderr
    await until(lambda: stands("ended"))
    assert runs.run(name).prompts == ()
    call("answer", prompt.id, "late", "--engine", engine, *where, folder=folder)
    assert "AskHuman 'well'" in call("show", f"{store[1]}:{name}", folder=folder).stdout


@pytest.mark.skipif(find_spec("dbos") is None, reason="DBOS is not installed")
def test_on_dbos(tmp_path: Path) -> None:
    held_by_a_worker(tmp_path, "dbos", "--url", f"sqlite:///{tmp_path}/dbos.sqlite")


@pytest.mark.skipif(find_spec("temporalio") is None, reason="Temporal's SDK is not installed")
def test_on_temporal(tmp_path: Path, temporal: TemporalServer) -> None:
    held_by_a_worker(tmp_path, "temporal", "--address", temporal.address, "--queue", "commands")


def test_a_target_without_teams_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.py").write_text("world = None\n")
    refused = call("worker", "dbos", "empty.py", folder=tmp_path)
    assert refused.returncode == 4
    assert "its 'teams' is None; write: teams = teams(a, b)" in refused.stderr
