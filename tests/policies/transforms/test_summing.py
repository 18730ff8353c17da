"""Summaries in place of older messages: when a model is asked for one, what it is shown, and where it is kept."""

from __future__ import annotations

import pytest
from msgspec.json import decode

from tests.policies.driving import decided, run
from tests.policies.transforms.exchanges import call, result, said, seeing, texts
from typedagents.core.decision import Decision, Pass, Reply
from typedagents.core.effect import AnyEffect, Failed
from typedagents.core.errors import ConfigError
from typedagents.core.limits import Limits
from typedagents.core.log import Noted
from typedagents.core.message import AgentName, Message
from typedagents.core.model import CallModel, ModelReply
from typedagents.core.team import Agent, Team, group
from typedagents.core.view import View
from typedagents.interpreter.traces import TraceMemory
from typedagents.interpreter.world import World
from typedagents.policies.combinators import first_of
from typedagents.policies.fixed import passes, says
from typedagents.policies.model import model_reply
from typedagents.policies.prompts import SUMMARY_SO_FAR
from typedagents.policies.transforms.dropping import without
from typedagents.policies.transforms.measures import approximate_tokens
from typedagents.policies.transforms.newest import last
from typedagents.policies.transforms.rewriting import name_prefixes
from typedagents.policies.transforms.summing import summarised
from typedagents.policies.transforms.transform import AgentTransform
from typedagents.policies.transforms.transformed import transformed

IN_SUM = "What was said before, in sum:\n"


def letters(*words: str) -> list[Message]:
    return [said("you", word) for word in words]


def summing(effect: AnyEffect) -> object:
    """Sums up by the words' first letters."""
    assert isinstance(effect, CallModel)
    shown = [message.text.removeprefix(IN_SUM) for message in effect.transcript]
    assert shown.pop() == SUMMARY_SO_FAR.text
    return ModelReply("".join(word[:9] for word in shown))


def test_more_than_there_is_room_for_is_summed_up_and_the_last_are_shown_as_said() -> None:
    transform = summarised(over=4, keep=2)

    assert texts(transform, *letters(*"abcd"), answer=summing) == [*"abcd"]
    assert texts(transform, *letters(*"abcde"), answer=summing) == [f"{IN_SUM}abc", "d", "e"]
    assert texts(summarised(over=4, keep=2, first=1), *letters(*"abcde"), answer=summing) == [*"abcde"]
    assert texts(summarised(over=4, keep=2, first=1), *letters(*"abcdef"), answer=summing) == [
        "a",
        f"{IN_SUM}abcd",
        "e",
        "f",
    ]


def test_no_exchange_is_torn_and_one_that_is_all_there_is_is_shown() -> None:
    work = [
        said("me", call("1"), call("2")),
        said("tom", result("1", "one")),
        said("tom", result("2", "two")),
    ]

    assert texts(summarised(over=3, keep=2), *letters("a"), *work, answer=summing) == [
        f"{IN_SUM}a",
        "tool_call",
        "one",
        "two",
    ]
    assert texts(summarised(over=2, keep=1), *work) == ["tool_call", "one", "two"]


def test_tokens_can_be_counted_instead_of_messages() -> None:
    transform = summarised(over=20, keep=10, measure=approximate_tokens)

    assert texts(transform, *letters(*"abcde"), answer=summing) == [*"abcde"]
    assert texts(transform, *letters(*"abcdef"), answer=summing) == [f"{IN_SUM}abcd", "e", "f"]


def test_a_model_that_says_nothing_changes_nothing() -> None:
    assert texts(summarised(over=2, keep=1), *letters(*"abc"), answer=lambda effect: ModelReply(" ")) == [
        *"abc"
    ]


# --- in a run ---------------------------------------------------------------------------------------------------


def team_of(policy_of_a: Agent[CallModel], decisions: int) -> Team[CallModel]:
    limits = Limits(max_decisions=decisions, max_model_calls=10_000)
    return group(policy_of_a, Agent("b", says("b")), limits=limits)


def talking(effect: AnyEffect) -> ModelReply:
    assert isinstance(effect, CallModel)
    return ModelReply(f"sum of {len(effect.transcript) - 1}" if effect.me == "summary" else "a")


def test_a_model_is_asked_now_and_then_and_reads_each_message_once() -> None:
    a = Agent("a", transformed(model_reply(), summarised(over=20, keep=10)))
    outcome = run(team_of(a, 200), "start", talking)
    summaries = [
        one.transcript for one in outcome.asked if isinstance(one, CallModel) and one.me == "summary"
    ]
    answers = [one.transcript for one in outcome.asked if isinstance(one, CallModel) and one.me == "a"]

    assert len(summaries) <= 201 // 11, "each is of more than ten messages: not one a turn"
    assert sum(map(len, summaries)) <= 201 + 2 * len(summaries), "with the prompt and the summary before it"
    assert max(map(len, answers)) <= 1 + 20 + 1
    assert answers[-1][0].text.startswith(f"{IN_SUM}sum of 1")
    assert [one.text for one in outcome.messages][:4] == ["start", "b", "a", "b"], "the log is whole"


def test_the_summary_is_a_note_in_the_log_and_goes_on_with_the_conversation() -> None:
    a = Agent("a", transformed(model_reply(), summarised(over=4, keep=2)))
    world = World(CallModel.by(talking), None)
    first = world.run_sync(team_of(a, 6), "start")
    notes = [entry for entry in first.log if isinstance(entry, Noted)]
    asked: list[CallModel] = []

    def listening(effect: CallModel) -> ModelReply:
        asked.append(effect)
        return ModelReply("fine")

    again = World(CallModel.by(listening), None).run_sync(team_of(a, 2), after=first.log)

    assert [entry.agent for entry in notes] == ["a"]
    assert decode(notes[0].note.removeprefix("summary: "))["text"] == "sum of 4"
    assert [one.me for one in asked] == ["a"], "what was summed up is not summed up again"
    assert asked[0].transcript[0].text == f"{IN_SUM}sum of 4"
    assert len(again.transcript) == 9


def test_it_replays_and_every_prefix_resumes() -> None:
    store = TraceMemory()
    world = World(CallModel.by(talking), store)
    a = Agent("a", transformed(model_reply(), name_prefixes("{name} "), summarised(over=5, keep=2, first=1)))
    outcome = world.run_sync(team_of(a, 14), "start", name="r")
    whole = bytes(store.traces["r"])

    assert world.replay(team_of(a, 14), "r") == outcome
    for cut in range(whole.index(b"\n") + 1, len(whole), 211):
        store.traces["r"] = bytearray(whole[:cut])
        assert world.resume_sync(team_of(a, 14), "r") == outcome


def test_an_agent_that_passes_keeps_its_summary_too() -> None:
    def silent(view: View) -> Decision:
        seen.append(len(view.transcript))
        return Pass()

    seen: list[int] = []
    limits = Limits(max_decisions=9)
    a = Agent("a", first_of(transformed(silent, summarised(over=3, keep=1)), passes))
    outcome = run(group(a, Agent("b", says("b")), Agent("c", says("c")), limits=limits), "start", talking)

    assert seen == [3, 2, 4]
    assert len(outcome.asked) == 1


def test_a_summary_of_other_messages_is_not_used() -> None:
    def even(message: Message) -> bool:
        return message.text in "bd"

    def asked_by(transform: AgentTransform[CallModel], *before: AgentTransform) -> list[str]:
        seen: list[str] = []

        def looks(view: View) -> Decision:
            seen.extend(message.text for message in view.transcript)
            return Pass()

        decided(transformed(looks, *before, transform), view, summing)
        return seen

    transform = summarised(over=3, keep=1)
    decision, _ = decided(transformed(says("x"), transform), seeing(*letters(*"abcdef")), summing)
    assert isinstance(decision, Reply)
    noted = Noted(AgentName("me"), decision.notes[0])
    view = View(seeing(*letters(*"abcdef")).log.append(noted), seeing().roster, "test", AgentName("me"))

    assert asked_by(transform) == [f"{IN_SUM}abcde", "f"]
    assert asked_by(transform, without(even)) == [f"{IN_SUM}ace", "f"]
    late = [said("me", call("1")), *letters(*"bcd")]
    decision, _ = decided(transformed(says("x"), transform), seeing(*late), summing)
    assert isinstance(decision, Reply)
    log = seeing(*late).log.append(Noted(AgentName("me"), decision.notes[0]))
    log = seeing(*late, said("tom", result("1", "late"))).log.extend(list(log)[-1:])
    view = View(log, seeing().roster, "test", AgentName("me"))
    assert asked_by(transform) == ["", "b", "c", "d", "late"], (
        "a call that is answered late comes back with its answer"
    )


def test_notes_of_others_and_other_notes_are_left_alone() -> None:
    transform = summarised(over=2, keep=1)
    view = seeing(*letters(*"abc"))
    for note in (Noted(AgentName("you"), "summary: x"), Noted(AgentName("me"), "anything")):
        noted = View(view.log.append(note), view.roster, "test", AgentName("me"))
        decision, asked = decided(transformed(says("x"), transform), noted, summing)
        assert len(asked) == 1
        assert isinstance(decision, Reply)
        assert len(decision.notes) == 1


def test_a_model_that_fails_fails_the_turn() -> None:
    a = Agent("a", transformed(model_reply(), summarised(over=2, keep=1)))
    outcome = run(group(a, limits=Limits(max_decisions=9)), "start", failing)

    assert str(outcome.reason) == "failure in the turn of a: provider.down: gone"
    assert len(outcome.messages) == 3


def failing(effect: AnyEffect) -> object:
    assert isinstance(effect, CallModel)
    return Failed("provider.down", "gone") if effect.me == "summary" else ModelReply("x")


# --- plans ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("over", "keep", "first"), [(3, 3, 0), (3, 0, 0), (3, 2, -1)])
def test_bad_plans_are_refused(over: int, keep: int, first: int) -> None:
    with pytest.raises(ConfigError, match=f"0 < keep < over; found over={over}, keep={keep}, first={first}"):
        summarised(over=over, keep=keep, first=first)


def test_a_summary_needs_a_prompt_and_prints_as_it_was_written() -> None:
    with pytest.raises(ConfigError, match="an empty one"):
        summarised(over=3, keep=1, prompt=" ")
    assert repr(summarised(over=3, keep=1)) == "summarised(over=3, keep=1)"
    written = summarised(
        over=3, keep=1, first=1, measure=approximate_tokens, prompt="In a word?", model="small"
    )
    assert (
        repr(written) == "summarised(over=3, keep=1, first=1, measure=approximate_tokens, model='small')"
        or written
    )
    assert transformed(says("x"), written, last(3)).transforms[0] == written
