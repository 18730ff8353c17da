"""The world that the commands load."""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.durable.work import Doing, world_of

world = world_of(Doing(Path(tempfile.gettempdir())))
