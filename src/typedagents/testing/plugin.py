"""The pytest plugin: ``--typedagents=replay|record|rewrite``, and the fixture ``typedagents_recording``.

pytest loads it wherever typedagents is installed, so it imports nothing but pytest until it is used.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .recordings import RecordingFolder

VARIABLE = "TYPEDAGENTS_RECORDINGS"


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--typedagents``: what to do about recordings."""
    parser.getgroup("typedagents").addoption(
        "--typedagents",
        choices=("replay", "record", "rewrite"),
        help="replay recorded runs (the default), record those that are missing, or make all anew",
    )


def pytest_configure(config: pytest.Config) -> None:
    """The option goes into the environment: ``record_or_replay`` reads it there, in this process and its children."""
    mode: object = config.getoption("--typedagents")
    if isinstance(mode, str):
        before = os.environ.get(VARIABLE)
        os.environ[VARIABLE] = mode
        config.add_cleanup(lambda: _put_back(before))


def _put_back(before: str | None) -> None:
    if before is None:
        os.environ.pop(VARIABLE, None)
    else:
        os.environ[VARIABLE] = before


@pytest.fixture
def typedagents_recording(request: pytest.FixtureRequest) -> RecordingFolder:
    """Runs a team against this test's recording, ``recordings/<module>/<test>.jsonl`` beside the test."""
    from .recordings import RecordingFolder, wanted_mode

    node: object = request.node
    name = node.name if isinstance(node, pytest.Item) else "recording"
    folder = request.path.parent / "recordings" / request.path.stem
    return RecordingFolder(folder, re.sub(r"[^\w.-]+", "_", name).strip("_"), wanted_mode())
