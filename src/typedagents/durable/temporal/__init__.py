"""Conversations on Temporal: a cluster that takes over from workers that are lost. Needs ``typedagents[temporal]``."""

from importlib.util import find_spec

from typedagents.core.errors import ConfigError
from typedagents.durable.keys import KeyRing

if find_spec("temporalio") is None:
    raise ConfigError(
        "conversations on Temporal need the package temporalio; pip install 'typedagents[temporal]'"
    )

from .client import TemporalClient
from .worker import TemporalPlan, check_history, temporal_worker

__all__ = ["KeyRing", "TemporalClient", "TemporalPlan", "check_history", "temporal_worker"]
