"""The model that an agent's ``llm_config`` names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from typedagents.core.errors import ConfigError
from typedagents.interpreter.ports import ModelProvider

from .configs import items


def provider_for(config: Mapping[str, object] | Literal[False]) -> ModelProvider:
    """The provider of the first entry that has one."""
    for entry in items(config or {}, "config_list") or [config or {}]:
        provider = entry.get("provider")
        if isinstance(provider, ModelProvider):
            return provider
    raise ConfigError("no provider is configured")
