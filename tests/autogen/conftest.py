"""Fixtures of the familiar API's tests."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def open_path() -> Iterator[Path]:
    """A folder that a user without rights can come to, as whom programs run where the tests run as root."""
    with tempfile.TemporaryDirectory(prefix="typedagents-test-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)
