"""Real MCP servers for the tests: found on the PATH, beside this Python, or skipped with the reason.

    pip install mcp-server-time==2026.10.19 mcp-server-git==2026.10.19
    npm install --prefix FOLDER @modelcontextprotocol/server-everything@2026.8.31 \\
        @modelcontextprotocol/server-memory@2026.8.31 @modelcontextprotocol/server-filesystem@2026.8.31

with FOLDER/node_modules/.bin on the PATH. `TYPEDAGENTS_ALL_SERVERS=1` makes a missing one an error.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.interpreter.calling import WAYS

collect_ignore_glob = [] if find_spec("mcp") is not None else ["test_*.py"]


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def installed() -> Callable[[str], str]:
    """The path of a server's command; the test is skipped where it is not installed."""

    def find(command: str) -> str:
        places = os.pathsep.join((os.environ.get("PATH", os.defpath), str(Path(sys.executable).parent)))
        found = shutil.which(command, path=places)
        if found is None:
            missing = f"{command} is not installed; tests/mcp/conftest.py says how"
            if os.environ.get("TYPEDAGENTS_ALL_SERVERS"):
                pytest.fail(missing)
            pytest.skip(missing)
        return found

    return find


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """What the server that does what servers should not do writes down."""
    return tmp_path / "log"
