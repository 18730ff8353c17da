"""A recording is held to a team by any world that performs what the team asks for, ready or made when it is needed."""

from __future__ import annotations

from typedagents import (
    CallModel,
    Outcome,
    RunCode,
    World,
    assistant,
    chat,
    society,
    user_proxy,
    with_executor,
    with_models,
)
from typedagents.testing import RecordingFolder, record_or_replay, scripted_executor, scripted_model

coding = chat(user_proxy("user", "never"), assistant("coder"))
timed = chat(user_proxy("user", "never", code=None), society("coders", coding))


def world() -> World[CallModel | RunCode]:
    return World(with_models(scripted_model()) | with_executor(scripted_executor()))


def recorded(folder: RecordingFolder) -> tuple[Outcome, ...]:
    return (
        record_or_replay("a.jsonl", world, coding, "hi"),
        record_or_replay("a.jsonl", world(), coding, "hi"),
        record_or_replay("b.jsonl", world, timed, "hi", mode="record"),
        record_or_replay("b.jsonl", world(), timed, "hi", mode="record"),
        folder(world, coding, "hi"),
        folder(world(), timed, "hi"),
    )
