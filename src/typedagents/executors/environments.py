"""Virtual environments whose Python programs run in, with what is installed there; made by ``python3 -m venv FOLDER``."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping

from typedagents.core.errors import ConfigError, ExecutorUnavailable

from .folder import barrier, drops_to


def checked_venv(folder: str | os.PathLike[str] | None) -> str | None:
    """The folder of a virtual environment; ``ConfigError`` where it is none."""
    if folder is None:
        return None
    path = os.path.abspath(folder)
    if not os.path.exists(os.path.join(path, "pyvenv.cfg")) or not os.path.exists(_programs(path)):
        raise ConfigError(
            f"venv names the folder of a virtual environment; {path} is none. Make one: python3 -m venv {path}"
        )
    return path


def _programs(venv: str) -> str:
    return os.path.join(venv, "bin")


def variables_of(venv: str | None, path: str) -> Mapping[str, str]:
    """What programs have in their environment, so that this virtual environment's programs come first."""
    if venv is None:
        return {"PATH": path}
    return {"PATH": os.pathsep.join((_programs(venv), path)), "VIRTUAL_ENV": venv}


def folders_of(venv: str | None) -> tuple[str, ...]:
    """The folders that a sandbox has to show for it: its own, and the installation of Python that it is made from."""
    if venv is None:
        return ()
    home = os.path.dirname(os.path.dirname(os.path.realpath(os.path.join(_programs(venv), "python3"))))
    return outside_the_system((venv, home))


def outside_the_system(folders: Iterable[str]) -> tuple[str, ...]:
    """Those that no sandbox shows anyway; ``ExecutorUnavailable`` where programs could not come to one."""
    found = tuple(sorted({folder for folder in folders if not folder.startswith("/usr")}))
    for folder in found:
        if drops_to() is not None and (closed := barrier(folder)):
            raise ExecutorUnavailable(
                f"programs run as a user without rights, who cannot use the Python in {folder}: {closed} is closed to"
                " others",
                f"chmod o+x {closed}, or make the environment elsewhere",
            )
    return found
