"""What AutoGen had before version 0.2, and what stands for it."""

from __future__ import annotations

from typing import NoReturn

from typedagents.core.errors import ConfigError


class Completion:
    """Gone since AutoGen 0.2, as there: ``create`` is a ``ConfigError`` that names ``OpenAIWrapper``."""

    @classmethod
    def create(cls, **config: object) -> NoReturn:
        raise ConfigError(
            f"{cls.__name__}.create is gone; use OpenAIWrapper(config_list=...).create(messages=...)"
        )


class ChatCompletion(Completion):
    """See ``Completion``."""
