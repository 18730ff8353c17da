"""What holds of every transform, over conversations in which calls are answered late, twice, by others, or never."""

from __future__ import annotations

import pickle

from hypothesis import given
from hypothesis import strategies as st

from tests.policies.driving import decided, driven
from tests.policies.transforms.exchanges import (
    answered,
    answers,
    conversations,
    is_well_formed,
    results_in,
    seeing,
    whole_places,
)
from typedagents.core.decision import Decision, Reply
from typedagents.core.effect import AnyEffect
from typedagents.core.log import Log, Opened, Said, Transcript
from typedagents.core.message import AgentName, Message
from typedagents.core.model import ModelReply
from typedagents.core.parts import ToolCall, ToolResult
from typedagents.core.view import Roster, SharedView, View
from typedagents.policies.projection import project
from typedagents.policies.rules.said import spoke
from typedagents.policies.transforms.dropping import without
from typedagents.policies.transforms.measures import approximate_tokens
from typedagents.policies.transforms.newest import last, token_limit
from typedagents.policies.transforms.rewriting import name_prefixes
from typedagents.policies.transforms.shortening import message_limit
from typedagents.policies.transforms.summing import Summarised, summarised
from typedagents.policies.transforms.ties import end_of_first, is_whole, start_of_last, tying
from typedagents.policies.transforms.transform import AgentTransform, Shown, shown_by
from typedagents.policies.transforms.transformed import transformed


def every_other(view: SharedView) -> Transcript:
    """Tears what it can."""
    return Transcript([message for at, message in enumerate(view.transcript) if at % 2])


def backwards(view: SharedView) -> Transcript:
    return Transcript(list(view.transcript)[::-1])


def has_results(message: Message) -> bool:
    return any(isinstance(part, ToolResult) for part in message.parts)


CUTTING: list[AgentTransform[AnyEffect]] = [
    last(1),
    last(3),
    last(4, first=1),
    last(5, first=3),
    token_limit(1),
    token_limit(30),
    token_limit(40, first=2),
    token_limit(200),
    without(spoke("you")),
    without(~spoke("me")),
    without(has_results),
]
WHOLE: list[AgentTransform[AnyEffect]] = [
    *CUTTING,
    name_prefixes(),
    message_limit(7),
    summarised(over=5, keep=2, first=1),
    summarised(over=60, keep=30, measure=approximate_tokens),
]
cutting, whole = st.sampled_from(CUTTING), st.sampled_from(WHOLE)
any_of_them = st.sampled_from([*WHOLE, every_other, backwards])


def model(effect: AnyEffect) -> object:
    return ModelReply("in sum")


def shown(messages: list[Message], *transforms: AgentTransform[AnyEffect]) -> list[Message]:
    """What a policy behind these is shown."""
    seen: list[Transcript] = []
    transforms = tuple(sorted(transforms, key=lambda one: not isinstance(one, Summarised)))

    def looks(view: View) -> Decision:
        seen.append(view.transcript)
        return Reply("x")

    view = seeing(*messages)
    log = view.log
    decided(transformed(looks, *transforms), view, model)
    assert view.log == log
    assert list(view.transcript) == messages
    return list(seen[0])


@given(conversations(), st.lists(any_of_them, min_size=1, max_size=3))
def test_law_7_what_a_model_is_sent_is_well_formed_and_no_exchange_is_torn(
    messages: list[Message], transforms: list[AgentTransform[AnyEffect]]
) -> None:
    if any(one is every_other or one is backwards for one in transforms):
        before: list[Message] = []  # what was answered among others can be asked again here
    else:
        before = messages
    after = shown(messages, *transforms)
    for me in ("me", "you"):
        view = seeing(*messages, me=me)
        items = project(after, view.me)
        assert is_well_formed(items)
        assert answered(items) >= answered(project(before, view.me)) & results_in(after)
    calls = {
        (at, place)
        for at, m in enumerate(after)
        for place, p in enumerate(m.parts)
        if isinstance(p, ToolCall)
    }
    waiting = len([p for m in messages for p in m.parts if isinstance(p, ToolCall)]) - len(answers(messages))
    assert len(calls - set(answers(after).values())) <= waiting, "no call lost its result"


@given(conversations(), whole)
def test_a_result_stands_behind_its_call_where_it_did(
    messages: list[Message], transform: AgentTransform[AnyEffect]
) -> None:
    after = shown(messages, transform)
    ties = answers(messages)
    tied = {messages[at].parts[place] for at, place in ties}
    again = {after[at].parts[place] for at, place in answers(after)}
    if transform not in WHOLE[len(CUTTING) :]:
        there = {part for message in after for part in message.parts}
        assert tied & there == again


@given(conversations(), cutting, cutting)
def test_messages_keep_their_order_and_their_words(
    messages: list[Message], one: AgentTransform[AnyEffect], other: AgentTransform[AnyEffect]
) -> None:
    left = iter(messages)
    for message in shown(messages, one, other):
        assert any(set(message.parts) <= set(here.parts) and message.sender == here.sender for here in left)


@given(conversations(), st.sampled_from([*CUTTING, name_prefixes(), message_limit(7)]))
def test_twice_is_once(messages: list[Message], transform: AgentTransform[AnyEffect]) -> None:
    assert shown(messages, transform, transform) == shown(messages, transform)


def see(log: Log, transform: AgentTransform[AnyEffect]) -> list[Message]:
    """What ``transform`` makes of a log whose folds are under way."""
    view = View(log, Roster({AgentName("me"): ""}), "test", AgentName("me"))
    machine, _ = driven(shown_by(transform, view), model)
    assert machine.ended is not None
    assert isinstance(machine.ended.value, Shown)
    return list(machine.ended.value.transcript)


@given(conversations(), whole)
def test_as_a_conversation_grows_and_branches_the_same_is_shown_as_of_one_built_anew(
    messages: list[Message], transform: AgentTransform[AnyEffect]
) -> None:
    log = Log([Opened("test")])
    for message in messages:
        branch = log.fork().append(Said(messages[0]))
        log = log.append(Said(message))
        for one in (log, branch):
            assert see(one, transform) == see(one.detached(), transform)


@given(conversations(), st.integers(1, 6), st.integers(0, 5))
def test_last_shows_no_more_but_for_one_exchange(messages: list[Message], count: int, first: int) -> None:
    first = min(first, count - 1)
    after = shown(messages, last(count, first=first))
    places = whole_places(messages)
    exchange = len(messages) - max((place for place in places if place < len(messages)), default=0)
    head = max(place for place in places if place <= min(first, len(messages)))

    assert after[:head] == messages[:head]
    assert not after or after[-1] == messages[-1]
    assert len(after) <= max(count, head + exchange)
    if len(messages) <= count:
        assert after == messages


@given(conversations(), st.integers(1, 80))
def test_a_token_limit_holds_but_for_one_exchange(messages: list[Message], limit: int) -> None:
    after = shown(messages, token_limit(limit))
    places = [place for place in whole_places(messages) if place < len(messages)]
    one_exchange = messages[max(places, default=0) :]

    assert sum(map(approximate_tokens, after)) <= limit or after == one_exchange
    earlier = [place for place in places if place < len(messages) - len(after)]
    if earlier:
        assert sum(map(approximate_tokens, messages[max(earlier) :])) > limit, "and as much as fits is shown"


@given(conversations())
def test_ties_are_those_that_looking_at_everything_finds(messages: list[Message]) -> None:
    transcript = Transcript(messages)
    ties, places = answers(messages), whole_places(messages)
    there = transcript.fold(tying())

    assert there.strays == len([1 for m in messages for p in m.parts if isinstance(p, ToolResult)]) - len(
        ties
    )
    assert {place for place in range(len(messages) + 1) if is_whole(transcript, place)} == places
    for most in range(len(messages) + 2):
        assert end_of_first(transcript, most) == max(place for place in places if place <= most)
        fitting = [place for place in places if len(messages) - most <= place]
        nearest = [place for place in places if place < len(messages)]
        expected = min(fitting) if min(fitting) < len(messages) else max(nearest, default=0)
        assert start_of_last(transcript, most) == expected


def looks_away(view: View) -> Decision:
    return Reply("x")


@given(st.lists(cutting, min_size=1, max_size=3))
def test_a_transformed_policy_compares_and_pickles(transforms: list[AgentTransform[AnyEffect]]) -> None:
    policy = transformed(looks_away, *transforms)

    assert pickle.loads(pickle.dumps(policy)) == policy == transformed(looks_away, *transforms)
    assert hash(policy) == hash(transformed(looks_away, *transforms))


@given(st.sampled_from(WHOLE))
def test_transforms_compare_and_pickle(transform: AgentTransform[AnyEffect]) -> None:
    assert pickle.loads(pickle.dumps(transform)) == transform
