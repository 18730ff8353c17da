"""What models are shown in place of all that was said."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.autogen.ag2.patterns_for_tests import thinker
from tests.autogen.consoles_for_tests import Typing
from tests.autogen.groups_for_tests import managed, speakers, spoke
from typedagents.autogen import ConversableAgent, using
from typedagents.autogen.agentchat.contrib.capabilities import (
    LLMLingua,
    MessageHistoryLimiter,
    MessageTokenLimiter,
    MessageTransform,
    TextMessageCompressor,
    TextMessageContentName,
    TransformMessages,
)
from typedagents.autogen.agentchat.contrib.capabilities.tools_capability import ToolsCapability
from typedagents.autogen.agentchat.contrib.capabilities.transforms_util import (
    cache_content_get,
    cache_content_set,
    cache_key,
    count_text_tokens,
    is_content_text_empty,
    min_tokens_reached,
    should_transform_message,
)
from typedagents.autogen.cache import InMemoryCache
from typedagents.autogen.io import IOStream
from typedagents.autogen.layer.ag2.transforming import tokens_in
from typedagents.autogen.layer.messages import Plain
from typedagents.autogen.tools import Tool
from typedagents.interpreter.traces import TraceMemory
from typedagents.testing import scripted_model


def said(*words: str) -> list[Plain]:
    return [{"role": "user", "name": f"n{place}", "content": one} for place, one in enumerate(words)]


CALL: Plain = {
    "role": "assistant",
    "content": None,
    "tool_calls": [{"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}],
}
RESULT: Plain = {
    "role": "tool",
    "content": "3",
    "tool_responses": [{"tool_call_id": "1", "role": "tool", "content": "3"}],
}
PICTURE: Plain = {"type": "image_url", "image_url": {"url": "http://localhost/a.png"}}


# --- how many ---------------------------------------------------------------------------------------------------


def test_the_newest_are_shown() -> None:
    messages = said("a", "b", "c", "d")
    assert MessageHistoryLimiter().apply_transform(messages) == messages
    assert MessageHistoryLimiter(9).apply_transform(messages) == messages
    limiter = MessageHistoryLimiter(2)
    shown = limiter.apply_transform(messages)
    assert shown == messages[2:]
    assert limiter.get_logs(messages, shown) == ("2 of 4 messages are not shown.", True)
    assert limiter.get_logs(messages, messages)[1] is False
    assert MessageHistoryLimiter(3, keep_first_message=True).apply_transform(messages) == [
        messages[0],
        *messages[2:],
    ]
    assert MessageHistoryLimiter(1, keep_first_message=True).apply_transform(messages) == messages[:1]
    assert MessageHistoryLimiter(exclude_names=["n1", "n3"]).apply_transform(messages) == messages[::2]
    torn: list[Plain] = [*said("a", "b"), {"role": "tool", "content": "3"}, *said("c", "d")]
    assert MessageHistoryLimiter(3).apply_transform(torn) == torn[3:]  # a result without a call of its own
    assert MessageHistoryLimiter(4, keep_first_message=True).apply_transform(torn) == [torn[0], *torn[3:]]
    with pytest.raises(ValueError, match="max_messages is None or a number from 1; found 0"):
        MessageHistoryLimiter(0)


MESSAGES = st.lists(
    st.sampled_from([[CALL, RESULT], said("hello"), said("what now"), [{**CALL, "content": "look"}, RESULT]]),
    max_size=8,
).map(lambda found: [dict(one) for several in found for one in several])


@given(MESSAGES, st.integers(1, 9), st.booleans())
def test_no_result_is_shown_without_its_call(messages: list[Plain], most: int, first: bool) -> None:  # noqa: FBT001  # it is drawn by name
    before = [dict(one) for one in messages]
    transforms: list[MessageTransform] = [
        MessageHistoryLimiter(most, first),
        MessageTokenLimiter(max_tokens=most),
        MessageTokenLimiter(max_tokens_per_message=most),
    ]
    for transform in transforms:
        shown = transform.apply_transform(messages)
        waiting = False
        for one in shown:
            assert one.get("role") != "tool" or waiting
            waiting = "tool_calls" in one
        assert messages == before


# --- how long ---------------------------------------------------------------------------------------------------


def test_tokens_are_limited() -> None:
    messages = said("one two, three", "four", "five six")
    each = MessageTokenLimiter(max_tokens_per_message=2)
    assert [one["content"] for one in each.apply_transform(messages)] == ["one two", "four", "five six"]
    whole = MessageTokenLimiter(max_tokens=4)
    shown = whole.apply_transform(messages)
    assert [one["content"] for one in shown] == ["one", "four", "five six"]
    assert whole.get_logs(messages, shown) == ("3 of 7 tokens are not shown.", True)
    assert whole.get_logs(shown, shown)[1] is False
    assert MessageTokenLimiter(max_tokens=3).apply_transform(messages) == messages[1:]
    assert MessageTokenLimiter(max_tokens=0).apply_transform(messages) == []
    assert (
        MessageTokenLimiter(max_tokens=7, min_tokens=8 - 1, max_tokens_per_message=9).apply_transform(
            messages
        )
        == messages
    )
    assert MessageTokenLimiter(max_tokens_per_message=1, min_tokens=9).apply_transform(messages) is messages
    parts: list[Plain] = [{"role": "user", "content": [{"type": "text", "text": "five six"}, PICTURE]}]
    cut = MessageTokenLimiter(max_tokens_per_message=1).apply_transform(parts)
    assert cut == [{"role": "user", "content": [{"type": "text", "text": "five"}, PICTURE]}]
    one = MessageTokenLimiter(max_tokens_per_message=1, filter_dict={"name": ["n0"]}, exclude_filter=False)
    assert [len(str(message["content"])) for message in one.apply_transform(messages)] == [3, 4, 8]
    other = MessageTokenLimiter(max_tokens_per_message=1, filter_dict={"name": ["n0"]})
    assert [len(str(message["content"])) for message in other.apply_transform(messages)] == [14, 4, 4]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"max_tokens": -1}, "max_tokens is None or a number from 0"),
        ({"max_tokens_per_message": -1}, "max_tokens_per_message is"),
        ({"min_tokens": -1}, "min_tokens is"),
        ({"min_tokens": 9, "max_tokens": 3}, "not more than max_tokens; found 9 and 3"),
    ],
)
def test_limits_that_are_none(options: Mapping[str, int], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        MessageTokenLimiter(**options)  # type: ignore[arg-type]  # numbers, all of them


@given(MESSAGES, st.integers(0, 20))
def test_no_more_tokens_are_shown_than_there_is_room_for(messages: list[Plain], most: int) -> None:
    shown = MessageTokenLimiter(max_tokens=most).apply_transform(messages)
    assert tokens_in(shown) <= most or any("tool_calls" in one for one in shown)


def test_what_transforms_of_ones_own_need() -> None:
    cache = InMemoryCache()
    cache_content_set(cache, cache_key("a", 3), ["b"], 3)
    cache_content_set(None, "c", "d")
    assert cache_content_get(cache, cache_key("a", 3)) == (["b"], 3)
    assert cache_content_get(cache, cache_key("a", 4)) is None
    assert cache_content_get(None, "c") is None
    parts = [{"type": "text", "text": "five six"}, PICTURE, "seven"]
    assert (count_text_tokens(parts), count_text_tokens(None)) == (3, 0)
    assert is_content_text_empty([PICTURE])
    assert not is_content_text_empty("one")
    messages = said("one", "two")
    assert [min_tokens_reached(messages, least) for least in (None, 0, 2, 3)] == [True, True, True, False]
    assert should_transform_message(messages[0], {"name": ["n0"]}, exclude=False)
    assert not should_transform_message(messages[0], {"name": ["n0"]}, exclude=True)


# --- in other words ---------------------------------------------------------------------------------------------


class Shorter:
    """Says the first word."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def compress_text(self, text: str, **compression_params: object) -> Mapping[str, object]:
        self.asked.append(text)
        return {"compressed_prompt": text.split(maxsplit=1)[0], "origin_tokens": 2, "compressed_tokens": 1}


def test_texts_are_compressed_once() -> None:
    shorter = Shorter()
    compressor = TextMessageCompressor(shorter, cache=InMemoryCache())
    parts: Plain = {"role": "user", "content": [{"type": "text", "text": "four five"}, PICTURE]}
    messages = [*said("one two", "three"), CALL, parts]
    compressor.apply_transform(messages)
    shown = compressor.apply_transform(messages)
    assert [one["content"] for one in shown] == [
        "one",
        "three",
        None,
        [{"type": "text", "text": "four"}, PICTURE],
    ]
    assert shorter.asked == ["one two", "three", "four five"]
    assert compressor.get_logs(messages, shown) == ("2 of 5 tokens are saved.", True)
    assert compressor.get_logs(shown, shown)[1] is False
    assert compressor.apply_transform([]) == []
    assert TextMessageCompressor(shorter, min_tokens=99).apply_transform(messages) is messages
    one = TextMessageCompressor(shorter, filter_dict={"name": ["n0"]})
    assert one.apply_transform(messages)[0] == messages[0]
    with pytest.raises(ValueError, match="min_tokens is None or a number from 1"):
        TextMessageCompressor(shorter, min_tokens=0)


def test_the_usual_compressor_has_to_be_installed() -> None:
    with pytest.raises(RuntimeError, match="the package llmlingua, which is not installed"):
        TextMessageCompressor()
    with pytest.raises(RuntimeError, match="llmlingua"):
        LLMLingua()


def test_messages_say_whose_they_are() -> None:
    name = TextMessageContentName(format_string="'{name}' said:\n")
    parts: Plain = {"role": "user", "name": "n", "content": [PICTURE, {"type": "text", "text": "a"}]}
    messages: list[Plain] = [*said("hello"), {"role": "user", "content": "nobody"}, CALL, parts]
    shown = name.apply_transform(messages)
    assert [one["content"] for one in shown] == [
        "'n0' said:\nhello",
        "nobody",
        None,
        [PICTURE, {"type": "text", "text": "'n' said:\na"}],
    ]
    assert name.apply_transform(shown) == shown
    assert name.get_logs(messages, shown) == ("2 messages say whose they are.", True)
    assert name.get_logs(shown, shown)[1] is False
    twice = TextMessageContentName(position="end", format_string=" ({name})", deduplicate=False)
    assert [one["content"] for one in twice.apply_transform(twice.apply_transform(said("a")))] == [
        "a (n0) (n0)"
    ]
    only = TextMessageContentName(filter_dict={"name": ["n1"]}, exclude_filter=False)
    assert [one["content"] for one in only.apply_transform(said("a", "b"))] == ["a", "n1:\nb"]
    with pytest.raises(ValueError, match="position is 'start' or 'end'; found 'middle'"):
        TextMessageContentName(position="middle")
    with pytest.raises(ValueError, match=r"has '\{name\}' in it"):
        TextMessageContentName(format_string="x")


# --- as a capability --------------------------------------------------------------------------------------------


def test_an_agent_is_shown_what_transforms_make_of_it() -> None:
    out = Typing()
    agent, user = (
        thinker("agent"),
        ConversableAgent("user", human_input_mode="NEVER", default_auto_reply="more"),
    )
    TransformMessages(transforms=[MessageHistoryLimiter(1), TextMessageContentName()]).add_to_agent(agent)
    model = scripted_model("one", "two")
    with using(models=model, store=TraceMemory()), IOStream.set_default(out):
        user.initiate_chat(agent, message="hello", max_turns=2, silent=True)
    assert [[message.text for message in one.transcript] for one in model.asked] == [
        ["user:\nhello"],
        ["user:\nmore"],
    ]
    assert "2 of 3 messages are not shown." in out.printed
    quiet = TransformMessages(transforms=[MessageHistoryLimiter(1)], verbose=False)
    system: Plain = {"role": "system", "content": "Be kind."}
    assert quiet.apply_transform([system, *said("a", "b")]) == [system, said("a", "b")[1]]
    assert quiet.apply_transform([]) == []


def test_a_group_selects_by_what_transforms_make_of_it() -> None:
    agents = speakers("a", "b", "c")
    transforms = TransformMessages(transforms=[MessageHistoryLimiter(1)], verbose=False)
    manager = managed(agents, "auto", max_round=3, select_speaker_transform_messages=transforms)
    manager.llm_config = {"config_list": [{"model": "m", "api_key": "k"}]}
    model = scripted_model("c", "b")
    with using(models=model, store=TraceMemory()):
        agents[0].initiate_chat(manager, message="hello", silent=True)
    assert spoke(manager) == ["a", "c", "b"]
    assert [len(one.transcript) for one in model.asked] == [2, 2]


def test_tools_are_a_capability() -> None:
    agent = thinker("agent")
    ToolsCapability([Tool(func_or_tool=tokens_in, parameters_json_schema={"type": "object"})]).add_to_agent(
        agent
    )
    assert agent.can_execute_function("tokens_in")
