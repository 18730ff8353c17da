"""For tests of programs written with typedagents: scripted worlds, recordings that replay, and random values.

    team = chat(user_proxy("user", "never"), assistant("assistant"))
    world = World(with_models(scripted_model("It is 4. TERMINATE")), store=None)
    assert world.run_sync(team, "What is 2 + 2?").summary == "It is 4."

``scripted_model``, ``scripted_human`` and ``scripted_executor`` say their lines in order and remember what they were
asked. ``assert_replays`` and ``record_or_replay`` hold a team to a recorded run, with the network blocked; in pytest,
``--typedagents=record`` makes the recordings and the fixture ``typedagents_recording`` names their files.
``typedagents.testing.strategies`` holds a Hypothesis strategy for every value.

Names are loaded when they are first used: pytest imports this package in every project where it is installed.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .clock import VirtualClock
    from .network import NetworkBlocked, blocked_network
    from .recordings import Mode, RecordingFolder, assert_replays, record_or_replay, wanted_mode
    from .scripted import (
        ScriptedExecutor,
        ScriptedHuman,
        ScriptedModel,
        ScriptEnded,
        calling,
        scripted_executor,
        scripted_human,
        scripted_model,
    )

__all__ = [
    "Mode",
    "NetworkBlocked",
    "RecordingFolder",
    "ScriptEnded",
    "ScriptedExecutor",
    "ScriptedHuman",
    "ScriptedModel",
    "VirtualClock",
    "assert_replays",
    "blocked_network",
    "calling",
    "record_or_replay",
    "scripted_executor",
    "scripted_human",
    "scripted_model",
    "wanted_mode",
]

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        homes = ("scripted", "recordings", "network", "clock")
        found = (vars(import_module(f".{home}", __name__)).get(name) for home in homes)
        return next(value for value in found if value is not None)
