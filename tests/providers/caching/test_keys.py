"""Requests have the same key where they are the same, and only there; the order of JSON's keys is all that is free."""

from __future__ import annotations

import json
from collections.abc import Callable
from random import Random

import pytest
from attrs import evolve, frozen
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.providers.caching.asked import Counting, Memory
from tests.providers.conversations import MESSAGES
from typedagents.core.errors import ConfigError
from typedagents.core.log import Transcript
from typedagents.core.message import Message
from typedagents.core.model import CallModel, ModelReply, OutputSpec, Prompt, Settings, ToolSpec
from typedagents.core.parts import Data, Opaque, ToolCall
from typedagents.interpreter.ports import Deadlines
from typedagents.providers import OPENAI, AnthropicMessages, OpenAIChat, cache, fallback, function, retry
from typedagents.providers.caching.key import identity_of, key_of, normal

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.floats(allow_nan=False) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
    max_leaves=8,
)
OBJECTS = st.dictionaries(st.text(max_size=3), JSON, max_size=4)


def shuffled(value: object, dice: Random) -> object:
    """The same with its keys in another order."""
    if isinstance(value, dict):
        names = list(value)
        dice.shuffle(names)
        return {name: shuffled(value[name], dice) for name in names}
    return [shuffled(item, dice) for item in value] if isinstance(value, list) else value


def request(
    messages: list[Message],
    objects: list[dict[str, object]],
    settings: Settings,
    write: Callable[[object], str],
) -> CallModel:
    one, two, three, four = map(write, objects)
    call = Message("me", ToolCall("c", "f", one, state=Opaque("p", "k", two)))
    return CallModel(
        Transcript([*messages, call, Message("you", Data(three))]),
        "me",
        "m",
        Prompt("help", "p", "1"),
        (ToolSpec("f", "does f", two),),
        OutputSpec("o", three),
        evolve(settings, extra=(("x", four), ("y", one))),
    )


SETTINGS = st.builds(
    Settings,
    temperature=st.none() | st.floats(0, 2),
    max_tokens=st.none() | st.integers(1, 9),
    seed=st.none() | st.integers(0, 3),
    stop=st.lists(st.text(max_size=3), max_size=2).map(tuple),
)
FOUR = st.lists(OBJECTS, min_size=4, max_size=4)


def key(asked: CallModel) -> str:
    return key_of(asked, b"here")


@given(st.lists(MESSAGES, max_size=4), FOUR, SETTINGS, st.integers())
def test_the_order_of_keys_does_not_count(
    messages: list[Message], objects: list[dict[str, object]], settings: Settings, seed: int
) -> None:
    dice = Random(seed)
    one = request(messages, objects, settings, json.dumps)
    other = request(messages, objects, settings, lambda value: json.dumps(shuffled(value, dice), indent=1))

    assert key(one) == key(other)


def in_order(value: object) -> str:
    return json.dumps(value, sort_keys=True)


ASKED = st.builds(request, st.lists(MESSAGES, max_size=3), FOUR, SETTINGS, st.just(in_order))


@given(ASKED, ASKED)
def test_requests_that_differ_have_different_keys(one: CallModel, other: CallModel) -> None:
    assert (key(one) == key(other)) == (one == other)


@given(ASKED, MESSAGES, st.data())
def test_every_field_counts(one: CallModel, message: Message, data: st.DataObject) -> None:
    changes: list[CallModel] = [
        evolve(one, transcript=one.transcript.append(message)),
        evolve(one, transcript=one.transcript.prefix(len(one.transcript) - 1)),
        evolve(one, me="another"),
        evolve(one, model="another"),
        evolve(one, instructions=None),
        evolve(one, instructions=Prompt("help", "p", "2")),
        evolve(one, tools=()),
        evolve(one, tools=(evolve(one.tools[0], strict=True),)),
        evolve(one, output=None),
        evolve(one, settings=evolve(one.settings, reasoning_effort="low")),
        evolve(one, settings=evolve(one.settings, extra=())),
        evolve(one, settings=evolve(one.settings, extra=(*one.settings.extra, ("z", "1")))),
    ]
    other = data.draw(st.sampled_from(changes))
    assume(other != one)

    assert key(other) != key(one)


@given(OBJECTS, OBJECTS)
def test_objects_that_differ_differ(one: dict[str, object], other: dict[str, object]) -> None:
    texts = [json.dumps(each, sort_keys=True) for each in (one, other)]

    assert (normal(texts[0]) == normal(texts[1])) == (texts[0] == texts[1])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('{"a":1}', '{"a":1.0}'),
        ('{"a":1,"a":2}', '{"a":2}'),
        ('{"a":0.1}', '{"a":0.1000000000000000055}'),
        ('{"a":[1,2]}', '{"a":[2,1]}'),
        ('{"a":1}', '[["a",1]]'),
        ("no json", '"no json"'),
        ("NaN", '"NaN"'),
        ('{"a":null}', "{}"),
    ],
)
def test_texts_that_are_not_the_same_differ(one: str, other: str) -> None:
    assert normal(one) != normal(other)


def test_deep_nonsense_is_text() -> None:
    assert normal("[" * 100_000) == ["text", "[" * 100_000]


def test_a_key_stays_what_it_is() -> None:
    """A key that changes loses what was kept: then VERSION must go up, and this text with it."""
    asked = CallModel(Transcript([Message("you", "hi")]), "me")

    assert key(asked) == "e19dc4a42e1463f97cd8a7424909a28437cb2467882591d7fa8c1694e66c92b9"


# --- who is asked -----------------------------------------------------------------------------------------------

MODEL = OpenAIChat(model="m", api_key="sk-0123456789")


def who(provider: OpenAIChat | AnthropicMessages) -> bytes:
    return identity_of(provider, "", 0)


@pytest.mark.parametrize(
    "other",
    [
        evolve(MODEL, api_key="sk-another-key"),
        evolve(MODEL, deadlines=Deadlines(total_s=1)),
        evolve(MODEL, delivery="streamed"),
        evolve(MODEL, headers=(("x-proxy-token", "secret"),)),
    ],
    ids=["key", "deadlines", "delivery", "secret header"],
)
def test_what_does_not_change_an_answer_does_not_count(other: OpenAIChat) -> None:
    assert who(other) == who(MODEL)


@pytest.mark.parametrize(
    "other",
    [
        evolve(MODEL, model="m2"),
        evolve(MODEL, base_url="https://other.example/v1"),
        evolve(MODEL, settings=Settings(temperature=0.5)),
        evolve(MODEL, profile=evolve(OPENAI, names="none")),
        evolve(MODEL, headers=(("openai-beta", "new"),)),
        AnthropicMessages(model="m", api_key="sk-0123456789"),
    ],
    ids=["model", "address", "settings", "profile", "header", "service"],
)
def test_what_changes_an_answer_counts(other: OpenAIChat | AnthropicMessages) -> None:
    assert who(other) != who(MODEL)


def test_a_wrapper_is_who_it_stands_around() -> None:
    assert identity_of(retry(MODEL), "", 0) == who(MODEL)
    assert identity_of(fallback(MODEL, evolve(MODEL, model="m2")), "", 0) != who(MODEL)


@frozen
class Holding:
    """A provider with something that cannot be told."""

    tool: object

    def complete(self, request: CallModel, call: object, /) -> ModelReply:
        return ModelReply("hi")


@pytest.mark.parametrize(
    ("provider", "what"),
    [
        (Holding(object()), "by its tool"),
        (function(lambda _: "hi"), "by its answer"),
    ],
    ids=["attrs", "function"],
)
def test_who_cannot_be_told_from_others_is_to_be_named(provider: Holding, what: str) -> None:
    with pytest.raises(ConfigError, match=rf"{what}; say which it is: cache\(..., identity="):
        cache(provider, Memory())

    assert cache(provider, Memory(), identity="this one").identity == "this one"


def test_a_provider_of_another_make_is_to_be_named_too() -> None:
    class Plain:
        def complete(self, request: CallModel, call: object, /) -> ModelReply:
            return Counting().reply

    with pytest.raises(ConfigError, match="by what it is made of"):
        cache(Plain(), Memory())
