"""What is wrong with a configuration, in classes that are Python's own too, for programs that catch those."""

from __future__ import annotations

from typedagents.core.errors import ConfigError


class InvalidValue(ConfigError, ValueError):
    """A value that is none of those possible."""


class InvalidType(ConfigError, TypeError):
    """A value of a type that is not possible."""


class NotFound(ConfigError, FileNotFoundError):
    """Neither a file nor a variable of this name."""
