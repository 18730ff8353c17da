"""What the commands load."""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.durable.work import Doing, teams, world_of

__all__ = ["teams", "world"]

world = world_of(Doing(Path(tempfile.gettempdir())))
