"""A world that does not perform what the team asks for records nothing."""

from __future__ import annotations

from typedagents import CallModel, World, assistant, chat, user_proxy, with_models
from typedagents.testing import record_or_replay, scripted_model

coding = chat(user_proxy("user", "never"), assistant("coder"))


def world() -> World[CallModel]:
    return World(with_models(scripted_model()))


record_or_replay("a.jsonl", world, coding, "hi")  # E: RunCode
record_or_replay("a.jsonl", world(), coding, "hi")  # E: RunCode
