"""What becomes of a recorded run: shown, replayed, resumed."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path

import pytest

from tests.cli.calling import TARGETS, call, environment, line, traces


def recorded(folder: Path, target: str = "", message: str = "hello") -> str:
    """The path of the trace of a run, which may have failed."""
    call("run", f"{TARGETS}{target}", message, folder=folder)
    return str(traces(folder)[-1].relative_to(folder))


def test_show_needs_no_team(tmp_path: Path) -> None:
    done = call("show", recorded(tmp_path, ":nests"), folder=tmp_path)

    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("run 2")
    order = ["user\nhello", "  inner\n  you said: psst", "outer\nyou said: you said: psst & you said: hello"]
    places = [done.stdout.index(text) for text in order]
    assert places == sorted(places)
    assert (
        "turn 0 outer\n  conversation\n    turn 0 inner\n      CallModel echo · 15 in, 3 out" in done.stdout
    )
    assert "  branch 1\n    CallModel echo" in done.stdout
    assert "2 turns · 3 model calls · tokens 45 in" in done.stdout


def test_show_tells_failures_and_results_of_code(tmp_path: Path) -> None:
    failed = call("show", recorded(tmp_path, "", "please fail"), folder=tmp_path)
    ran = call("show", recorded(tmp_path, ":codes"), folder=tmp_path)

    assert "CallModel failed: provider.not_found" in failed.stdout
    assert "RunCode exit 1" in ran.stdout


def test_show_finds_a_run_by_its_name(tmp_path: Path) -> None:
    name = Path(recorded(tmp_path)).stem
    assert "you said: hello" in call("show", name, folder=tmp_path).stdout


def test_a_replay_performs_nothing_and_ends_alike(tmp_path: Path) -> None:
    done = call("replay", recorded(tmp_path, ":endless"), f"{TARGETS}:endless", folder=tmp_path)

    assert done.returncode == 0, done.stderr
    assert "hello" in done.stdout
    assert "nothing was performed" in done.stdout
    assert len(traces(tmp_path)) == 1


def test_a_replay_that_differs_is_told(tmp_path: Path) -> None:
    done = call("replay", recorded(tmp_path), f"{TARGETS}:stopped", folder=tmp_path)

    assert done.returncode == 4
    assert "differs from the trace" in done.stderr


@pytest.mark.parametrize(
    ("text", "says"), [('{"line": "header", "format": 99}\n', "trace format 99"), ("", "line 1")]
)
def test_a_damaged_trace_is_told(text: str, says: str, tmp_path: Path) -> None:
    (tmp_path / "bad.jsonl").write_text(text)
    done = call("show", "bad.jsonl", folder=tmp_path)

    assert done.returncode == 4
    assert says in done.stderr


def test_a_missing_trace_is_told(tmp_path: Path) -> None:
    done = call("replay", "nowhere.jsonl", TARGETS, folder=tmp_path)

    assert done.returncode == 4
    assert "no trace at nowhere.jsonl" in done.stderr


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_ctrl_c_stops_and_leaves_a_trace_that_resumes(options: list[str], tmp_path: Path) -> None:
    process = subprocess.Popen(
        line("run", TARGETS, "please wait", *options),
        env=environment(),
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    assert process.stdout is not None
    seen = ""
    while "half a" not in seen:
        piece = process.stdout.read(1)
        assert piece, "it ended before it was interrupted"
        seen += piece
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)

    assert process.returncode == 130, err
    assert err == ""
    (trace,) = traces(tmp_path)
    place = str(trace.relative_to(tmp_path))
    assert f"typedagents resume {place} {TARGETS}" in out
    assert '"half a sen"' in trace.read_text()
    shown = call("show", place, folder=tmp_path).stdout
    assert "echo was saying, when it was stopped\nhalf a sen\n" in shown
    assert "CallModel no result" in shown
    assert "not ended; go on with: typedagents resume" in shown
    resumed = call("resume", place, f"{TARGETS}:with_its_world", folder=tmp_path)
    assert resumed.returncode == 0, resumed.stderr
    assert "user\nplease wait\n\necho\nfrom the other world\n" in resumed.stdout
    assert "resumed 1 time" in call("show", place, folder=tmp_path).stdout
