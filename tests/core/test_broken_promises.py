"""What a policy must not do, and what it is told: whose fault it is, what was found, what to do."""

from __future__ import annotations

from collections.abc import Callable, Generator

import pytest
from attrs import frozen

from tests.core.programs import Ask, Look
from typedagents.core.ambient import Draw, Sleep
from typedagents.core.context import Change, Variable
from typedagents.core.decision import Decision, Draft, Pass, Reply, Stop
from typedagents.core.effect import Effect, Steps
from typedagents.core.errors import ConfigError, Divergence, HandlerError, PolicyError, TypedAgentsError
from typedagents.core.kernel import opened
from typedagents.core.limits import Limits
from typedagents.core.log import Log
from typedagents.core.message import AgentName, Message
from typedagents.core.parts import Text
from typedagents.core.structure import each, race
from typedagents.core.team import Agent, Team, group, group_of
from typedagents.core.view import SharedView, View
from typedagents.interpreter.traces import TraceMemory
from typedagents.interpreter.world import World

Anything = Callable[[View], object]


def team_of(policy: Anything) -> Team[Ask | Look]:
    """A team whose policy is not what its type says: as people write who use no type checker."""
    return group(Agent(AgentName("bob"), policy), limits=Limits(max_decisions=3))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # the point of these tests


WORLD = World(Ask.by(lambda effect: "yes") | Look.by(lambda effect: 1), None)


def broken(policy: Anything) -> TypedAgentsError:
    with pytest.raises(TypedAgentsError) as caught:
        WORLD.run_sync(team_of(policy), "hi")
    assert isinstance(caught.value.log, Log)
    assert len(caught.value.log.transcript) >= 1, "nothing is lost"
    return caught.value


def returns_text(view: View) -> object:
    return "hello"


def returns_nothing(view: View) -> object:
    return None


async def is_async(view: View) -> object:
    return Reply("hello")


def forgets_from(view: View) -> Generator[object, object, object]:
    yield Ask("a", view.transcript)
    return Reply("hello")


def yields_text(view: View) -> Generator[object, object, object]:
    yield "hello"
    return Reply("hello")


def raises(view: View) -> object:
    raise KeyError("oops")


def raises_later(view: View) -> Steps[Decision, Ask]:
    yield from Ask("a", view.transcript)
    raise ZeroDivisionError("by nought")


def claims_a_human(view: View) -> object:
    return Reply("hello", origin="human")


def hands_to_a_stranger(view: View) -> object:
    return Reply("hello", hand_to="nobody")


class Callable2:
    """A policy that is an object."""

    def __call__(self, view: View) -> object:
        return 7


@pytest.mark.parametrize(
    ("policy", "text"),
    [
        (
            returns_text,
            "the policy returns_text of 'bob' returned the text 'hello'; return Reply('hello') instead",
        ),
        (
            returns_nothing,
            "the policy returns_nothing of 'bob' must return Reply, Pass or Stop; it returned None",
        ),
        (
            is_async,
            "the policy is_async of 'bob' is async; policies and selectors are pure: write it as a plain function",
        ),
        (forgets_from, "which is no effect; write 'result = yield from SomeEffect(...)', with 'from'"),
        (yields_text, "a policy yielded 'hello', which is no effect"),
        (raises, "a policy raised KeyError: 'oops'"),
        (raises_later, "a policy raised ZeroDivisionError: by nought"),
        (
            claims_a_human,
            "the policy of 'bob' says its reply comes from a human, but asked none in this turn",
        ),
        (hands_to_a_stranger, "'bob' handed to 'nobody', who is not in the team; it has: bob"),
        (Callable2(), "Callable2 object"),
    ],
)
def test_a_broken_promise_is_an_error_that_says_whose_and_what_to_do(policy: Anything, text: str) -> None:
    error = broken(policy)

    assert isinstance(error, PolicyError)
    assert text in str(error)


def test_what_a_finally_asks_for_cannot_be_had() -> None:
    def clings(view: View, /) -> Steps[Decision, Ask | Look]:
        try:
            yield from Ask("a", view.transcript)
            return Pass()
        finally:
            yield from Look("late")

    def loses(view: View, /) -> Steps[Decision, Ask | Look]:
        yield from race([clings(view), shortest()])
        return Reply("fine")

    error = broken(loses)
    assert (
        "asked for an effect while it was being closed; a 'finally' in a policy may hold no effect, and"
        in str(error)
    )


def shortest() -> Steps[Decision, Ask | Look]:
    yield from each(NOTHING)
    return Pass()


NOTHING: list[Steps[int, Ask | Look]] = []


def close_a_file_that_is_gone() -> None:
    raise OSError("the file is gone")


def test_what_a_finally_raises_is_the_policys_fault() -> None:
    def clings(view: View, /) -> Steps[Decision, Ask | Look]:
        try:
            yield from Ask("a", view.transcript)
            return Pass()
        finally:
            close_a_file_that_is_gone()

    def loses(view: View, /) -> Steps[Decision, Ask | Look]:
        yield from race([clings(view), shortest()])
        return Reply("fine")

    error = broken(loses)
    assert isinstance(error, PolicyError)
    assert "a policy raised OSError: the file is gone" in str(error)


def test_a_selector_must_name_somebody_of_the_team() -> None:
    def names_a_stranger(view: SharedView, /) -> str:
        return "eve"

    with pytest.raises(
        PolicyError, match=r"names_a_stranger.* named 'eve', who is not in the team; it has: bob"
    ):
        WORLD.run_sync(team_of(lambda view: Pass()).selected_by(names_a_stranger), "hi")


def test_a_selector_must_not_be_async() -> None:
    async def later(view: SharedView, /) -> str:
        return "bob"

    team = team_of(lambda view: Pass()).selected_by(later)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # the point of this test
    with pytest.raises(PolicyError, match=r"the selector .*later.* is async"):
        WORLD.run_sync(team, "hi")


def test_a_policy_that_is_not_deterministic_is_found_out_with_the_field_that_differs() -> None:
    moods = iter(["merry", "sad"])

    def moody(view: View) -> Steps[Decision, Ask]:
        answer = yield from Ask(next(moods), view.transcript)
        return Stop(answer)

    world = World(WORLD.handler, TraceMemory())
    world.run_sync(team_of(moody), "hi", name="r")

    with pytest.raises(Divergence) as caught:
        world.replay(team_of(moody), "r")
    assert (
        "at t0.0, in a turn of 'bob': Ask differs from the trace:\n  what: 'merry' in the trace, 'sad' now"
        in str(caught.value)
    )
    assert "is not a pure function of its view" in str(caught.value)


def test_a_handler_that_answers_with_something_else_is_named() -> None:
    world = World(Ask.by(lambda effect: 7), None)  # type: ignore[arg-type, return-value]  # pyright: ignore[reportArgumentType]  # the point of this test

    with pytest.raises(
        HandlerError, match=r"the handler of Ask answered with .* expected str, got int: 7"
    ) as caught:
        world.run_sync(team_of(raises_later), "hi")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # as above
    assert caught.value.log is not None


# --- what is refused when it is built ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("build", "text"),
    [
        (
            lambda: Agent(AgentName(""), lambda view: Pass()),
            "an agent's name is 1 to 64 printable characters",
        ),
        (lambda: Agent(AgentName("a\nb"), lambda view: Pass()), r"printable characters .*; found 'a\\nb'"),
        (lambda: Message(AgentName(" a"), "b"), "without spaces at its ends; found ' a'"),
        (lambda: group_of([]), "a team needs at least one agent"),
        (lambda: Limits(max_decisions=-1), "a limit is a whole number from 0, or Unlimited; found -1"),
        (lambda: Limits(max_effects=True), "a limit is a whole number from 0, or Unlimited; found True"),
        (lambda: list(race([])), "a race needs at least one program"),
        (lambda: Sleep(float("inf")), "expected a finite number"),
        (lambda: Sleep(-1), "'seconds' must be >= 0"),
        (lambda: Draw(0), "'sides' must be > 0"),
        (lambda: Variable("x", int).to(1j), "complex cannot be written as JSON"),  # type: ignore[arg-type]  # as above
        (lambda: Reply([Draft("a"), Text("b")]), "a reply holds either drafts or parts; found both"),  # type: ignore[arg-type]  # as above
        (lambda: Reply([7]), "a reply is made of text, parts or drafts; found int"),  # type: ignore[arg-type]  # as above
        (lambda: group(*[7]), r"made of agents; found 7: write group\(a, b\)"),  # type: ignore[call-overload]  # as above
        (lambda: Message(AgentName("a"), [7]), "a message is made of text or parts .* found int"),  # type: ignore[list-item]  # as above
    ],
)
def test_nonsense_is_refused_where_it_is_written(build: Callable[[], object], text: str) -> None:
    with pytest.raises((ConfigError, ValueError, TypeError), match=text):
        build()


def test_names_are_given_once() -> None:
    bob = Agent(AgentName("bob"), lambda view: Pass())
    with pytest.raises(ConfigError, match=r"two agents are named 'bob'; give each a name of its own"):
        group(bob, bob)
    with pytest.raises(ConfigError, match=r"an agent's name is 1 to 64 printable characters"):
        Team({bob.name: bob}, lambda view: None, opener=AgentName(""))
    with pytest.raises(ConfigError, match=r"the policy of agent 'eve' must be callable; found 7"):
        Agent(AgentName("eve"), 7)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # the point of this test


def test_variables_are_read_as_what_they_are() -> None:
    number = Variable("n", int)
    lucky = Variable("lucky", int, 7)
    noted: list[object] = []

    def counts(view: View, /) -> Decision:
        context = view.context
        noted.append(context[lucky])
        if number not in context:
            with pytest.raises(
                ConfigError, match=r"context variable 'n' was never set and has no default; set are: none"
            ):
                context[number]
            return Reply("one", changes=(number.to(1), Change("odd", '"text"')))
        noted.append(context[number])
        with pytest.raises(ConfigError, match=r"context variable 'odd' holds \"text\", which does not fit"):
            context[Variable("odd", int)]
        return Stop("done")

    outcome = WORLD.run_sync(group(Agent(AgentName("a"), counts)), "hi")
    assert outcome.reason.why == "policy"
    assert noted == [7, 7, 1]
    assert outcome.context[number] == 1


def test_a_run_goes_on_from_an_earlier_log_or_transcript() -> None:
    first = WORLD.run_sync(team_of(lambda view: Stop("a")), "hi")
    again = WORLD.run_sync(team_of(lambda view: Stop("b")), after=first.log)
    third = WORLD.run_sync(team_of(lambda view: Stop("c")), first.transcript)

    assert [message.text for message in again.transcript] == ["hi"]
    assert again.log.prefix(len(first.log)) == first.log
    assert [message.text for message in third.transcript] == ["hi"]
    assert len(opened(team_of(lambda view: Pass()), Message(AgentName("x"), "y")).log) == 2


@frozen
class Nested(Effect[int]):
    """Only to be asked for."""

    def accept(self, value: object, /) -> int:
        return 0


def test_each_of_nothing_is_nothing() -> None:
    nothing: list[Steps[int, Nested]] = []

    def asks(view: View, /) -> Steps[Decision, Nested]:
        return Stop(str((yield from each(nothing))))

    outcome = World(Nested.by(lambda effect: 1), None).run_sync(group(Agent(AgentName("a"), asks)))
    assert str(outcome.reason) == "stopped by a: ()"
