"""What can be read of an answer while it comes: always JSON, never more than is there, and at the end all of it."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
from attrs import frozen
from hypothesis import given
from hypothesis import strategies as st

from tests.tools.instances import JSON
from typedagents.core.errors import ConfigError
from typedagents.core.handler import Call
from typedagents.core.limits import Limits
from typedagents.core.model import CallModel, ModelReply, PartialAnswer, TextDelta
from typedagents.core.team import Agent, group
from typedagents.interpreter.events import Event, Observed
from typedagents.interpreter.partial_answers import PartialReader
from typedagents.interpreter.ports import with_models
from typedagents.interpreter.world import World
from typedagents.policies.answering import AnswerRefused
from typedagents.policies.fixed import says
from typedagents.policies.model import model_reply

ONE = Limits(max_decisions=1)
OBJECTS = st.dictionaries(st.text(max_size=5), JSON, max_size=4)


def beginning(part: object, whole: object) -> bool:
    """Whether ``part`` is ``whole`` before it was all there."""
    if isinstance(part, dict) and isinstance(whole, dict):
        return all(key in whole and beginning(one, whole[key]) for key, one in part.items())
    if isinstance(part, list) and isinstance(whole, list):
        return len(part) <= len(whole) and all(map(beginning, part, whole))
    if isinstance(part, str) and isinstance(whole, str):
        return whole.startswith(part)
    return part == whole and type(part) is type(whole)


def read(pieces: list[str]) -> list[object]:
    reader = PartialReader()
    found = [reader.feed(piece) for piece in pieces]
    return [one.value for one in found if one is not None]


@given(
    data=OBJECTS,
    ascii_only=st.booleans(),
    indent=st.sampled_from([None, 1]),
    cuts=st.lists(st.integers(0, 200)),
)
def test_each_is_a_beginning_of_the_next_and_the_last_is_all(
    data: dict[str, object], *, ascii_only: bool, indent: int | None, cuts: list[int]
) -> None:
    text = "Well: " + json.dumps(data, ensure_ascii=ascii_only, indent=indent) + " So {be} it."
    places = sorted({0, *(min(cut, len(text)) for cut in cuts), len(text)})
    found = read([text[a:b] for a, b in pairwise(places)])

    assert found[-1] == data
    assert all(beginning(one, data) for one in found)


@given(st.text(alphabet='{}[]",:\\u12e-.tn \nfalse', max_size=60))
def test_whatever_comes_is_read_without_a_fault_and_once(text: str) -> None:
    at_once = read([text])
    one_by_one = read(list(text))
    assert at_once[-1:] == one_by_one[-1:]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('{"a": 12', {}),
        ('{"a": 12,', {"a": 12}),
        ('{"a": "b\\', {"a": "b"}),
        ('{"a": "\\ud83d', {"a": ""}),
        ('{"a": "\\ud83d\\ude00', {"a": "😀"}),
        ('{"a": [1, {"b": tru', {"a": [1, {}]}),
        ('{"a": [1,]', {"a": [1]}),
        ('{"a": [1}', {"a": [1]}),
        ('{"a": nul, "b": 1}', {}),
        ('{"a": "\\x", "b": 1}', {"a": ""}),
        ('{"a" 1}', {}),
        ('{"a": "x\ny', {"a": "x\ny"}),
    ],
)
def test_what_is_not_whole_is_left_out(text: str, found: object) -> None:
    assert read([text])[-1] == found


def test_before_the_object_there_is_nothing() -> None:
    assert read(["Let me", " see"]) == []


@frozen
class Person:
    name: str
    age: int


PIECES = ['{"name": "A', 'da", ', '"age": 36}']
BAD = ['{"name": 1}']


def test_watchers_are_shown_the_answer_as_it_comes_and_what_was_refused() -> None:
    lines = iter((BAD, PIECES))

    class Model:
        def complete(self, request: CallModel, call: Call, /) -> ModelReply:
            pieces = next(lines)
            call.emit(TextDelta(" "))  # says no more than was known
            for piece in pieces:
                call.emit(TextDelta(piece))
            return ModelReply("".join(pieces))

    seen: list[Event] = []
    world = World(with_models(Model()), None, watchers=(seen.append,))
    outcome = world.run_sync(group(Agent("a", model_reply(output=Person)), limits=ONE), "who?")
    shown = [one.observation for one in seen if isinstance(one, Observed)]

    assert [one.value for one in shown if isinstance(one, PartialAnswer)] == [
        {"name": 1},
        {"name": "A"},
        {"name": "Ada"},
        {"name": "Ada", "age": 36},
    ]
    assert [one.left for one in shown if isinstance(one, AnswerRefused)] == [2]
    assert outcome.answer(Person) == Person("Ada", 36)


def test_words_that_are_asked_for_no_type_are_not_read() -> None:
    class Model:
        def complete(self, request: CallModel, call: Call, /) -> ModelReply:
            call.emit(TextDelta(PIECES[0]))
            return ModelReply(PIECES[0])

    seen: list[Event] = []
    world = World(with_models(Model()), None, watchers=(seen.append,))
    world.run_sync(group(Agent("a", model_reply()), limits=ONE), "who?")

    assert not [
        one for one in seen if isinstance(one, Observed) and isinstance(one.observation, PartialAnswer)
    ]


def test_an_outcome_without_a_typed_answer_says_so() -> None:
    outcome = World(with_models({}), None).run_sync(group(Agent("a", says("hi")), limits=ONE), "who?")
    with pytest.raises(ConfigError, match=r"nobody gave a typed answer \(limit: .*output="):
        outcome.answer(Person)
