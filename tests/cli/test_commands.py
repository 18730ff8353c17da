"""The command line as people and scripts use it: real processes, their output, and their exit codes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

TARGETS = "tests.cli.targets_for_tests"
ROOT = Path(__file__).resolve().parents[2]


def command(*arguments: str, folder: Path, **environment: str) -> tuple[list[str], dict[str, str]]:
    """The command line and the environment of one call."""
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("OPENAI_")}
    env = {**clean, "PYTHONPATH": os.pathsep.join(paths), "COLUMNS": "100", **environment}
    del folder
    return [sys.executable, "-m", "typedagents", *arguments], env


def call(
    *arguments: str, folder: Path, typed: str = "", **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run one command in ``folder`` to its end."""
    line, env = command(*arguments, folder=folder, **environment)
    return subprocess.run(
        line, env=env, cwd=folder, input=typed, capture_output=True, text=True, check=False, timeout=120
    )


def traces(folder: Path) -> list[Path]:
    return sorted((folder / ".typedagents/runs").glob("*.jsonl"))


def test_help_states_the_exit_codes(tmp_path: Path) -> None:
    done = call("--help", folder=tmp_path)
    assert done.returncode == 0
    assert "130 cancelled" in done.stdout


@pytest.mark.parametrize(
    ("target", "message", "code", "shown"),
    [
        (TARGETS, "hello", 0, "silence"),
        (f"{TARGETS}:stopped", "hello", 0, "stopped by other: enough"),
        (f"{TARGETS}:made", "hello", 0, "stopped by other: enough"),
        (f"{TARGETS}:endless", "hello", 2, "max_decisions=3"),
        (TARGETS, "please fail", 3, "provider.not_found"),
    ],
)
def test_how_a_run_ended_is_its_exit_code(
    target: str, message: str, code: int, shown: str, tmp_path: Path
) -> None:
    done = call("run", target, message, folder=tmp_path)
    assert done.returncode == code, done.stderr
    assert shown in done.stdout
    assert "\x1b" not in done.stdout
    (trace,) = traces(tmp_path)
    assert str(trace.relative_to(tmp_path)) in done.stdout.replace("\n", "")


@pytest.mark.parametrize(
    ("target", "says"),
    [
        ("no_such_module", "no module named 'no_such_module'"),
        ("no_such_file.py", "there is no file no_such_file.py"),
        (f"{TARGETS}:nobody", "has no 'nobody'"),
        (f"{TARGETS}:not_a_team", "is a Message, not a team"),
        (f"{TARGETS}:needs", "cannot be called without arguments"),
        ("typedagents.policies", "name the team"),
    ],
)
def test_a_wrong_target_is_told_and_ends_with_4(target: str, says: str, tmp_path: Path) -> None:
    done = call("run", target, "hello", folder=tmp_path)
    assert done.returncode == 4
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_a_file_s_only_team_is_found(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(
        "from typedagents import Agent, Stop, group\nonly = group(Agent('a', lambda view: Stop('done')))\n"
    )
    done = call("run", "mine.py", "hello", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "stopped by a: done" in done.stdout


def test_a_file_that_raises_is_told(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("1 / 0\n")
    done = call("run", "mine.py", "hello", folder=tmp_path)
    assert done.returncode == 4
    assert "raised ZeroDivisionError while it was imported" in done.stderr


def test_without_a_model_it_says_where_it_looked(tmp_path: Path) -> None:
    done = call("run", "typedagents.examples.local_model", "hello", folder=tmp_path)
    assert done.returncode == 4
    assert "--model, OPENAI_MODEL" in done.stderr


def test_without_a_key_it_says_so(tmp_path: Path) -> None:
    done = call("run", "typedagents.examples.local_model", "hello", "--model", "gpt-x", folder=tmp_path)
    assert done.returncode == 4
    assert "OPENAI_API_KEY" in done.stderr


def test_a_policy_s_mistake_is_told_and_the_trace_kept(tmp_path: Path) -> None:
    done = call("run", f"{TARGETS}:raising", "hello", folder=tmp_path)
    assert done.returncode == 4
    assert "KeyError" in done.stderr
    assert len(traces(tmp_path)) == 1


def test_json_lines_are_all_there_is_on_standard_output(tmp_path: Path) -> None:
    done = call("run", TARGETS, "hello", "--json", folder=tmp_path)
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0
    assert events[0]["event"] == "RunStarted"
    assert "Observed" in {event["event"] for event in events}
    assert events[-1]["data"]["reason"] == {"why": "silence"}


def test_a_trace_is_shown_replayed_and_found_changed(tmp_path: Path) -> None:
    call("run", TARGETS, "hello", folder=tmp_path)
    (trace,) = traces(tmp_path)
    shown = call("show", str(trace), folder=tmp_path)
    assert "you said: hello" in shown.stdout
    assert "CallModel" in shown.stdout
    replayed = call("replay", str(trace), TARGETS, folder=tmp_path)
    assert (replayed.returncode, len(traces(tmp_path))) == (0, 1)
    other = call("replay", str(trace), f"{TARGETS}:stopped", folder=tmp_path)
    assert other.returncode == 4
    assert "differs from the trace" in other.stderr


def test_no_trace_and_another_folder(tmp_path: Path) -> None:
    call("run", TARGETS, "hello", "--no-trace", folder=tmp_path)
    assert traces(tmp_path) == []
    call("run", TARGETS, "hello", "--trace-dir", "elsewhere", folder=tmp_path)
    assert len(list((tmp_path / "elsewhere").glob("*.jsonl"))) == 1


def test_a_budget_ends_it_with_2(tmp_path: Path) -> None:
    done = call("run", f"{TARGETS}:endless", "hello", "--max-model-calls", "1", folder=tmp_path)
    assert done.returncode == 2
    assert "max_model_calls=1 does not allow CallModel" in done.stdout


def test_a_damaged_trace_is_told(tmp_path: Path) -> None:
    (tmp_path / "bad.jsonl").write_text('{"line": "header", "format": 99}\n')
    done = call("show", "bad.jsonl", folder=tmp_path)
    assert done.returncode == 4
    assert "trace format 99" in done.stderr


def test_the_human_types(tmp_path: Path) -> None:
    done = call("chat", f"{TARGETS}:asks", folder=tmp_path, typed="hello\nmore of it\n")
    assert done.returncode == 0, done.stderr
    assert "more of it" in done.stdout
    gone = call("chat", f"{TARGETS}:asks", folder=tmp_path, typed="hello\n")
    assert "the human behind 'person' left" in gone.stdout


def test_ctrl_c_stops_and_leaves_a_trace_that_resumes(tmp_path: Path) -> None:
    line, env = command("run", TARGETS, "please wait", folder=tmp_path)
    process = subprocess.Popen(
        line, env=env, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    seen = ""
    while "half a sen" not in seen:
        piece = process.stdout.read(1)
        assert piece, "it ended before it was interrupted"
        seen += piece
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "typedagents resume" in out
    assert "Traceback" not in err
    (trace,) = traces(tmp_path)
    assert '"half a sen"' in trace.read_text()
    shown = call("show", str(trace), folder=tmp_path)
    assert "not ended: it can be resumed" in shown.stdout


def test_the_demo_runs_replays_and_compares(tmp_path: Path) -> None:
    done = call("demo", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "exitcode: 1" in done.stdout
    assert "328" in done.stdout
    assert "the same conversation, entry for entry" in done.stdout


def test_the_doctor_names_keys_and_never_shows_them(tmp_path: Path) -> None:
    done = call("doctor", folder=tmp_path, OPENAI_API_KEY="sk-secret")
    assert done.returncode == 0
    assert "OPENAI_API_KEY" in done.stdout
    assert "sk-secret" not in done.stdout
    assert "executor: bubblewrap" in done.stdout


def test_without_the_extra_it_says_how_to_get_it(tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['cyclopts'] = None\n"
        "import importlib.util as u; found = u.find_spec\n"
        "u.find_spec = lambda name: None if name == 'cyclopts' else found(name)\n"
        "import typedagents.cli as cli; sys.exit(cli.main([]))"
    )
    _, env = command(folder=tmp_path)
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 4
    assert "pip install 'typedagents[cli]'" in done.stderr
