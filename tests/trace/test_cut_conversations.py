"""Policies that show a model a part of the conversation: each message stands in the trace once all the same."""

from __future__ import annotations

from collections import Counter

import pytest
from msgspec.json import decode

from typedagents.core.decision import Decision, Reply
from typedagents.core.effect import Steps
from typedagents.core.errors import Divergence, TraceError
from typedagents.core.limits import Limits
from typedagents.core.log import Transcript
from typedagents.core.message import Message
from typedagents.core.model import CallModel, ModelReply
from typedagents.core.team import Agent, Team, group
from typedagents.core.view import View
from typedagents.interpreter.traces import TraceMemory
from typedagents.interpreter.world import World
from typedagents.trace.recording import Recording

TURNS = 12


def talks(shown: int) -> Team[CallModel]:
    def says(view: View) -> Steps[Decision, CallModel]:
        recent = Transcript(list(view.transcript)[-shown:])
        reply = yield from CallModel(recent, view.me)
        return Reply(reply.parts, "model")

    return group(Agent("a", says), Agent("b", says), limits=Limits(max_decisions=TURNS))


def answer(request: CallModel) -> ModelReply:
    last = request.transcript.last
    return ModelReply(f"after {last.text if last else 'nothing'}"[-40:] + str(len(request.transcript)))


def recorded() -> tuple[World[CallModel], TraceMemory]:
    store = TraceMemory()
    world = World(CallModel.by(answer), store=store)
    world.run_sync(talks(3), "hello", name="r")
    return world, store


def test_each_message_is_written_once() -> None:
    _, store = recorded()
    lines = [decode(line) for line in bytes(store.traces["r"]).splitlines()]
    kinds = Counter(line["line"] for line in lines)

    assert kinds["message"] == len({repr(line["message"]) for line in lines if line["line"] == "message"})
    assert kinds["again"] > TURNS, "the same messages stand in chains of their own"
    assert len(max(bytes(store.traces["r"]).splitlines(), key=len)) < 1000


def test_it_replays_and_every_prefix_resumes() -> None:
    world, store = recorded()
    whole = bytes(store.traces["r"])
    outcome = world.replay(talks(3), "r")

    for cut in range(whole.index(b"\n") + 1, len(whole), 97):
        store.traces["r"] = bytearray(whole[:cut])
        assert world.resume_sync(talks(3), "r") == outcome


def test_what_differs_is_named_through_repeated_messages() -> None:
    world, store = recorded()
    with pytest.raises(Divergence, match="transcript"):
        world.replay(talks(4), "r")
    recording = Recording.load(bytes(store.traces["r"]).splitlines(keepends=True))
    head = next(head for head, line in recording.messages.items() if hasattr(line, "of"))
    assert isinstance(recording.message(head), Message)
    with pytest.raises(TraceError, match="is not in the trace"):
        recording.message("00")
