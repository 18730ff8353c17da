"""Fixtures of the provider tests."""

from __future__ import annotations

import pytest


@pytest.fixture(params=["asyncio", "trio"])
def backend(request: pytest.FixtureRequest) -> str:
    """Each event loop a provider works in."""
    return str(request.param)
