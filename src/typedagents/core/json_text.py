"""Values as JSON text."""

from __future__ import annotations

from msgspec.json import encode

from .errors import ConfigError


def json_text(value: object) -> str:
    """``value`` as canonical JSON text; raises ``ConfigError`` where JSON cannot hold it."""
    try:
        return encode(value, order="deterministic").decode()
    except (TypeError, ValueError, RecursionError) as error:
        raise ConfigError(f"{type(value).__name__} cannot be written as JSON: {error}") from error
