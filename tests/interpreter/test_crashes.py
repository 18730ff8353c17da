"""Law 11 with a real process: killed at each boundary and inside effects, then resumed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

import typedagents
from tests.interpreter.crasher import TEAM, Doing, store_in
from tests.interpreter.effects import Fetch, Send
from typedagents.interpreter.world import World

pytestmark = pytest.mark.skipif("sys.platform == 'win32'", reason="there is no SIGKILL on Windows")

ROOT = Path(__file__).resolve().parents[2]
WHOLE = ["go", "A0 B0 S0", "A1 B1 S1"]
EACH_ONCE = Counter(f"{what}{turn}" for what in "abs" for turn in range(2))


@pytest.fixture(params=["files", "sqlite"])
def kind(request: pytest.FixtureRequest) -> str:
    """Where the run is kept."""
    return str(request.param)


def crash(folder: Path, point: str, kind: str) -> None:
    source = str(Path(typedagents.__path__[0]).parent)
    done = subprocess.run(
        [sys.executable, "-m", "tests.interpreter.crasher", str(folder), point, kind],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([source, str(ROOT)])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr


def resumed(folder: Path, kind: str) -> tuple[list[str], Counter[str]]:
    """What is said in the end, and how often each effect was performed over both lives."""
    doing = Doing(folder)
    world = World(Fetch.by(doing.fetch) | Send.by(doing.send), store_in(folder, kind))
    outcome = world.resume_sync(TEAM, "run")
    assert world.replay(TEAM, "run") == outcome
    return (
        [message.text for message in outcome.transcript],
        Counter((folder / "performed").read_text(encoding="utf-8").split()),
    )


@pytest.mark.parametrize("point", [f"write:{number}/{half}" for number in (2, 4, 7) for half in (0, 1, 2)])
def test_killed_between_effects_or_while_writing_nothing_recorded_is_performed_twice(
    tmp_path: Path, point: str, kind: str
) -> None:
    if kind == "sqlite" and point.endswith("/1"):
        pytest.skip("a step is written to a database as a whole; it is killed while writing in tests/stores")
    crash(tmp_path, point, kind)
    lines = store_in(tmp_path, kind).read("run")
    done = [line for line in lines if line.startswith(b'{"line":"done"') and line.endswith(b"\n")]
    said, performed = resumed(tmp_path, kind)

    twice, missing = performed - EACH_ONCE, EACH_ONCE - performed
    assert twice.total() <= 1, "only what was performed and not yet written down"
    assert not {what for what in twice if what.startswith("s")}, "never what must not be repeated"
    assert missing.total() <= 1
    assert all(what.startswith("s") for what in missing), "begun, and then nobody knows"
    assert [text.replace("unknown", f"S{turn - 1}") for turn, text in enumerate(said)] == WHOLE
    assert sum("unknown" in text for text in said) <= 1
    assert len(done) <= performed.total()


def test_killed_inside_an_idempotent_effect_it_is_performed_again(tmp_path: Path, kind: str) -> None:
    crash(tmp_path, "inside:b0", kind)
    said, performed = resumed(tmp_path, kind)

    assert said == WHOLE
    assert performed == EACH_ONCE + Counter(["b0"])


def test_killed_inside_an_effect_that_must_not_be_repeated_the_policy_is_told(
    tmp_path: Path, kind: str
) -> None:
    crash(tmp_path, "inside:s0", kind)
    said, performed = resumed(tmp_path, kind)

    assert said == ["go", "A0 B0 unknown", "A1 B1 S1"]
    assert performed == EACH_ONCE
