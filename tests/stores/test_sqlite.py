"""Runs in an SQLite file: the same lines as anywhere else, found by what they are about, answered, and told of."""

from __future__ import annotations

import sqlite3
from decimal import Decimal
from functools import partial
from itertools import count
from pathlib import Path
from random import Random

import anyio
import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from tests.core.programs import NOW, ORDERLY, Asked, programs, small_limits, teams
from tests.interpreter.test_parking import Patient
from tests.interpreter.test_ways_agree import Performed
from typedagents.core.ambient import Now
from typedagents.core.code import CodeBlock
from typedagents.core.code_approval import ApproveCode
from typedagents.core.decision import Decision, Reply
from typedagents.core.effect import Steps
from typedagents.core.errors import ConfigError, Suspended, TraceError
from typedagents.core.handler import Handler
from typedagents.core.human import AskHuman, Left, Typed
from typedagents.core.limits import Limits, Unlimited
from typedagents.core.message import AgentName
from typedagents.core.model import CallModel, ModelReply
from typedagents.core.stop import DecisionLimit
from typedagents.core.team import Agent, Team, group
from typedagents.core.tool import Approve, Denied
from typedagents.core.usage import Usage
from typedagents.core.view import View
from typedagents.interpreter.approval import with_approval, with_code_approval
from typedagents.interpreter.outcome import Outcome
from typedagents.interpreter.ports import with_human, with_models
from typedagents.interpreter.prompts import Prompt, answered_later
from typedagents.interpreter.traces import TraceMemory, TraceStore
from typedagents.interpreter.world import World
from typedagents.policies.fixed import says
from typedagents.policies.human import human_reply
from typedagents.policies.model import model_reply
from typedagents.stores.sqlite import SqliteRuns, sqlite_runs
from typedagents.testing import scripted_human, scripted_model
from typedagents.trace.effects import kinds_of, read_effect
from typedagents.trace.recording import Recording

WILD = ("ask", "look", "buy", "now", "plain", "human", "fail", "leave")
calm = teams(programs(*ORDERLY))
wild = teams(programs(*ORDERLY, "race", leaves=WILD), small_limits())
ways = st.sampled_from(["sync", "asyncio", "trio"])
numbers = count()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> SqliteRuns:
    """One file for all examples of a property: each has runs of its own in it."""
    return sqlite_runs(tmp_path_factory.mktemp("store") / "runs.sqlite")


@pytest.fixture
def runs(tmp_path: Path) -> SqliteRuns:
    return sqlite_runs(tmp_path / "kept" / "runs.sqlite")


def held(store: TraceStore, handler: Handler[Asked], team: Team[Asked | Now], way: str, name: str) -> Outcome:
    """How a run ended, resumed for as long as it paused."""
    world = World(handler, store, clock=lambda: NOW)
    begun = False
    while True:
        sync = partial(world.resume_sync, team, name) if begun else partial(world.run_sync, team, "hello", name=name)  # fmt: skip
        later = partial(world.resume, team, name) if begun else partial(world.run, team, "hello", name=name)
        try:
            return sync() if way == "sync" else anyio.run(later, backend=way)
        except Suspended:
            begun = True


@given(calm, ways, st.integers(0, 2), st.booleans())
def test_a_run_is_the_same_in_memory_and_in_the_file(
    shared: SqliteRuns,
    team: Team[Asked | Now],
    way: str,
    seed: int,
    parks: bool,  # noqa: FBT001  # drawn, not passed by people
) -> None:
    name, memory = f"calm{next(numbers)}", TraceMemory()
    handlers = [Patient(seed).handler() if parks else Performed().mixed() for _ in range(2)]
    one = held(memory, handlers[0], team, way, name)
    other = held(shared, handlers[1], team, way, name)
    event(f"{way}, {'parked' if parks else 'not parked'}")

    assert (other, other.bill) == (one, one.bill)
    assert sorted(shared.read(name)) == sorted(memory.read(name)), "up to the order in which results arrived"
    found = shared.run(name)
    assert (found.standing, found.reason, found.prompts) == ("ended", one.reason, ())
    known = sum((call.charge.cost_usd or Decimal(0) for call in one.bill.calls_made), start=Decimal(0))
    assert (found.known_usd, found.unpriced) == (known, 0)


@given(wild, st.integers(0, 30))
def test_however_far_it_came_a_run_goes_on_from_the_file(
    shared: SqliteRuns, team: Team[Asked | Now], where: int
) -> None:
    memory, name = TraceMemory(), f"wild{next(numbers)}"
    whole = held(memory, Performed().plain(), team, "sync", name)
    lines = memory.read(name)
    kept = lines[: 1 + where % len(lines)]
    writer = shared.create(name)
    for line in kept:
        writer.append(line)
    writer.close()
    world = World(Performed().plain(), shared, clock=lambda: NOW)

    assert shared.read(name) == kept
    resumed = world.resume_sync(team, name)
    assert world.replay(team, name) == resumed
    assert shared.run(name).reason == resumed.reason
    assert len(kept) < len(lines) or resumed == whole


@given(calm, st.integers(0, 99))
def test_lines_may_be_sent_again_and_effects_are_read_from_the_shelf(
    shared: SqliteRuns, team: Team[Asked | Now], seed: int
) -> None:
    memory, name = TraceMemory(), f"engine{next(numbers)}"
    held(memory, Performed().plain(), team, "sync", name)
    lines, known, dice = memory.read(name), 0, Random(seed)
    while known < len(lines):
        at = dice.randint(0, known)
        until = dice.randint(at, len(lines))
        assert shared.extend(name, at, lines[at:until]) == max(0, until - known)
        known = max(known, until)

    assert shared.read(name) == lines
    recording, shelf = Recording.load(lines), shared.shelf(name)
    kinds = kinds_of(Performed().plain().table)
    for begun in recording.begun.values():
        assert read_effect(begun, kinds, shelf) == read_effect(begun, kinds, recording)


def test_lines_that_leave_a_gap_are_refused(runs: SqliteRuns) -> None:
    lines = one_line(runs)
    assert runs.extend("engine", 0, lines) == 1
    with pytest.raises(
        TraceError, match=r"line 3 of run 'engine' cannot follow line 0; send what is between"
    ):
        runs.extend("engine", 3, lines)
    assert runs.run("engine").standing == "running", "by an engine"
    with pytest.raises(TraceError, match=r"run 'engine' in .* is held by a durable engine and goes on there"):
        runs.reopen("engine")


def test_an_engine_is_told_answers_itself(runs: SqliteRuns) -> None:
    def asks(view: View, /) -> Steps[Decision, AskHuman]:
        yield from AskHuman("may I?", view.me, view.transcript)
        return Reply("done")

    team = group(Agent(AgentName("a"), asks), limits=Limits(max_decisions=1))
    world = World(with_human(answered_later(runs)), runs)
    with pytest.raises(Suspended):
        world.run_sync(team, "go", name="here")
    lines = [one.replace(b'"run":"here"', b'"run":"there"') for one in runs.read("here")]
    runs.extend("there", 0, lines)
    assert [run.standing for run in runs.runs()] == ["waiting", "waiting"]
    (prompt,) = runs.run("there").prompts
    with pytest.raises(
        TraceError, match=r"held by a durable engine.*typedagents answer there/t0.0 TEXT --engine"
    ):
        runs.answer(prompt.id, Typed("yes"))
    assert runs.run("there").prompts == (prompt,), "nothing was left where nobody looks for it"
    with pytest.raises(TraceError, match=r"no prompt there/t7.0 is open; open are: there/t0.0"):
        runs.answer("there/t7.0", Typed("yes"))


def one_line(runs: SqliteRuns) -> list[bytes]:
    world = World(with_models(scripted_model("yes")), runs)
    world.run_sync(group(Agent(AgentName("a"), says("hi")), limits=Limits(max_decisions=1)), "go", name="r")
    return list(runs.read("r"))[:1]


def test_what_is_missing_on_a_shelf_is_named(runs: SqliteRuns) -> None:
    one_line(runs)
    with pytest.raises(TraceError, match=r"beef is not in the trace of run 'r' in "):
        runs.shelf("r").value("beef")


# --- names, and what was kept -----------------------------------------------------------------------------------


def test_runs_have_names_of_their_own(runs: SqliteRuns) -> None:
    one_line(runs)
    for odd in ("", "a/b"):
        with pytest.raises(ConfigError, match=r"a run is named by words without a slash"):
            runs.create(odd)
    with pytest.raises(
        TraceError, match=r"there is a run 'r' in .* already; resume it, or give the run another name"
    ):
        runs.create("r")
    for asked in (runs.read, runs.reopen, runs.run, runs.shelf):
        with pytest.raises(TraceError, match=r"no run in .* is named 'q'; the last there are: r"):
            asked("q")
    with pytest.raises(TraceError, match=r"the last there are: none"):
        sqlite_runs(runs.file.with_name("empty.sqlite")).read("q")


def test_a_run_is_written_by_one_at_a_time(runs: SqliteRuns) -> None:
    writer = runs.create("r")
    writer.append(b'{"line":"resumed"}\n')
    other = sqlite_runs(runs.file)
    for store in (runs, other):
        assert store.run("r").standing == "running"
        with pytest.raises(TraceError, match=r"the run 'r' in .* is being written; wait until"):
            store.reopen("r")
    writer.close()
    writer.close()
    with pytest.raises(TraceError, match=r"the trace .*runs.sqlite:r is closed"):
        writer.append(b"")

    again = other.reopen("r")
    again.append(b'{"line":"resumed"}\n')
    again.close()
    assert other.run("r").standing == "stopped"
    assert runs.read("r") == [b'{"line":"resumed"}\n'] * 2
    assert not list(runs.file.with_name("runs.sqlite.writers").iterdir())


def test_blobs_are_kept_once_under_their_digest(runs: SqliteRuns) -> None:
    digest = runs.keep(b"a picture")

    assert runs.keep(b"a picture") == digest
    assert sqlite_runs(runs.file).kept(digest) == b"a picture"
    with pytest.raises(TraceError, match=r"nothing is kept in .* under beef"):
        runs.kept("beef")


def test_a_line_that_is_none_is_not_written(runs: SqliteRuns) -> None:
    writer = runs.create("r")
    with pytest.raises(TraceError, match=r"this is no line of a trace: "):
        writer.append(b'{"line":"resumed"}\n{"line":"sang"}\n')
    writer.close()
    assert runs.read("r") == []


def test_files_that_cannot_be_used_are_named(tmp_path: Path, runs: SqliteRuns) -> None:
    (tmp_path / "text").write_text("no database, but long enough to be looked at" * 9, encoding="utf-8")
    for file in (tmp_path, tmp_path / "text", tmp_path / "text" / "below"):
        with pytest.raises(ConfigError, match=r"cannot keep runs in .*; name a file that can be written"):
            sqlite_runs(file)
    with sqlite3.connect(runs.file) as connection:
        connection.execute("PRAGMA user_version=9")
    connection.close()
    with pytest.raises(
        ConfigError, match=r"made by a newer version \(format 9, this one reads up to 1\); upgrade"
    ):
        sqlite_runs(runs.file)


def test_what_cannot_be_written_is_said(runs: SqliteRuns) -> None:
    writer = runs.create("r")
    with sqlite3.connect(runs.file) as connection:
        connection.execute("DROP TABLE lines")
    connection.close()
    with pytest.raises(
        TraceError, match=r"cannot write to .*: no such table: lines; what is in it can be resumed"
    ):
        writer.append(b'{"line":"resumed"}\n')
    writer.close()


def test_the_file_is_private_and_syncs_where_that_is_asked_for(tmp_path: Path) -> None:
    runs = sqlite_runs(tmp_path / "runs.sqlite", fsync=True)

    assert one_line(runs)
    assert runs.file.stat().st_mode & 0o777 == 0o600


# --- people -----------------------------------------------------------------------------------------------------


def asks() -> Team[AskHuman]:
    return group(
        Agent(AgentName("bob"), says("hm")),
        Agent(AgentName("ann"), human_reply("always")),
        limits=Limits(max_decisions=3),
    )


def waiting(runs: SqliteRuns) -> World[AskHuman]:
    """A world in which run ``r`` waits for ann."""
    world = World(with_human(answered_later(runs)), runs)
    with pytest.raises(Suspended):
        world.run_sync(asks(), "go", name="r")
    return world


def test_a_run_waits_for_people_and_goes_on_with_the_first_answer(runs: SqliteRuns) -> None:
    world = waiting(runs)
    (found,) = runs.runs()
    assert (found.standing, found.prompts) == (
        "waiting",
        (Prompt("r", "t0.0", "ann", found.prompts[0].question),),
    )
    assert found.prompts[0].question
    other = sqlite_runs(runs.file)
    prompt = found.prompts[0].id

    other.answer(prompt, Typed("yes"))
    other.answer(prompt, Typed("yes"))
    with pytest.raises(TraceError, match=r"r/t0.0 was answered before; the first answer counts"):
        other.answer(prompt, Typed("no"))
    assert runs.run("r").standing == "answered"
    with pytest.raises(TraceError, match=r"no prompt r/t9.9 is open; open are: none"):
        other.answer("r/t9.9", Typed("late"))

    with pytest.raises(Suspended):
        world.resume_sync(asks(), "r")
    (second,) = runs.run("r").prompts
    other.answer(second.id, Typed("fine"))
    outcome = world.resume_sync(asks(), "r")
    assert [message.text for message in outcome.transcript] == ["go", "yes", "hm", "fine"]
    with pytest.raises(TraceError, match=r"was answered before"):
        other.answer(second.id, Left())
    with pytest.raises(TraceError, match=r"no prompt r/t0.7 is open; open are: none"):
        other.answer("r/t0.7", Left())


def test_somebody_else_is_asked_where_no_answer_was_left(runs: SqliteRuns) -> None:
    waiting(runs)
    here = World(with_human(answered_later(runs, scripted_human("yes", "sure"))), runs)

    outcome = here.resume_sync(asks(), "r")
    assert outcome.reason == DecisionLimit("max_decisions", 3)
    assert [message.text for message in outcome.transcript] == ["go", "yes", "hm", "sure"]


def approving(asked: Approve | ApproveCode) -> Steps[Decision, Approve | ApproveCode]:
    verdict = yield from asked
    return Reply(verdict.reason if isinstance(verdict, Denied) else "yes")


@pytest.mark.parametrize(
    ("asked", "question"),
    [
        (
            Approve("pay", '{"usd": 3}', "c1", AgentName("a")),
            'a wants to call pay({"usd": 3}). May it? (y, n, or why not)',
        ),
        (ApproveCode((CodeBlock("sh", "rm x"),), AgentName("a")), "rm x"),
    ],
)
def test_approvals_wait_too(runs: SqliteRuns, asked: Approve | ApproveCode, question: str) -> None:
    people = answered_later(runs)
    approve = with_approval(people) | with_code_approval(people)
    team = group(Agent(AgentName("a"), lambda view: approving(asked)), limits=Limits(max_decisions=1))
    world = World(approve, runs)
    with pytest.raises(Suspended):
        world.run_sync(team, "go", name="r")
    (prompt,) = runs.run("r").prompts
    assert prompt == Prompt("r", "t0.0", "a", prompt.question)
    assert question in prompt.question
    runs.answer(prompt.id, Typed("too dear"))
    assert world.resume_sync(team, "r").transcript[-1].text == "too dear"


def test_what_was_spent_is_told_and_what_has_no_price(runs: SqliteRuns) -> None:
    priced = ModelReply("a", usage=Usage(output=1), cost_usd=Decimal("0.1"))
    replies = (priced, priced, ModelReply("b", usage=Usage(output=1)), ModelReply("c", cached=True))
    team = group(Agent(AgentName("a"), model_reply()), limits=Limits(max_decisions=4))
    world = World(with_models(scripted_model(*replies)), runs)
    assert world.run_sync(team, "go", name="r").cost_usd is None

    assert (runs.run("r").known_usd, runs.run("r").unpriced) == (Decimal("0.2"), 1)


def test_a_trace_of_a_thousand_turns_stays_small(tmp_path: Path) -> None:
    dice = Random(7)
    team = group(Agent(AgentName("a"), model_reply()), Agent(AgentName("b"), model_reply()))

    def answer(asked: CallModel) -> ModelReply:
        return ModelReply(dice.randbytes(1000).hex(), usage=Usage(fresh_input=1, output=1))

    def size_of(turns: int) -> int:
        runs = sqlite_runs(tmp_path / f"{turns}.sqlite")
        here = team.limited(
            Limits(
                max_decisions=turns, max_messages=Unlimited, max_effects=Unlimited, max_model_calls=Unlimited
            )
        )
        World(CallModel.by(answer), runs).run_sync(here, "go")
        return sum(file.stat().st_size for file in tmp_path.glob(f"{turns}.sqlite*") if file.is_file())

    half, whole = size_of(500), size_of(1000)
    assert whole <= 8000 * 1000
    assert whole <= 2.1 * half, "linear"
