"""Transforms of one message after the other: left out, named, cut to size."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.policies.driving import decided
from tests.policies.transforms.exchanges import call, conversations, result, said, seeing, texts
from typedagents.core.code import BlockResult, Captured, CodeResult, Exited
from typedagents.core.decision import Decision, Pass
from typedagents.core.effect import AnyEffect
from typedagents.core.errors import ConfigError
from typedagents.core.message import Message
from typedagents.core.parts import (
    Audio,
    Data,
    File,
    Image,
    Link,
    Opaque,
    Part,
    Reasoning,
    Refusal,
    Text,
    ToolCall,
    ToolResult,
    Unknown,
)
from typedagents.core.view import View
from typedagents.policies.rules.events import timed_out
from typedagents.policies.rules.said import mentions, spoke
from typedagents.policies.transforms.dropping import Unwanted, without
from typedagents.policies.transforms.measures import approximate_tokens
from typedagents.policies.transforms.rewriting import name_prefixes
from typedagents.policies.transforms.shortening import MARK, message_limit
from typedagents.policies.transforms.transform import AgentTransform
from typedagents.policies.transforms.transformed import transformed


def one(transform: AgentTransform[AnyEffect], message: Message) -> Message:
    """What is shown in place of one message."""
    seen: list[Message] = []

    def looks(view: View) -> Decision:
        seen.extend(view.transcript)
        return Pass()

    decided(transformed(looks, transform), seeing(message))
    (only,) = seen
    return only


# --- left out ---------------------------------------------------------------------------------------------------


def is_long(message: Message) -> bool:
    return len(message.text) > 3


def is_result(message: Message) -> bool:
    return isinstance(message.parts[0], ToolResult)


WORK = (
    said("you", "task"),
    said("me", "a", call("1"), call("2")),
    said("tom", result("1", "one")),
    said("tom", result("2", "two"), "and"),
    said("you", "thanks"),
)


@pytest.mark.parametrize(
    ("unwanted", "expected"),
    [
        (spoke("you"), ["a", "one", "two\nand"]),
        (spoke("me"), ["task", "and", "thanks"]),
        (spoke("tom"), ["task", "a", "one", "two\nand", "thanks"]),
        (~spoke("tom"), ["and"]),
        (mentions("a"), []),
        (is_long, ["a", "one", "two\nand"]),
        (is_result, ["task", "a", "one", "two\nand", "thanks"]),
    ],
)
def test_results_go_where_their_call_goes(unwanted: Unwanted, expected: list[str]) -> None:
    assert texts(without(unwanted), *WORK) == expected


def test_a_result_of_two_calls_keeps_what_answers_the_one_that_is_shown() -> None:
    both = said("tom", result("1", "one"), result("2", "two"))
    messages = (said("me", "mine", call("1")), said("you", "yours", call("2")), both)

    assert texts(without(spoke("me")), *messages) == ["yours", "two"]
    assert texts(without(spoke("you")), *messages) == ["mine", "one"]
    assert texts(without(spoke("tom")), *messages) == ["mine", "yours", "one\ntwo"]


def test_an_answered_call_of_its_own_goes_with_its_message() -> None:
    messages = (said("me", call("1"), result("1", "one")), said("you", result("1", "stray")))

    assert texts(without(spoke("me")), *messages) == ["stray"]
    assert texts(without(spoke("you")), *messages) == ["one"]


def test_a_rule_about_time_cannot_be_asked_about_a_message() -> None:
    with pytest.raises(ConfigError, match="5 s have gone by"):
        without(spoke("a") | timed_out(5))


# --- named ------------------------------------------------------------------------------------------------------


def test_case_64_names_stand_before_the_words_once_and_of_whom_one_likes() -> None:
    quoted = name_prefixes("'{name}' said:\n")
    messages = (said("mary", "hi"), said("tom", "'tom' said:\nhello"), said("mary", call("1")))

    assert texts(quoted, *messages) == ["'mary' said:\nhi", "'tom' said:\nhello", "tool_call"]
    assert texts(name_prefixes(only=["tom"]), *messages)[0] == "hi"
    assert texts(name_prefixes(but=["tom"]), *messages)[:2] == ["mary said:\nhi", "'tom' said:\nhello"]


def test_the_name_stands_before_the_first_words_and_other_parts_stay() -> None:
    image = Image(Link("https://example.org/a.png"))
    before = said("mary", image, "look", "again")

    assert one(name_prefixes("{name}: "), before).parts == (image, Text("mary: look"), Text("again"))


def test_a_form_without_a_place_for_the_name_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"written \{name\}; found 'said: '"):
        name_prefixes("said: ")
    with pytest.raises(ConfigError, match=r"write \['tom'\]"):
        name_prefixes(only="tom")
    with pytest.raises(ConfigError, match="printable"):
        name_prefixes(but=[""])


def test_they_print_as_they_were_written() -> None:
    assert repr(name_prefixes()) == "name_prefixes()"
    assert repr(name_prefixes("{name}: ", but=["me"])) == "name_prefixes(form='{name}: ', but=('me',))"
    assert repr(without(~spoke("a"))) == "without(not a spoke)"
    assert repr(without(is_long)) == "without(is_long)"
    assert repr(message_limit(5)) == "message_limit(5)"
    assert repr(message_limit(5, letters)) == "message_limit(5, letters)"


# --- cut to size ------------------------------------------------------------------------------------------------


def letters(message: Message) -> int:
    return len(message.text)


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (["short"], ["short"]),
        (["x" * 30], ["x" * 14 + MARK]),
        (["x" * 10, "y" * 30, "z"], ["x" * 10, "yyy" + MARK]),
        (["x" * 14, "y" * 30], ["x" * 13 + MARK]),
        ([Refusal("x" * 30), Refusal("gone")], [Refusal("x" * 14 + MARK)]),
        ([Data.of("x" * 30)], [Text('"' + "x" * 13 + MARK)]),
        ([ToolResult("1", "t", (Text("x" * 30),))], [ToolResult("1", "t", (Text("x" * 14 + MARK),))]),
        (
            ["x" * 30, ToolResult("1", "t", (Text("y"), Image(Link("u")), Text("z")))],
            ["x" * 13 + MARK, ToolResult("1", "t", (Image(Link("u")),))],
        ),
        (
            ["x" * 30, ToolResult("1", "t", (Text("y"),))],
            ["x" * 7 + MARK, ToolResult("1", "t", (Text(MARK),))],
        ),
        (["x" * 30, ToolResult("1", "t", ())], ["x" * 13 + MARK, ToolResult("1", "t", ())]),
    ],
)
def test_the_beginning_is_shown_and_a_mark(parts: list[Part | str], expected: list[Part | str]) -> None:
    assert one(message_limit(20, letters), said("me", *parts)) == said("me", *expected)


def test_what_cannot_be_cut_stays_whole() -> None:
    whole: list[Part] = [
        Audio(Link("u")),
        File(Link("u")),
        Opaque("p", "k", "{}"),
        Reasoning("x" * 50),
        ToolCall("1", "add", "x" * 50),
        Unknown("new", "{}"),
    ]
    assert one(message_limit(5), said("me", "x" * 50, *whole)) == said("me", MARK, *whole)


def test_what_code_printed_says_itself_what_was_dropped() -> None:
    printed = CodeResult((BlockResult(Exited(1), Captured(b"x" * 100), Captured(b"y" * 9, 7)),))
    (part,) = one(message_limit(100, letters), said("me", printed)).parts

    assert isinstance(part, CodeResult)
    assert part.exit_code == 1
    assert "bytes dropped]\n\n[16 bytes dropped]" in part.text
    assert len(part.text) <= 100


def test_a_message_has_room_for_a_token() -> None:
    with pytest.raises(ConfigError, match="at least 1 token; found 0"):
        message_limit(0)


@given(conversations(1), st.integers(1, 30))
def test_no_message_of_words_takes_more(messages: list[Message], limit: int) -> None:
    least = approximate_tokens(said("me", MARK))
    for message in messages:
        after = one(message_limit(limit), message)
        if all(isinstance(part, Text | Refusal | Data) for part in message.parts):
            assert approximate_tokens(after) <= max(limit, least)
        if approximate_tokens(message) <= limit:
            assert after == message
