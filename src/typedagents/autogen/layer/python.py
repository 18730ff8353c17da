"""The program's own functions, of which nothing is known but that they can be called."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

Python: TypeAlias = Callable[..., object]
"""A function with the parameters that whoever calls it knows of. The one place of the layer where types end."""
