"""Holds mypy and pyright to what users are promised: `python tests/typing/check.py`.

`good_*.py` is user code that both must accept. In `bad_*.py` both must reject each line marked `# E`, and nothing
else; `# E: text` asks further that the text stands in a message of each, as in `run(team)  # E: AskHuman`. Lines are
compared, so a marked statement stays on one line (ruff's formatter leaves these files alone).
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from attrs import frozen
from msgspec import Struct, json

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
MARK = re.compile(r"#\s*E(?::\s*(?P<text>.*?))?\s*$")


@frozen
class Spot:
    """A line of a file, by the file's name."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"tests/typing/{self.file}:{self.line}"


@frozen
class Checked:
    """What one checker reports: for each line all its messages, joined."""

    name: str
    messages: Mapping[Spot, str]


class MypyLine(Struct):
    """A line that `mypy --output json` prints."""

    file: str
    line: int
    message: str
    severity: str
    hint: str | None = None


class PyrightPosition(Struct):
    """Where a range begins; lines count from 0."""

    line: int


class PyrightRange(Struct):
    """The text a diagnostic is about."""

    start: PyrightPosition


class PyrightDiagnostic(Struct):
    """One entry of pyright's report."""

    file: str
    message: str
    severity: str
    range: PyrightRange | None = None


class PyrightReport(Struct, rename="camel"):
    """What `pyright --outputjson` prints."""

    general_diagnostics: list[PyrightDiagnostic]


def expected(files: Sequence[Path]) -> dict[Spot, str]:
    """Returns the marked lines, each with the text its message must hold (perhaps empty)."""
    return {
        Spot(file.name, number): match["text"] or ""
        for file in files
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
        if (match := MARK.search(line))
    }


def gathered(reports: Iterator[tuple[Spot, str]]) -> dict[Spot, str]:
    """Returns the messages by line, those of one line joined."""
    messages: dict[Spot, str] = {}
    for spot, message in reports:
        messages[spot] = f"{messages[spot]} / {message}" if spot in messages else message
    return messages


def run(arguments: Sequence[str]) -> str:
    """Returns what a checker prints; 0 and 1 are its ways to say fine and not fine."""
    done = subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode not in {0, 1}:
        raise SystemExit(
            f"{' '.join(arguments[:3])} failed with {done.returncode}:\n{done.stdout}{done.stderr}"
        )
    return done.stdout


def mypy(files: Sequence[Path]) -> Checked:
    """Runs mypy with the project's settings."""
    printed = run([sys.executable, "-m", "mypy", "--output", "json", *map(str, files)])
    lines = [json.decode(line, type=MypyLine) for line in printed.splitlines() if line.startswith("{")]
    errors = {Spot(Path(line.file).name, line.line) for line in lines if line.severity == "error"}
    reports = ((Spot(Path(line.file).name, line.line), f"{line.message} {line.hint or ''}") for line in lines)
    return Checked("mypy", gathered((spot, message) for spot, message in reports if spot in errors))


def pyright() -> Checked:
    """Runs pyright, in its standard mode, for this interpreter; the files are those of pyrightconfig.json."""
    arguments = ["--project", str(HERE), "--pythonpath", sys.executable, "--outputjson"]
    report = json.decode(run([sys.executable, "-m", "pyright", *arguments]), type=PyrightReport)
    reports = (
        (Spot(Path(found.file).name, found.range.start.line + 1 if found.range else 1), found.message)
        for found in report.general_diagnostics
        if found.severity in {"error", "warning"}
    )
    return Checked("pyright", gathered(reports))


def disagreements(wanted: Mapping[Spot, str], checked: Checked) -> Iterator[str]:
    """Says where a checker rejects too much, too little, or for another reason."""
    for spot, text in wanted.items():
        if spot not in checked.messages:
            yield f"{spot}: {checked.name} accepts a line marked # E"
        elif text not in checked.messages[spot]:
            yield f"{spot}: {checked.name} does not say {text!r} but: {checked.messages[spot]}"
    for spot, message in checked.messages.items():
        if spot not in wanted:
            yield f"{spot}: {checked.name} rejects a line that is not marked: {message}"


def main() -> int:
    """Prints every disagreement; returns 1 where there is one, or where there was nothing to check."""
    good, bad = sorted(HERE.glob("good_*.py")), sorted(HERE.glob("bad_*.py"))
    wanted = expected(bad)
    unmarked = [file.name for file in bad if not any(spot.file == file.name for spot in wanted)]
    if not good or not bad or unmarked:
        print(f"typing: {len(good)} good and {len(bad)} bad files; without a line marked # E: {unmarked}")
        return 1
    reports = (mypy([*good, *bad]), pyright())
    wrong = [line for checked in reports for line in disagreements(wanted, checked)]
    print(
        "\n".join(wrong)
        or f"typing: {len(wanted)} lines rejected by both, {len(good)} files accepted by both"
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
