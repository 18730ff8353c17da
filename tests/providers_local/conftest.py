from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec

import pytest

from typedagents.core.errors import ConfigError
from typedagents.providers.local import LocalModel, find_weights


@pytest.fixture(scope="session")
def local_model() -> Iterator[LocalModel]:
    """The embedded model itself, running; skips, with the reason, where it or its runtime is not installed."""
    if find_spec("xllamacpp") is None:
        pytest.skip("xllamacpp is not installed: pip install 'typedagents[local]'")
    try:
        find_weights()
    except ConfigError as error:
        pytest.skip(str(error))
    model = LocalModel(max_tokens=400)
    model.start()
    yield model
    model.stop()
