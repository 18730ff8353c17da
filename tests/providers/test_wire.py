"""Request bodies: each message is encoded once, and versions and branches never see each other's bytes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tests.providers.conversations import ME, MESSAGES, OTHER
from typedagents.core.log import Transcript
from typedagents.core.message import Message
from typedagents.core.model import CallModel
from typedagents.policies.projection import Item, project
from typedagents.providers.formats.openai_chat import COMPATIBLE, Profile, encode
from typedagents.providers.formats.openai_chat.encode import Rendering
from typedagents.providers.formats.wire import EMPTY, Encoding, assembled

PROFILE = Profile(provider="here")


class Body(msgspec.Struct):
    """What of a request's body is looked at."""

    messages: list[dict[str, object]]


def messages(transcript: Transcript, profile: Profile = PROFILE) -> list[dict[str, object]]:
    body = encode(CallModel(transcript, ME), profile, model="m", stream=False).body
    return msgspec.json.decode(body, type=Body).messages


def from_scratch(transcript: Transcript) -> list[object]:
    rendered = [msgspec.json.encode(message) for message in Rendering(PROFILE)(project(transcript, ME))]
    return [msgspec.json.decode(message) for message in rendered]


@given(st.lists(MESSAGES, max_size=10))
def test_a_running_body_is_the_body_made_from_scratch(said: list[Message]) -> None:
    transcript = Transcript()
    for message in said:
        transcript = transcript.append(message)
        assert from_scratch(transcript) == messages(transcript)
    for length in range(len(said)):
        assert from_scratch(Transcript(said[:length])) == messages(transcript.prefix(length))


@given(st.lists(MESSAGES, max_size=10))
def test_what_is_sent_is_well_formed(said: list[Message]) -> None:
    due: list[object] = []
    for message in messages(Transcript(said)):
        if message["role"] == "tool":
            assert due
            assert due.pop(0) == message["tool_call_id"]
            continue
        assert due == []
        calls = message.get("tool_calls")
        due = [call["id"] for call in calls] if isinstance(calls, list) else []
        assert calls or message["content"] is not None
    assert due == []


class Branches(RuleBasedStateMachine):
    """Grows versions of one conversation in any order, old ones too."""

    def __init__(self) -> None:
        super().__init__()
        self.versions = [Transcript()]

    @rule(which=st.integers(0, 1000), message=MESSAGES, fork=st.booleans(), ask=st.booleans())
    def say(self, which: int, message: Message, fork: bool, ask: bool) -> None:  # noqa: FBT001 - Hypothesis names its arguments
        version = self.versions[which % len(self.versions)]
        version = (version.fork() if fork else version).append(message)
        if ask:
            messages(version)
        self.versions.append(version)

    @invariant()
    def every_version_is_sent_as_it_is(self) -> None:
        for version in self.versions[-5:]:
            assert from_scratch(version) == messages(version)


TestBranches = Branches.TestCase
TestBranches.settings = settings(max_examples=30, stateful_step_count=20, deadline=None)


class Counted:
    """A rendering that counts what it is given."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, items: Sequence[Item]) -> Iterator[dict[str, object]]:
        self.count += len(items)
        yield from Rendering(COMPATIBLE)(items)


def test_each_message_is_encoded_once() -> None:
    counted = Counted()
    transcript = Transcript()
    for number in range(200):
        transcript = transcript.append(Message(OTHER, f"{number}"))
        assembled(b"[", b"", transcript.fork(), Encoding(ME, counted), b"]")

    assert counted.count == 200


def test_a_branch_that_is_asked_first_does_not_claim_the_main_line() -> None:
    main = Transcript([Message(OTHER, "one")])
    for number in range(50):
        branch = main.fork().append(Message(OTHER, f"aside {number}"))
        assert f"aside {number}" == messages(branch)[-1]["content"]
        main = main.append(Message(OTHER, f"main {number}"))
        assert [number + 2, f"main {number}"] == [len(messages(main)), messages(main)[-1]["content"]]


def test_many_branches_make_few_buffers() -> None:
    step = Encoding(ME, Rendering(COMPATIBLE))
    wire = step(EMPTY, Message(OTHER, "x" * 50))
    for number in range(500):
        step(wire, Message(OTHER, f"aside {number}"))
        wire = step(wire, Message(OTHER, f"main {number}"))

    assert wire.settled is not None
    assert len(wire.settled.views()) <= 12


def test_the_conversation_of_nobody_is_empty() -> None:
    assert project(Transcript(), ME) == ()
    assert messages(Transcript()) == []
