"""What lies beside a program before it starts: files that come with the request, and packages that it requires.

Packages are installed in the sandbox, by the pip of the Python that runs the program there, so nothing of theirs runs
outside. Where no network is, they come from a folder of wheels.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from itertools import chain
from pathlib import Path

import anyio
from attrs import evolve
from msgspec.json import encode

from typedagents.core.code import CodeFile, Refused, RunCode, exit_code
from typedagents.core.errors import ConfigError, ExecutorError, ExecutorUnavailable

from .capture import Capture
from .planner import LANGUAGES
from .sandbox import Chunk, Interpreted, Job, SafePath, Sandbox

FOLDER = ".typedagents"
PACKAGES = f"{FOLDER}/packages"
WHEELS = f"{FOLDER}/wheels"
SCRIPT = SafePath(f"{FOLDER}/install.py")
SAID_BYTES = 2000
INSTALL_S = 600.0
"""Installing may take longer than a program; its other limits are those of the request."""

INSTALL = """import importlib, subprocess, sys
done = subprocess.run([sys.executable, "-m", "pip", *{options}], stdin=subprocess.DEVNULL)
importlib.invalidate_caches()
if done.returncode:
    sys.exit(done.returncode)
"""
OPTIONS = (
    *("--isolated", "--no-input", "--disable-pip-version-check", "install", "--quiet", "--no-cache-dir"),
    *("--no-warn-script-location", "--root-user-action=ignore", "--upgrade", "--target", PACKAGES),
)
HINT = "give CommandLineExecutor(..., wheels=FOLDER) with what is required, or an environment that has it already"


def checked_wheels(folder: str | os.PathLike[str] | None) -> str | None:
    """The folder, when it is one; ``ConfigError`` when not."""
    if folder is not None and not os.path.isdir(folder):
        raise ConfigError(
            f"wheels names a folder with packages (pip download -d {folder} NAME); there is none"
        )
    return None if folder is None else os.path.abspath(folder)


async def put_files(sandbox: Sandbox, files: Sequence[CodeFile]) -> Refused | None:
    """Put them into the work folder; why not, where one has no place there."""
    for file in files:
        try:
            await sandbox.write_file(SafePath(file.path), file.data)
        except ConfigError as error:
            return Refused(str(error))
        except ExecutorError as error:
            if error.kind != "path":
                raise
            return Refused(error.text)
    return None


def with_packages(env: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """The environment in which programs find what was installed."""
    own = dict(env).get("PYTHONPATH")
    return (*env, ("PYTHONPATH", f"{own}:{PACKAGES}" if own else PACKAGES))


async def install(
    sandbox: Sandbox, requirements: Sequence[str], request: RunCode, wheels: str | None
) -> None:
    """Install them, or raise ``ExecutorUnavailable`` with what pip says."""
    sources = () if wheels is None else ("--no-index", "--find-links", WHEELS)
    for wheel in () if wheels is None else await anyio.to_thread.run_sync(_wheels_in, wheels):
        await sandbox.write_file(SafePath(f"{WHEELS}/{wheel.name}"), await anyio.Path(wheel).read_bytes())
    options = [*OPTIONS, *sources, "--", *requirements]
    code = INSTALL.format(options=encode(options).decode())
    said = Capture(SAID_BYTES)

    def listen(chunk: Chunk) -> None:
        said.add(chunk.data)

    limits = evolve(request.limits, wall_s=INSTALL_S, cpu_s=INSTALL_S)
    argv, env = (*LANGUAGES["python"][1], SCRIPT.text), dict(with_packages(request.env))
    job = Job(argv, env=env, limits=limits, watch=listen)
    done = await sandbox.interpret("python", code, job)
    if done is None:
        await sandbox.write_file(SCRIPT, code.encode())
        done = Interpreted(await sandbox.exec(job))
    # What was installed is not something that the program left.
    await sandbox.collect(evolve(limits, artefact_bytes=0))
    if exit_code(done.end):
        raise ExecutorUnavailable(
            f"{', '.join(requirements)} could not be installed: {said.kept.text.strip()}", HINT
        )


def _wheels_in(folder: str) -> list[Path]:
    place = Path(folder)
    return sorted(chain(place.glob("*.whl"), place.glob("*.tar.gz")))
