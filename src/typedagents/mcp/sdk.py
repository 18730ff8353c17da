"""Whether the official SDK is there. Nothing of it is imported before it is used: that takes more than a second."""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import PackageNotFoundError, version

import anyio

from typedagents.core.errors import ConfigError

NEEDED = "mcp>=2.2,<3"


def require_sdk() -> None:
    """Raise ``ConfigError`` where the SDK is missing, or another major version of it is installed."""
    try:
        found = version("mcp")
    except PackageNotFoundError:
        wrong = "it is not installed"
    else:
        if found.partition(".")[0] == "2":
            return
        wrong = f"found version {found}"
    raise ConfigError(f"MCP needs its SDK, {NEEDED}; {wrong}: pip install 'typedagents[mcp]'")


async def load_sdk() -> None:
    """``require_sdk``, and import it in a thread meanwhile, so that what else runs in this loop goes on."""
    require_sdk()
    await anyio.to_thread.run_sync(import_module, "mcp")
