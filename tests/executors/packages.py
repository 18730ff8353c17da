"""What a Jupyter kernel takes, copied to where any user and any sandbox may read it.

The environment that runs the tests may lie in a place that is closed to users without rights, as programs are.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement

PYTHON = "/usr/bin/python3"
LEFT_OUT = ("debugpy", "jedi", "parso")
"""Large, and for those who debug and complete."""


class CannotCopy(Exception):
    """Why this machine's own Python cannot run a kernel from these packages."""


def _needed(name: str, seen: dict[str, Distribution]) -> None:
    if name.lower() in seen:
        return
    try:
        seen[name.lower()] = distribution(name)
    except PackageNotFoundError as error:
        raise CannotCopy(f"{name} is not installed") from error
    for line in seen[name.lower()].requires or ():
        wanted = Requirement(line)
        if wanted.name not in LEFT_OUT and (wanted.marker is None or wanted.marker.evaluate({"extra": ""})):
            _needed(wanted.name, seen)


def _files(name: str) -> Iterator[tuple[Path, str]]:
    seen: dict[str, Distribution] = {}
    _needed(name, seen)
    for found in seen.values():
        for file in found.files or ():
            if not {"..", "tests"} & set(file.parts) and file.suffix != ".pyc":
                yield Path(str(file.locate())), str(file)


def copy_kernel(folder: Path) -> None:
    """Copy ipykernel and all it needs into ``folder``; ``CannotCopy`` where the system's Python is another one."""
    told = subprocess.run(
        [PYTHON, "-c", "import sys; print(*sys.version_info[:2])"],
        capture_output=True,
        text=True,
        check=False,
    )
    ours = "{} {}".format(*sys.version_info[:2])
    if told.stdout.strip() != ours:
        raise CannotCopy(f"{PYTHON} is Python {told.stdout.strip() or 'none'}, the packages are for {ours}")
    for source, name in _files("ipykernel"):
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, place)
    subprocess.run([PYTHON, "-m", "compileall", "-q", str(folder)], check=False, capture_output=True)
    for made in (folder, *folder.rglob("*")):
        made.chmod(0o755)


def kernel_command(folder: str) -> tuple[str, ...]:
    """The Python of this machine, with these packages."""
    return ("env", f"PYTHONPATH={folder}", PYTHON)
