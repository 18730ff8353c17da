"""The real servers, started on loopback: Temporal's development server, and PostgreSQL."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from attrs import define

PATIENCE_S = 60.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@define(eq=False)
class TemporalServer:
    """The development server, with its database in a file: it can be killed and started again."""

    folder: Path
    options: tuple[str, ...] = ()
    port: int = 0
    process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def start(self) -> None:
        program = shutil.which("temporal")
        assert program is not None
        self.port = self.port or free_port()
        line = [program, "server", "start-dev", "--ip", "127.0.0.1", "--port", str(self.port), "--headless"]
        line += ["--db-filename", str(self.folder / "temporal.db"), "--log-level", "never"]
        line += ["--sqlite-pragma", "journal_mode=wal", "--sqlite-pragma", "synchronous=1", *self.options]
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(line, stdout=log, stderr=log)
        health = [program, "operator", "cluster", "health", "--address", self.address]
        _until(lambda: subprocess.run(health, capture_output=True, check=False).returncode == 0)

    def kill(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            self.process = None


@define(eq=False)
class Postgres:
    """Debian's PostgreSQL, run by the user it insists on."""

    folder: Path
    port: int = 0

    @property
    def url(self) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/postgres"

    @staticmethod
    def programs() -> Path | None:
        """Where the newest one is, if it is installed."""
        found = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))
        return found[-1].parent if found else None

    def start(self) -> None:
        programs = self.programs()
        assert programs is not None
        if not self.port:
            self.port = free_port()
            shutil.chown(self.folder, "postgres")
            self._run(f"{programs}/initdb -D {self.folder}/pg -A trust -N")
        options = f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1"
        self._run(f"{programs}/pg_ctl -D {self.folder}/pg -l {self.folder}/pg.log -w -o '{options}' start")

    def stop(self) -> None:
        """At once, as a crash would."""
        self._run(f"{self.programs()}/pg_ctl -D {self.folder}/pg -m immediate stop")

    def _run(self, line: str) -> None:
        with (self.folder / "commands.log").open("ab") as log:
            as_postgres = ["su", "postgres", "-s", "/bin/sh", "-c", line]
            subprocess.run(as_postgres, check=True, cwd="/", stdin=subprocess.DEVNULL, stdout=log, stderr=log)


def can_start_postgres() -> bool:
    return Postgres.programs() is not None and os.geteuid() == 0


def _until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < end, "the server did not start"
        time.sleep(0.05)
