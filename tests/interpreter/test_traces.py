"""Where traces are kept: private files, one writer each, whole lines; and what damage is called."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from tests.interpreter.effects import Fetch, Fetches, one
from typedagents.core.errors import ConfigError, Divergence, TraceError
from typedagents.interpreter.control import Control
from typedagents.interpreter.traces import TraceFiles, TraceMemory, TraceStore
from typedagents.interpreter.world import World
from typedagents.trace.recording import Recording

TEAM = one(Fetches(("a", "b")), 2)


def world(store: TraceStore | None = None) -> World[Fetch]:
    return World(Fetch.by(lambda effect: effect.what), store or TraceFiles())


def test_by_default_a_run_is_kept_in_a_private_file(tmp_path: Path) -> None:
    outcome = world().run_sync(TEAM, "hi")

    assert outcome.trace is not None
    file = Path(outcome.trace)
    assert file.parent == Path(".typedagents/runs")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert file.stem == outcome.run
    assert world().replay(TEAM, outcome.run) == outcome
    assert world().replay(TEAM, str(file)) == outcome


def test_two_runs_of_one_name_are_refused(tmp_path: Path) -> None:
    for store in (TraceFiles(tmp_path), TraceMemory()):
        world(store).run_sync(TEAM, "hi", name="r")
        with pytest.raises(
            TraceError, match=r"there is a trace .*already; resume it, or give the run another name"
        ):
            world(store).run_sync(TEAM, "hi", name="r")


@pytest.mark.parametrize("name", ["a/b", "../x", ".hidden", "/abs"])
def test_a_run_is_named_by_plain_words(name: str) -> None:
    with pytest.raises(ConfigError, match=r"a run is named by plain words, or by the path of a .jsonl file"):
        world().run_sync(TEAM, "hi", name=name)


def test_a_trace_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(TraceError, match=r"no trace at .*r.jsonl; asked for 'r'"):
        world().resume_sync(TEAM, "r")
    with pytest.raises(TraceError, match=r"no trace is named 'r'; there are: none"):
        world(TraceMemory()).replay(TEAM, "r")
    (tmp_path / "folder.jsonl").mkdir()
    with pytest.raises(TraceError, match=r"cannot read the trace at .*folder.jsonl: Is a directory"):
        world().replay(TEAM, "folder.jsonl")


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    (tmp_path / "r.jsonl").mkdir()
    with pytest.raises(TraceError, match=r"cannot write a trace at .*: Is a directory; name another folder"):
        TraceFiles(tmp_path).reopen("r")


def test_a_folder_in_the_way_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(TraceError, match=r"cannot write a trace at .*name another folder"):
        world(TraceFiles(tmp_path / "file")).run_sync(TEAM, "hi")


def test_a_trace_has_one_writer(tmp_path: Path) -> None:
    store = TraceFiles(tmp_path)
    writer = store.create("r")
    with pytest.raises(
        TraceError, match=r"the trace .*r.jsonl is being written by another process; wait until it is"
    ):
        store.reopen("r")
    writer.close()
    writer.close()
    with pytest.raises(TraceError, match=r"the trace .*r.jsonl is closed"):
        writer.append(b"x")
    store.reopen("r").close()


def test_what_another_process_wrote_meanwhile_is_read_before_going_on(tmp_path: Path) -> None:
    asked: list[str] = []
    control = Control()

    def fetch(effect: Fetch) -> str:
        asked.append(effect.what)
        if len(asked) == 1:
            control.suspend()
        return effect.what

    class Meddled:
        """A store in which somebody else goes on between our first look and our lock."""

        def __init__(self) -> None:
            self.inner = TraceFiles(tmp_path)
            self.reads = 0

        def __getattr__(self, name: str) -> object:
            return getattr(self.inner, name)

        create = TraceFiles(tmp_path).create

        def read(self, run: str, /) -> list[bytes]:
            found = list(self.inner.read(run))
            self.reads += 1
            if self.reads == 1:
                World(Fetch.by(fetch), self.inner).resume_sync(TEAM, run)
            return found

        def reopen(self, run: str, /) -> object:
            return self.inner.reopen(run)

    here = World(Fetch.by(fetch), TraceFiles(tmp_path))
    with pytest.raises(Exception, match=r"suspended"):
        here.run_sync(TEAM, "hi", name="r", control=control)
    meddled = Meddled()
    outcome = World(Fetch.by(fetch), meddled).resume_sync(TEAM, "r")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # reopen says less than it returns

    assert outcome.summary == "a,b"
    assert asked == ["a", "b", "a", "b"], "nothing was performed twice"


def test_a_full_disk_leaves_a_trace_that_can_be_resumed(tmp_path: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full here")
    store = TraceFiles(tmp_path)
    writer = store.create("r")
    writer.append(b"whole\n")
    writer._fd, kept = os.open("/dev/full", os.O_WRONLY), writer._fd
    with pytest.raises(TraceError, match=r"cannot write the trace .*: (No space left|Invalid)"):
        writer.append(b"lost\n")
    assert kept is not None
    writer.close()
    os.close(kept)
    assert store.read("r") == [b"whole\n"]


def test_what_was_half_written_is_taken_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = TraceFiles(tmp_path)
    writer = store.create("r")
    write = os.write
    left = [3]

    def half(fd: int, data: bytes) -> int:
        if not left:
            raise OSError(28, "No space left on device")
        return write(fd, bytes(data)[: left.pop()])

    monkeypatch.setattr(os, "write", half)
    with pytest.raises(TraceError, match=r"No space left on device; what is in it can be resumed"):
        writer.append(b"a line\n")
    monkeypatch.undo()
    writer.append(b"another\n")
    writer.close()
    assert (tmp_path / "r.jsonl").read_bytes() == b"another\n"


def test_a_trace_may_be_flushed_to_the_disk(tmp_path: Path) -> None:
    outcome = world(TraceFiles(tmp_path, fsync=True)).run_sync(TEAM, "hi")
    assert outcome.trace is not None
    assert (
        Recording.load(Path(outcome.trace).read_bytes().splitlines(keepends=True)).reason() == outcome.reason
    )


def test_without_locks_files_still_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "fcntl", None)
    assert world(TraceFiles(tmp_path)).run_sync(TEAM, "hi").ok


def test_a_torn_last_line_is_dropped_when_a_run_goes_on(tmp_path: Path) -> None:
    for store in (TraceFiles(tmp_path), TraceMemory()):
        here = world(store)
        whole = here.run_sync(TEAM, "hi", name="r")
        lines = store.read("r")
        torn = b"".join(lines[:4]) + lines[4][:9]
        if isinstance(store, TraceMemory):
            store.traces["r"] = bytearray(torn)
        else:
            (tmp_path / "r.jsonl").write_bytes(torn)
        assert here.resume_sync(TEAM, "r") == whole
        assert here.replay(TEAM, "r") == whole


def test_going_on_with_another_team_is_found_out() -> None:
    store = TraceMemory()
    world(store).run_sync(TEAM, "hi", name="r")
    lines = store.read("r")
    with pytest.raises(Divergence, match=r"what: 'a' in the trace, 'z' now"):
        world(store).resume_sync(one(Fetches(("z",)), 2), "r")
    with pytest.raises(Divergence, match=r"at t0.2: the run now asks for Fetch, where the trace has ended"):
        world(store).replay(one(Fetches(("a", "b", "c")), 2), "r")
    with pytest.raises(Divergence, match=r"the log differs from the trace"):
        world(store).replay(one(Fetches(("a",)), 2), "r")
    with pytest.raises(TraceError, match=r"the trace stops before Fetch has a result"):
        world(store).replay(TEAM, lines[:4])
