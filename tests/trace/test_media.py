"""Large media are set aside by their hash where the store keeps them, and shown whole to whoever performs."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from hashlib import sha256
from pathlib import Path

import pytest
from attrs import define, field, frozen
from hypothesis import given

from typedagents.core.effect import Effect, proved
from typedagents.core.limits import Limits
from typedagents.core.log import Transcript
from typedagents.core.message import AgentName, Message
from typedagents.core.model import CallModel, ModelReply
from typedagents.core.parts import Image, Inline, Link
from typedagents.core.team import Agent, Team, group
from typedagents.interpreter.outcome import Outcome
from typedagents.interpreter.traces import TraceMemory
from typedagents.interpreter.world import World
from typedagents.policies.model import model_reply
from typedagents.stores.sqlite import SqliteRuns, sqlite_runs
from typedagents.testing.strategies import messages, model_replies
from typedagents.trace.media import SCHEME, SET_ASIDE, Keeps, as_asked, keeper, put_back, set_aside


@define
class Shelf:
    """Keeps bytes in memory."""

    held: dict[str, bytes] = field(factory=dict)

    def keep(self, data: bytes, /) -> str:
        digest = sha256(data).hexdigest()
        self.held[digest] = data
        return digest

    def kept(self, digest: str, /) -> bytes:
        return self.held[digest]


@given(messages(), model_replies())
def test_what_was_set_aside_is_put_back(message: Message, reply: ModelReply) -> None:
    shelf = Shelf()
    for value in (message, reply):
        apart = set_aside(value, shelf.keep, larger_than=0)
        assert put_back(apart, shelf.kept) == value
        assert set_aside(value, shelf.keep) is value, "nothing in it is large"
        assert (apart is value) == (put_back(value, shelf.kept) is value is apart)


def picture(size: int) -> Image:
    return Image(Inline(b"\x89" * size, "image/png"))


def test_only_what_is_large_is_set_aside_and_named_by_its_hash() -> None:
    shelf = Shelf()
    message = Message(AgentName("a"), (picture(64_000), picture(64_001), picture(64_001)))
    small, large, again = set_aside(message, shelf.keep).parts

    assert small == picture(64_000)
    assert large == again
    assert isinstance(large, Image)
    name = urlsafe_b64encode(sha256(b"\x89" * 64_001).digest()).decode().rstrip("=")
    assert large.media == Link(f"{SCHEME}{name}", "image/png")
    assert len(shelf.held) == 1


@frozen
class Noted(Effect[str]):
    """Holds two conversations and something else."""

    first: Transcript
    second: Transcript
    word: str = "x"

    def accept(self, value: object, /) -> str:
        return proved(value, str)


def test_an_effect_is_performed_with_all_that_was_set_aside() -> None:
    shelf = Shelf()
    plain = Transcript([Message(AgentName("a"), "hi")])
    whole = plain.append(Message(AgentName("b"), picture(70_000)))
    apart = Transcript(set_aside(message, shelf.keep) for message in whole)

    assert (plain.fold(SET_ASIDE), apart.fold(SET_ASIDE)) == (False, True)
    assert as_asked(Noted(plain, apart), shelf.kept) == Noted(plain, whole)
    untouched = Noted(plain, whole)
    assert as_asked(untouched, shelf.kept) is untouched


class Bare(Effect[str]):
    """No attrs class: it cannot be recorded, and holds nothing that was set aside."""

    def accept(self, value: object, /) -> str:
        return proved(value, str)


def test_an_effect_without_fields_is_performed_as_it_is() -> None:
    bare = Bare()
    assert as_asked(bare, Shelf().kept) is bare


def test_only_stores_that_keep_bytes_keep_media(tmp_path: Path) -> None:
    runs = sqlite_runs(tmp_path / "runs.sqlite")

    assert isinstance(runs, Keeps)
    assert keeper(runs) is runs
    assert keeper(TraceMemory()) is None


def draws(
    runs: SqliteRuns | TraceMemory, shown: list[CallModel]
) -> tuple[World[CallModel], Team[CallModel], Outcome]:
    """A run that is opened with a picture, and in which a model answers with another, of three megabytes."""

    def answer(asked: CallModel) -> ModelReply:
        shown.append(asked)
        return ModelReply(picture(3_000_000))

    team = group(Agent(AgentName("a"), model_reply()), limits=Limits(max_decisions=2))
    world = World(CallModel.by(answer), runs)
    return world, team, world.run_sync(team, picture(100_000), name="r")


def test_a_run_keeps_pictures_once_and_shows_them_to_the_model(tmp_path: Path) -> None:
    runs, shown = sqlite_runs(tmp_path / "runs.sqlite"), list[CallModel]()
    world, team, outcome = draws(runs, shown)

    assert [part for message in shown[1].transcript for part in message.parts] == [
        picture(100_000),
        picture(3_000_000),
    ]
    assert all(isinstance(part, Image) and isinstance(part.media, Link) for message in outcome.transcript for part in message.parts)  # fmt: skip
    assert sum(map(len, runs.read("r"))) < 20_000
    assert world.replay(team, "r") == outcome
    assert world.resume_sync(team, "r") == outcome


def test_without_such_a_store_a_picture_is_as_large_as_it_is() -> None:
    shown: list[CallModel] = []
    _, _, outcome = draws(TraceMemory(), shown)

    assert "too_large" in str(outcome.reason)
    assert outcome.transcript[0].parts == (picture(100_000),)


def test_media_that_cannot_stand_elsewhere_are_named() -> None:
    with pytest.raises(TypeError, match="Inline holds media that cannot be set aside"):
        set_aside(Inline(b"x" * 70_000, "image/png"), Shelf().keep)
