"""The tests test: each of these small mistakes, planted in a copy of the package, is caught by a quick check of the laws."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import typedagents

SOURCE = Path(typedagents.__path__[0])
ROOT = Path(__file__).resolve().parents[2]

ORDER = "tests/core/test_laws.py::test_no_order_of_arrival_can_be_seen"
CUT = "tests/core/test_laws.py::test_cut_anywhere_and_resumed_a_run_ends_as_if_it_had_not_been"
STATE = (
    "tests/trace/test_state.py::test_written_and_read_between_all_effects_a_run_ends_as_if_it_had_not_been"
)
CHARGES = "tests/trace/test_codec.py::test_money_is_no_float"
PARTS = "tests/trace/test_codec.py::test_a_part_of_a_newer_version_is_kept_wherever_it_stands"
FORMAT = "tests/trace/test_lines.py::test_format_1_opens_for_ever"
ENDS = "tests/core/test_stop_reasons.py"

# (file, what stands there, the mistake, the tests that catch it)
MUTATIONS = {
    "a path is used twice": (
        "core/machine.py",
        "        fiber.places += 1\n        self._waiting[",
        "        self._waiting[",
        ORDER,
    ),
    "a child's tally is forgotten": ("core/machine.py", "parent.tally.add(fiber.tally)", "pass", ORDER),
    "what came back is not journalled": ("core/machine.py", "self.journal[path] = outcome", "pass", STATE),
    "a nested conversation forgets its turns": (
        "core/machine.py",
        "return self.frames.setdefault(Path(fiber.home), request.default)",
        "return request.default",
        STATE,
    ),
    "model calls are not counted": ("core/counting.py", "counts.model_calls += metered", "pass", ENDS),
    "silence is never heard": ("core/turn.py", "return Silence()", "return None", ENDS),
    "a policy may catch a human's leaving": (
        "core/machine.py",
        "self.halt(reason)\n                return",
        "pass",
        ENDS,
    ),
    "notes are left out": ("core/deciding.py", "[Noted(me, note) for note in decision.notes]", "[]", FORMAT),
    "money is rounded": ("trace/codec.py", 'decimal_format="string")', 'decimal_format="number")', CHARGES),
    "unknown parts are dropped": (
        "trace/codec.py",
        "return Unknown(name, canonical(value).decode())",
        "return Unknown(name, '')",
        PARTS,
    ),
    "what must not be repeated is": (
        "trace/recording.py",
        'then.repeat != "at_most_once"',
        'then.repeat != "never"',
        CUT,
    ),
}


@pytest.mark.parametrize("mistake", MUTATIONS)
def test_a_planted_mistake_is_caught(tmp_path: Path, mistake: str) -> None:
    file, there, instead, tests = MUTATIONS[mistake]
    text = (SOURCE / file).read_text(encoding="utf-8")
    assert there in text, f"{file} was rewritten; plant this mistake anew: {mistake}"

    done = checked(tmp_path, tests, mutated=(file, text.replace(there, instead)))

    assert done.returncode == 1, done.stdout + done.stderr
    assert "1 failed" in done.stdout, done.stdout


def checked(
    folder: Path, *tests: str, mutated: tuple[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run these tests against a copy of the package, until the first failure."""
    shutil.copytree(SOURCE, folder / "typedagents", ignore=shutil.ignore_patterns("__pycache__"))
    if mutated is not None:
        (folder / "typedagents" / mutated[0]).write_text(mutated[1], encoding="utf-8")
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("COV", "PYTEST"))
    }
    command = [sys.executable, "-m", "pytest", "-x", "-q", "--tb=line", "-p", "no:cacheprovider", *tests]
    return subprocess.run(
        command,
        cwd=ROOT,
        env={
            **environment,
            "PYTHONPATH": os.pathsep.join([str(folder), str(ROOT)]),
            "HYPOTHESIS_PROFILE": "quick",
            "PYTHONDONTWRITEBYTECODE": "1",
        },
        capture_output=True,
        text=True,
        check=False,
    )
