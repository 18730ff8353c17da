"""Several processes on one file, killed at any time: what was committed is there, and what must not be is not repeated."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from random import Random, SystemRandom

import pytest

import typedagents
from tests.stores.worker import STAYS, TEAM, TURNS, Noting
from typedagents.core.errors import TraceError
from typedagents.stores.sqlite import SqliteRuns, sqlite_runs
from typedagents.trace.recording import Recording

pytestmark = pytest.mark.skipif("sys.platform == 'win32'", reason="there is no SIGKILL on Windows")

ROOT = Path(__file__).resolve().parents[2]
KILLS, NEVER = 4, 10**6
SOURCE = str(Path(typedagents.__path__[0]).parent)


def working(folder: Path, *names: str) -> subprocess.Popen[str]:
    """A process that holds these runs."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.stores.worker", str(folder), *names],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([SOURCE, str(ROOT)])},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def killed_after(worker: subprocess.Popen[str], performances: int) -> bool:
    """Kill it when it says that it performs for the nth time; False where it has ended before."""
    with worker:
        assert worker.stdout is not None
        for _ in range(performances):
            if not worker.stdout.readline():
                assert worker.wait() == 0
                return False
        worker.kill()
        return worker.wait() == -signal.SIGKILL


def performed(folder: Path, run: str, what: str) -> list[str]:
    """What was noted of a run, in order: what began, or what ended."""
    lines = (folder / "performed").read_text(encoding="utf-8").splitlines()
    return [words[2] for line in lines if (words := line.split())[:2] == [run, what]]


def check_committed(folder: Path, runs: SqliteRuns, name: str) -> None:
    """Whatever began before something else of its run began had been committed when that began."""
    if name not in {run.name for run in runs.runs()}:
        return
    lines = runs.read(name)
    done = Recording.load(lines).outcomes if lines else {}
    ended = performed(folder, name, "end")
    assert len(done) >= len(set(ended)) - 1, "all but the last had to be written before the next began"


def test_killed_again_and_again_runs_end_as_if_they_had_not_been(tmp_path: Path) -> None:
    seed = SystemRandom().randrange(1000)
    print("seed", seed)  # noqa: T201  # shown when it fails
    dice, runs = Random(seed), sqlite_runs(tmp_path / "runs.sqlite")
    shares = (("r0", "r1"), ("r2", "r3"))
    kills = 0
    under_way = set(shares)
    while under_way:
        workers = {share: working(tmp_path, *share) for share in sorted(under_way)}
        for share, worker in workers.items():
            if killed_after(worker, dice.randint(1, 20) if kills < KILLS else NEVER):
                kills += 1
            else:
                under_way.discard(share)
            for name in share:
                check_committed(tmp_path, runs, name)

    twice_in_all = 0
    for name in ("r0", "r1", "r2", "r3"):
        outcome = Noting(tmp_path, name).world().replay(TEAM, name)
        began = Counter(performed(tmp_path, name, "begin"))
        twice = began - Counter(dict.fromkeys(began, 1))
        twice_in_all += twice.total()
        assert runs.run(name).reason == outcome.reason
        assert not {what for what in twice if what.startswith("s")}, (
            f"never what must not be repeated, seed {seed}"
        )
        assert len(outcome.transcript) == TURNS + 1
        for turn, message in enumerate(list(outcome.transcript)[1:]):
            assert message.text in {f"A{turn} B{turn} S{turn}", f"A{turn} B{turn} unknown"}
    assert twice_in_all <= kills, (
        f"an effect is repeated only where its result was not yet written, seed {seed}"
    )


def test_a_run_is_free_when_the_process_that_wrote_it_is_dead(tmp_path: Path) -> None:
    runs = sqlite_runs(tmp_path / "runs.sqlite")
    with working(tmp_path, STAYS) as worker:
        assert worker.stdout is not None
        worker.stdout.readline()
        assert runs.run(STAYS).standing == "running"
        with pytest.raises(TraceError, match=r"the run 'stays' in .* is being written"):
            runs.reopen(STAYS)
        worker.kill()
    assert runs.run(STAYS).standing == "stopped"
    assert not list((tmp_path / "runs.sqlite.writers").iterdir()), "what the dead have left is tidied up"
    assert Noting(tmp_path, "again").world().resume_sync(TEAM, STAYS).ok


def test_many_processes_may_begin_with_the_same_new_file(tmp_path: Path) -> None:
    names = [f"r{number}" for number in range(4)]
    workers = [working(tmp_path, name) for name in names]
    for worker in workers:
        with worker:
            worker.communicate()
        assert worker.returncode == 0
    runs = sqlite_runs(tmp_path / "runs.sqlite")

    assert sorted(run.name for run in runs.runs()) == names
    assert {run.standing for run in runs.runs()} == {"ended"}
