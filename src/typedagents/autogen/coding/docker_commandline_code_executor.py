"""Running code in Docker, which comes later."""

from __future__ import annotations

from typing import NoReturn

from typedagents.core.errors import ConfigError

__all__ = ["DockerCommandLineCodeExecutor"]


class DockerCommandLineCodeExecutor:
    """Not there yet: making one is a ``ConfigError`` that says what to use."""

    def __init__(self, *args: object, **kwargs: object) -> NoReturn:
        raise ConfigError(
            "DockerCommandLineCodeExecutor comes with a later version; LocalCommandLineCodeExecutor runs code in a"
            " sandbox too, and needs no Docker"
        )
