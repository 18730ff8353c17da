"""What a worker is given: effects read back from lines, outcomes as bytes, and names that no two effects share."""

from __future__ import annotations

from typing import ClassVar

import pytest
from attrs import frozen
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from tests.core.driving import any_order, drive
from tests.core.programs import ORDERLY, Ask, Asked, Buy, Look, programs, teams
from typedagents.core.ambient import Now
from typedagents.core.decision import Decision, Reply
from typedagents.core.effect import AnyEffect, Effect, Failed, Ok, Outcome, Path, Repetition, Steps, proved
from typedagents.core.errors import ConfigError, TraceError
from typedagents.core.human import AskHuman
from typedagents.core.limits import Limits
from typedagents.core.log import Log, Transcript
from typedagents.core.machine import Open
from typedagents.core.message import AgentName, Message
from typedagents.core.model import CallModel
from typedagents.core.structure import attempt
from typedagents.core.team import Agent, Team, group
from typedagents.core.view import View
from typedagents.interpreter.traces import TraceMemory
from typedagents.interpreter.world import World
from typedagents.policies.fixed import says
from typedagents.testing.strategies import effects, outcomes_of
from typedagents.trace.effects import kinds_of, read_effect
from typedagents.trace.identity import identity
from typedagents.trace.lines import Begun
from typedagents.trace.outcomes import MOST_BYTES, read_outcome, written_outcome
from typedagents.trace.recorder import Recorder
from typedagents.trace.recording import Recording

PLACE = Path("t0.0")
calm = teams(programs(*ORDERLY))


def recorded(effect: AnyEffect) -> Recording:
    """A trace in which ``effect`` has begun."""
    lines: list[bytes] = []
    recorder = Recorder(lines.append, lambda: 0.0)
    recorder.header("0", "run", group(Agent(AgentName("a"), says("hi"))), Log())
    recorder.begun(Open(PLACE, effect), "a")
    return Recording.load(lines)


@given(effects())
def test_effects_come_back_with_all_that_they_refer_to(effect: AnyEffect) -> None:
    recording = recorded(effect)
    begun = recording.begun[PLACE]
    kinds = {type(effect).kind: type(effect)}

    assert read_effect(begun, kinds, recording) == effect
    name = identity(PLACE, effect)
    assert (name.kind, name.digest) == (begun.kind, begun.digest)
    assert str(name) == f"t0.0/{begun.kind}/{begun.digest[:12]}"


@given(calm, st.integers(0, 5))
def test_every_effect_of_a_run_can_be_read_from_its_trace_alone(team: Team[Asked | Now], seed: int) -> None:
    ran = drive(team, any_order(seed))
    recording = Recording.load(ran.lines)
    kinds = kinds_of({Ask: dumb, Look: dumb, Buy: dumb, AskHuman: dumb})

    assert [
        recording.outcome(Open(path, read_effect(begun, kinds, recording))) is not None
        for path, begun in recording.begun.items()
    ] == [True] * len(ran.order)


def dumb(effect: AnyEffect, call: object) -> object:
    raise AssertionError("nothing is performed")


@frozen
class Louder(Look):
    """A kind of its own below another, which the handler of that one performs."""


def test_the_kinds_that_a_handler_performs_include_those_below_and_the_clock() -> None:
    kinds = kinds_of({Look: dumb})

    assert kinds["Louder"] is Louder
    assert {"Look", "Now", "Draw", "Sleep"} <= kinds.keys()


@frozen
class Closer(Look):
    """The same kind, with one field more."""

    kind: ClassVar[str] = "Look"
    at: str = "here"


def test_an_effect_is_read_as_the_class_of_its_kind_that_was_written() -> None:
    kinds = kinds_of({Look: dumb})
    assert kinds["Look"] is Look

    for effect in (Look("a"), Closer("a"), Closer("a", "there")):
        recording = recorded(effect)
        assert read_effect(recording.begun[PLACE], kinds, recording) == effect


def test_an_effect_that_nobody_here_knows_is_named() -> None:
    recording = recorded(Look("a"))
    with pytest.raises(ConfigError, match=r"at t0.0: nobody here performs Look; performed are: AskHuman;"):
        read_effect(recording.begun[PLACE], {"AskHuman": AskHuman}, recording)


def test_an_effect_that_reads_back_as_another_is_refused() -> None:
    recording = recorded(Look("a"))
    begun = recording.begun[PLACE]
    other = Begun(begun.path, begun.kind, begun.digest, begun.repeat, Raw(b'{"what":"b"}'))
    with pytest.raises(TraceError, match=r"at t0.0: Look reads back as another effect"):
        read_effect(other, {"Look": Look}, recording)


def test_a_shared_value_that_is_missing_is_named() -> None:
    with pytest.raises(TraceError, match=r"the shared value beef is not in the trace"):
        recorded(Look("a")).value("beef")


@given(st.data(), effects())
def test_outcomes_come_back(data: st.DataObject, effect: AnyEffect) -> None:
    outcome = data.draw(outcomes_of(effect))

    assert read_outcome(effect, written_outcome(outcome)) == outcome


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b'{"did":"ok"}', b'{"did":"won","value":1}', b'{"did":"ok","value":"x"}', b'{"did":"failed","value":1}'],
)  # fmt: skip
def test_a_poisoned_outcome_is_said_to_be_none(data: bytes) -> None:
    with pytest.raises(TraceError, match=r"this is no "):
        read_outcome(Look("a"), data)


@frozen
class Long(Effect[str]):
    """Results in so many letters."""

    repeats: ClassVar[Repetition] = "pure"
    letters: int

    def accept(self, value: object, /) -> str:
        return proved(value, str)


def came(letters: int) -> Outcome:
    return read_outcome(Long(letters), written_outcome(Ok("x" * letters)))


def test_a_result_may_be_as_large_as_the_bound_and_no_larger() -> None:
    assert came(MOST_BYTES - 2) == Ok("x" * (MOST_BYTES - 2)), "with the quotation marks as large as may be"
    assert came(MOST_BYTES - 1) == Failed(
        "too_large",
        "the result has 1000001 bytes, of 1000000 that a run keeps; return less, or where it is to be found",
    )


def tells(view: View, /) -> Steps[Decision, Long]:
    came = yield from attempt(Long(MOST_BYTES))
    return Reply(came.kind if isinstance(came, Failed) else "kept")


def test_the_policy_of_a_recorded_run_is_told_of_a_result_that_is_too_large() -> None:
    team = group(Agent(AgentName("a"), tells), limits=Limits(max_decisions=1))
    world = World(Long.by(lambda effect: "x" * effect.letters), TraceMemory())
    outcome = world.run_sync(team, "go", name="r")

    assert [message.text for message in outcome.transcript] == ["go", "too_large"]
    assert world.replay(team, "r") == outcome


def test_a_conversation_is_found_by_its_head() -> None:
    seen = Transcript([Message(AgentName("a"), "one"), Message(AgentName("b"), "two")])
    recording = recorded(CallModel(seen, AgentName("a")))

    assert recording.transcript(seen.head.hex()[:32], 2) == seen
    assert recording.transcript("", 0) == Transcript()
