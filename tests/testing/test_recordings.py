"""Recordings: made when asked, replayed for ever, with the network blocked and the difference named."""

from __future__ import annotations

import os
import socket
import stat
from pathlib import Path

import pytest

import typedagents.testing
from typedagents import Agent, Team, World, chat, group, user_proxy
from typedagents.core.decision import Decision, Stop
from typedagents.core.effect import Steps
from typedagents.core.errors import ConfigError, PolicyError, TraceError
from typedagents.core.model import CallModel
from typedagents.core.view import View
from typedagents.interpreter.ports import with_models
from typedagents.policies.model import model_reply
from typedagents.testing import (
    NetworkBlocked,
    RecordingFolder,
    ScriptedModel,
    assert_replays,
    blocked_network,
    record_or_replay,
    scripted_model,
    wanted_mode,
)


def team(prompt: str = "Be brief.") -> Team[CallModel]:
    bot = Agent("bot", model_reply(instructions=prompt))
    return chat(user_proxy("user", "never", code=None, default_reply="go on"), bot)


def world(model: ScriptedModel | None = None) -> World[CallModel]:
    return World(with_models(model or scripted_model("It is 4. TERMINATE")))


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    file = tmp_path / "deep" / "sum.jsonl"
    record_or_replay(file, world(), team(), "What is 2 + 2?", mode="record")
    return file


def test_a_recording_replays_without_a_world(recording: Path) -> None:
    outcome = assert_replays(team(), recording)

    assert outcome.summary == "It is 4."
    assert assert_replays(team(), recording.read_bytes().splitlines(keepends=True)) == outcome


def test_a_changed_prompt_fails_with_the_field_that_differs(recording: Path) -> None:
    with pytest.raises(AssertionError) as caught:
        assert_replays(team("Be verbose."), recording)

    text = str(caught.value)
    assert text.startswith(f"{recording}: at t0.0, in a turn of 'bot': CallModel differs from the trace:")
    assert "instructions.text: 'Be brief.' in the trace, 'Be verbose.' now" in text
    assert "pytest --typedagents=rewrite" in text


def test_what_exists_is_replayed_and_nothing_is_asked(recording: Path) -> None:
    model = scripted_model()

    assert record_or_replay(recording, world(model), team(), "What is 2 + 2?", mode="record").ok
    assert record_or_replay(recording, world(model), team(), "What is 2 + 2?", mode="replay").ok
    assert model.asked == ()


def test_a_world_that_is_made_when_it_is_needed_is_not_made_for_a_replay(tmp_path: Path) -> None:
    made: list[World[CallModel]] = []

    def make() -> World[CallModel]:
        made.append(world())
        return made[-1]

    first = record_or_replay(tmp_path / "a.jsonl", make, team(), "hi", mode="record")
    again = record_or_replay(tmp_path / "a.jsonl", make, team(), "hi", mode="record")

    assert (len(made), again) == (1, first)


def test_another_opening_fails_with_what_was_said(recording: Path) -> None:
    with pytest.raises(AssertionError, match=r"'What is 2 [+] 2.' in the trace, 'What is 2 [+] 3.' now"):
        record_or_replay(recording, world(), team(), "What is 2 + 3?", mode="replay")


def test_what_is_missing_is_an_error_that_says_how_to_make_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TYPEDAGENTS_RECORDINGS", raising=False)
    model = scripted_model("never")

    with pytest.raises(
        AssertionError, match=r"there is no recording at .*; make it with: pytest --typedagents=record"
    ):
        record_or_replay(tmp_path / "a.jsonl", world(model), team(), "hi")
    assert model.asked == ()


def test_rewriting_makes_it_anew(recording: Path) -> None:
    before = recording.read_bytes()
    outcome = record_or_replay(recording, world(scripted_model("5. TERMINATE")), team(), "hi", mode="rewrite")

    assert outcome.trace == str(recording)
    assert recording.read_bytes() != before
    assert assert_replays(team(), recording).summary == "5."
    assert [file.name for file in recording.parent.iterdir()] == ["sum.jsonl"]
    assert str(recording.parent).encode() not in recording.read_bytes(), (
        "a committed file names no folder of a machine"
    )


def test_a_run_that_breaks_off_leaves_no_recording(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match=r"nothing left"):
        record_or_replay(tmp_path / "a.jsonl", world(scripted_model("one")), team(), "hi", mode="record")
    assert list(tmp_path.iterdir()) == []


def test_a_recording_that_cannot_be_read_says_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"cannot read the recording .*a.jsonl: No such file"):
        assert_replays(team(), tmp_path / "a.jsonl")
    (tmp_path / "b.jsonl").write_text("hello\n", encoding="utf-8")
    with pytest.raises(TraceError, match=r"line 1: not JSON"):
        assert_replays(team(), str(tmp_path / "b.jsonl"))


def test_each_call_of_a_test_has_a_file_of_its_own(tmp_path: Path) -> None:
    run = RecordingFolder(tmp_path, "test_it", "record")
    run(world(), team(), "one")
    run(world(), team(), "two")

    assert sorted(file.name for file in tmp_path.iterdir()) == ["test_it-2.jsonl", "test_it.jsonl"]
    assert stat.S_ISREG((tmp_path / "test_it.jsonl").stat().st_mode)


@pytest.mark.parametrize("named", ["replay", "record", "rewrite"])
def test_the_environment_says_what_to_do(named: str) -> None:
    assert wanted_mode({"TYPEDAGENTS_RECORDINGS": named}) == named


def test_by_default_nothing_is_recorded() -> None:
    assert wanted_mode({}) == "replay"
    with pytest.raises(
        ConfigError, match=r"TYPEDAGENTS_RECORDINGS is one of replay, record, rewrite; found 'often'"
    ):
        wanted_mode({"TYPEDAGENTS_RECORDINGS": "often"})


# --- no network -------------------------------------------------------------------------------------------------


def calls_home(view: View, /) -> Steps[Decision, CallModel]:
    """Breaks its promise."""
    yield from CallModel(view.transcript, view.me)
    with socket.socket() as door:
        door.connect(("127.0.0.1", 9))
    return Stop("never")


def test_a_policy_that_reaches_for_the_network_fails_its_replay(tmp_path: Path) -> None:
    spy = group(Agent("spy", calls_home))
    lines: list[bytes] = []
    recorded = World(with_models(scripted_model("a")))
    with blocked_network(), pytest.raises(NetworkBlocked, match=r"connect to \('127.0.0.1', 9\)"):
        recorded.run_sync(spy, "hi", name=str(tmp_path / "a.jsonl"))
    lines = (tmp_path / "a.jsonl").read_bytes().splitlines(keepends=True)
    with pytest.raises(NetworkBlocked, match=r"a policy asks for what it needs with an effect"):
        assert_replays(spy, lines)


def test_names_are_not_looked_up_either_and_the_network_comes_back() -> None:
    before = socket.socket.connect, socket.getaddrinfo
    with blocked_network():
        with pytest.raises(PolicyError, match=r"getaddrinfo to 'localhost'"):
            socket.create_connection(("localhost", 9))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as door, pytest.raises(NetworkBlocked):
            door.sendto(b"x", ("127.0.0.1", 9))
    assert (socket.socket.connect, socket.getaddrinfo) == before


# --- the plugin, as a user meets it -----------------------------------------------------------------------------

README_TEST = """
from typedagents import World, assistant, chat, user_proxy, with_models
from typedagents.testing import record_or_replay, scripted_model

team = chat(user_proxy("user", "never", code=None), assistant("bot", instructions="{prompt}"))
world = World(with_models(scripted_model("It is 4. TERMINATE")))

def test_the_recorded_chat(typedagents_recording):
    assert typedagents_recording(world, team, "What is 2 + 2?").summary == "It is 4."
"""


def pytest_in(folder: Path, *arguments: str) -> tuple[int, str]:
    """Run pytest on the file there, in a process of its own."""
    import subprocess
    import sys
    from importlib.metadata import entry_points

    installed = any(point.value == "typedagents.testing.plugin" for point in entry_points(group="pytest11"))
    plugin = [] if installed else ["-p", "typedagents.testing.plugin"]
    source = str(Path(typedagents.testing.__path__[0]).parents[1])
    environment = {**os.environ, "PYTHONPATH": source} if not installed else dict(os.environ)
    environment.pop("TYPEDAGENTS_RECORDINGS", None)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *plugin, *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_a_users_test_records_replays_and_fails_where_its_prompt_changes(tmp_path: Path) -> None:
    file = tmp_path / "test_chat.py"
    file.write_text(README_TEST.replace("{prompt}", "Be brief."), encoding="utf-8")

    code, text = pytest_in(tmp_path)
    assert code == 1
    assert "there is no recording at" in text
    code, text = pytest_in(tmp_path, "--typedagents=record")
    assert code == 0, text
    assert (tmp_path / "recordings" / "test_chat" / "test_the_recorded_chat.jsonl").exists()

    file.write_text(README_TEST.replace("{prompt}", "Be verbose."), encoding="utf-8")
    code, text = pytest_in(tmp_path)
    assert code == 1
    assert "instructions.text: 'Be brief.' in the trace, 'Be verbose.' now" in text
