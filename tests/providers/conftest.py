"""Fixtures of the provider tests."""

from __future__ import annotations

import pytest

from tests.providers.ways import WAYS


@pytest.fixture(params=["asyncio", "trio"])
def backend(request: pytest.FixtureRequest) -> str:
    """Each event loop a provider works in."""
    return str(request.param)


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest) -> str:
    """Each way in which a provider is asked: in an event loop, or in a run that blocks."""
    return str(request.param)
