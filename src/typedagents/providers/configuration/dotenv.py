"""Variables out of a ``.env`` file. The environment itself is left as it is."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

logger = logging.getLogger(__name__)


def dotenv(path: str | None = None) -> dict[str, str]:
    """What the file says: the one named, or the nearest ``.env`` in this folder and those above."""
    if path is None:
        here = Path.cwd()
        file = next((one / ".env" for one in (here, *here.parents) if (one / ".env").is_file()), None)
    else:
        file = Path(path) if Path(path).is_file() else None
    if file is None:
        logger.warning("there is no %s; only the environment is looked at", path or ".env file")
        return {}
    return dict(_assignments(file.read_text(encoding="utf-8")))


def _assignments(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        name, equals, value = line.strip().removeprefix("export ").partition("=")
        if not equals or name.startswith("#"):
            continue
        value = value.strip()
        if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
            value = value[1:-1]
        else:
            value = value.partition(" #")[0].rstrip()
        yield name.strip(), value
