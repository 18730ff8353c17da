"""Conversations on Temporal: a cluster that takes over from workers that are lost. Needs ``typedagents[temporal]``."""

from importlib.util import find_spec

from typedagents.core.errors import ConfigError

if find_spec("temporalio") is None:
    raise ConfigError(
        "conversations on Temporal need the package temporalio; pip install 'typedagents[temporal]'"
    )

from .client import TemporalClient
from .payloads import KeyRing
from .worker import TemporalPlan, check_history, temporal_worker

__all__ = ["KeyRing", "TemporalClient", "TemporalPlan", "check_history", "temporal_worker"]
