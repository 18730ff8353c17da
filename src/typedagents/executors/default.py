"""Which executor to use where nothing was said: the first that isolates and works, never a silent compromise."""

from __future__ import annotations

import subprocess
import sys

from attrs import frozen

from typedagents.core.code import CodeLimits
from typedagents.core.errors import ExecutorUnavailable

from .bubblewrap import Bubblewrap, command_line, unusable
from .commandline import CommandLineExecutor
from .folder import drops_to

OPT_IN = "or run it without isolation: LocalExecutor(accept_no_isolation=True)"
ELSEWHERE = (
    "there is no sandbox for this system yet; run typedagents on Linux, or in a Linux container or machine"
)


@frozen
class Probe:
    """Whether an executor works here, and why or why not."""

    name: str
    works: bool
    text: str


def probe_bubblewrap() -> Probe:
    """Run ``true`` in the sandbox; takes about 10 ms."""
    try:
        box = Bubblewrap()
    except ExecutorUnavailable as error:
        return Probe("bubblewrap", works=False, text=str(error))
    line = command_line(box, "/usr", ["true"], {}, CodeLimits(), 2)
    user = drops_to()
    groups = () if user is not None else None
    try:
        done = subprocess.run(
            line,
            capture_output=True,
            check=False,
            timeout=30,
            user=user,
            group=user,
            extra_groups=groups,
            cwd="/",
            env={},
        )
    except (OSError, subprocess.SubprocessError) as error:
        return Probe("bubblewrap", works=False, text=f"{box.bwrap} does not run: {error}")
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip()
        return Probe("bubblewrap", works=False, text=f"{said}; {unusable(said)}")
    return Probe("bubblewrap", works=True, text=f"{box.bwrap} isolates")


def default_executor(*, work_dir: str | None = None) -> CommandLineExecutor:
    """The executor that isolates on this machine; ``ExecutorUnavailable`` names the choices where there is none."""
    probe = probe_bubblewrap()
    if probe.works:
        return CommandLineExecutor(Bubblewrap(work_dir))
    hint = OPT_IN if sys.platform.startswith("linux") else f"{ELSEWHERE}; {OPT_IN}"
    raise ExecutorUnavailable(f"no executor here isolates code: {probe.text}", hint)
