"""Many conversations: so many at once, an outcome for each, and nothing held again that was written."""

from __future__ import annotations

import io
import sys
from collections import Counter
from decimal import Decimal
from functools import partial
from pathlib import Path

import anyio
import pytest
from attrs import define, field
from hypothesis import given
from hypothesis import strategies as st
from msgspec.json import decode

from tests.interpreter.effects import Fetch
from typedagents.core.decision import Decision, Reply
from typedagents.core.effect import Steps
from typedagents.core.errors import ConfigError, Parked
from typedagents.core.limits import Limits
from typedagents.core.message import AgentName
from typedagents.core.model import CallModel, ModelReply
from typedagents.core.stop import Cancelled, DecisionLimit
from typedagents.core.team import Agent, Team, group
from typedagents.core.view import View
from typedagents.interpreter.many import Held, Progress, in_world, map_conversations, progress_bar
from typedagents.interpreter.traces import TraceFiles, TraceMemory
from typedagents.interpreter.world import World
from typedagents.policies.model import model_reply

END = DecisionLimit("max_decisions", 2, "f")


def fetches(view: View, /) -> Steps[Decision, Fetch]:
    said = view.transcript[0].text
    first = yield from Fetch(f"{said}{view.turn}a")
    return Reply(first + (yield from Fetch(f"{said}{view.turn}b")))


TEAM: Team[Fetch] = group(Agent(AgentName("f"), fetches), limits=Limits(max_decisions=2))


class Killed(BaseException):
    """What no program catches: as far as files know, the process has died."""


@define
class Fetching:
    """Fetches in so many steps, and counts; dies at the nth."""

    deadly: int = 0
    count: Counter[str] = field(factory=Counter)
    at_once: int = 0
    most: int = 0

    async def fetch(self, effect: Fetch) -> str:
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        try:
            for _ in range(3):
                await anyio.lowlevel.checkpoint()
        finally:
            self.at_once -= 1
        self.count[effect.what] += 1
        if self.count.total() == self.deadly:
            raise Killed
        if effect.what.startswith("bad"):
            raise RuntimeError("out of order")
        if effect.what.startswith("broken"):
            raise ConfigError("no key")
        if effect.what.startswith("later"):
            raise Parked("not yet")
        return effect.what


def held_by(fetching: Fetching, store: TraceFiles | TraceMemory | None = None) -> World[Fetch]:
    return World(Fetch.by(fetching.fetch), store)


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_each_has_an_outcome_and_no_more_are_held_at_once(tmp_path: Path, backend: str) -> None:
    fetching, seen, file = Fetching(), list[Progress](), tmp_path / "results.jsonl"
    items = {**{str(i): f"q{i}" for i in range(7)}, "x": "bad", "y": "later"}
    go = partial(
        map_conversations,
        in_world(held_by(fetching, TraceMemory()), TEAM, "map"),
        items,
        at_once=3,
        results=file,
        tell=seen.append,
    )
    found = anyio.run(go, backend=backend)

    assert [held.item for held in found] == list(items)
    assert found[0] == Held("0", "map-0", END, "q01aq01b", Decimal(0))
    assert found[-2].reason is not None
    assert (found[-2].ok, found[-2].waits) == (False, False)
    assert found[-1] == Held("y", "map-y")
    assert found[-1].waits
    assert fetching.most == 3
    assert seen[-1] == Progress(9, ended=7, failed=1, waiting=1)
    assert max(progress.under_way for progress in seen) == 3
    lines = {line["item"]: line for line in map(decode, file.read_bytes().splitlines())}
    assert lines.keys() == items.keys() - {"y"}
    assert lines["x"]["explained"].startswith("failure in the turn of f: raised: RuntimeError: out of order")
    assert lines["0"] == {
        "item": "0",
        "run": "map-0",
        "reason": {"why": "decision_limit", "limit": "max_decisions", "value": 2, "agent": "f"},
        "explained": str(found[0].reason),
        "summary": "q01aq01b",
        "cost_usd": "0",
        "error": "",
    }


@given(st.integers(1, 14), st.integers(1, 4), st.booleans())
def test_killed_at_any_point_it_goes_on_with_what_is_missing(
    tmp_path_factory: pytest.TempPathFactory,
    deadly: int,
    at_once: int,
    torn: bool,  # noqa: FBT001  # drawn, not passed by people
) -> None:
    folder = tmp_path_factory.mktemp("map")
    file, items = folder / "results.jsonl", {name: name for name in "abc"}

    def found(fetching: Fetching) -> tuple[Held, ...]:
        hold = in_world(held_by(fetching, TraceFiles(folder)), TEAM, "map")
        return anyio.run(
            partial(map_conversations, hold, items, at_once=at_once, results=file, tell=told.append)
        )

    told: list[Progress] = []
    dying, living = Fetching(deadly), Fetching()
    if deadly <= 12:
        with pytest.raises(Killed):
            found(dying)
    else:
        found(dying)
    if torn and file.exists():
        with file.open("ab") as opened:
            opened.write(b'{"item":"a","ru')
    ended = [held.item for held in found(living)]

    assert ended == list(items)
    assert all(held.ok and held.summary == f"{held.item}1a{held.item}1b" for held in found(Fetching(1)))
    both = dying.count + living.count
    assert both.keys() == {f"{item}{turn}{part}" for item in items for turn in range(2) for part in "ab"}
    assert both.total() <= 12 + at_once, "only what was under way when it died is fetched again"
    assert sorted(decode(line)["item"] for line in file.read_bytes().splitlines()) == ended


def test_what_was_broken_off_is_tried_again(tmp_path: Path) -> None:
    file, calls = tmp_path / "results.jsonl", Counter[str]()

    async def hold(item: str, said: object) -> Held:
        calls[item] += 1
        if item == "b" and calls["b"] == 1:
            raise RuntimeError("the line was cut")
        return Held(item, item, Cancelled("enough") if item == "c" else END, cost_usd=Decimal("0.5"))

    go = partial(
        map_conversations, hold, {"a": "", "b": "", "c": ""}, results=file, tell=lambda progress: None
    )
    first, second = anyio.run(go), anyio.run(go)

    assert first[1] == Held("b", error="RuntimeError: the line was cut")
    assert (second[0], second[1].ok, second[2].ok) == (first[0], True, False)
    assert calls == Counter(a=1, b=2, c=1)


def test_nothing_to_hold_is_held_at_once() -> None:
    assert anyio.run(partial(map_conversations, in_world(held_by(Fetching()), TEAM, "m"), {})) == ()


def test_a_bad_plan_ends_them_all(tmp_path: Path) -> None:
    hold = in_world(held_by(Fetching()), TEAM, "m")
    with pytest.raises(ConfigError, match=r"at least one conversation is held at once; found at_once=0"):
        anyio.run(partial(map_conversations, hold, {"a": "a"}, at_once=0))
    with pytest.raises(ConfigError, match="no key"):
        anyio.run(partial(map_conversations, hold, {"a": "a", "b": "broken"}))
    file = tmp_path / "results.jsonl"
    for text in (b"{}\n", b"\xff\n", b'{"item":1}\n', b'{"item":"a","run":"","reason":{"why":"so"},"explained":"","summary":"","cost_usd":null,"error":""}\n'):  # fmt: skip
        file.write_bytes(text)
        with pytest.raises(
            ConfigError, match=r"line 1 of .*results.jsonl is no result: .*; name another file"
        ):
            anyio.run(partial(map_conversations, hold, {"a": "a"}, results=file))


def test_without_a_trace_conversations_begin_anew() -> None:
    fetching = Fetching()
    hold = in_world(held_by(fetching), TEAM, "m")
    for _ in range(2):
        (held,) = anyio.run(partial(map_conversations, hold, {"a": "a"}))
        assert held.ok
    assert set(fetching.count.values()) == {2}


def test_money_is_added_up_as_far_as_it_is_known() -> None:
    prices = {"a": Decimal("0.1"), "b": None, "c": Decimal("0.2")}

    def answer(asked: CallModel) -> ModelReply:
        return ModelReply("yes", cost_usd=prices[asked.transcript[0].text])

    team = group(Agent(AgentName("m"), model_reply()), limits=Limits(max_decisions=1))
    seen: list[Progress] = []
    hold = in_world(World(CallModel.by(answer), None), team, "m")
    held = anyio.run(partial(map_conversations, hold, {name: name for name in prices}, tell=seen.append))

    assert [one.cost_usd for one in held] == list(prices.values())
    assert seen[-1].known_usd == Decimal("0.3")


class Terminal(io.StringIO):
    """What is written to a terminal."""

    def isatty(self) -> bool:
        return True


def test_the_bar_shows_on_terminals_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    shown, piped = Terminal(), io.StringIO()
    half = Progress(4, ended=1, failed=1, under_way=2, known_usd=Decimal("0.50"))
    for stream in (shown, piped):
        monkeypatch.setattr(sys, "stderr", stream)
        progress_bar(half)
        progress_bar(Progress(4, ended=3, waiting=1))

    assert shown.getvalue() == (
        "\r[############............] 2/4, 1 failed, 2 under way, $0.5\x1b[K"
        "\r[########################] 4/4, 1 waiting, $0\x1b[K\n"
    )
    assert not piped.getvalue()
    assert str(Progress(0)) == "[########################] 0/0, $0"
