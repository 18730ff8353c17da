"""Code files, run in an executor from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.calling import call
from typedagents.executors import probe_bubblewrap

needs_bubblewrap = pytest.mark.skipif(not probe_bubblewrap().works, reason=probe_bubblewrap().text)


@needs_bubblewrap
def test_files_run_up_to_the_first_that_fails(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("print('hello'); open('left.txt', 'w').write('x')")
    (tmp_path / "b.sh").write_text("echo bad >&2; exit 3")
    (tmp_path / "c.py").write_text("print('never')")
    done = call("exec", "a.py", "b.sh", "c.py", folder=tmp_path)

    assert done.returncode == 3
    assert done.stdout.startswith("hello\na.py · exit 0\nb.sh · exit 3\n")
    assert "left.txt · 1 bytes" in done.stdout
    assert done.stderr == "bad\n"


@needs_bubblewrap
def test_limits_hold_and_scripts_read_them(tmp_path: Path) -> None:
    (tmp_path / "loop.py").write_text("print('on', flush=True)\nwhile True: pass")
    done = call("exec", "--json", "--wall", "0.5", "--executor", "bubblewrap", "loop.py", folder=tmp_path)

    told = json.loads(done.stdout)
    assert done.returncode == told["exit_code"] == 124
    (block,) = told["blocks"]
    assert (block["file"], block["how"], block["end"]) == ("loop.py", "timed_out", "stopped after 0.5 s")
    assert block["stdout"] == {"text": "on\n", "dropped": 0}


def test_what_is_not_enforced_is_said(tmp_path: Path) -> None:
    pytest.importorskip("resource", reason="limits as POSIX has them")
    (tmp_path / "a.py").write_text("print(1)")
    done = call("exec", "--executor", "local", "a.py", folder=tmp_path)

    assert done.returncode == 0, done.stderr
    assert "not enforced here: isolation, network" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("none.py",), "cannot read none.py as text"),
        (("a.cob",), "a.cob is of no language that is known by its ending; known are: .html"),
        (("--wall", "0", "a.py"), "--wall and --memory are above 0; found 0 and 512"),
    ],
)
def test_what_cannot_be_run_is_said(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    (tmp_path / "a.cob").write_text("x")
    (tmp_path / "a.py").write_text("x")
    done = call("exec", *arguments, folder=tmp_path)

    assert done.returncode == 4
    assert said in done.stderr
