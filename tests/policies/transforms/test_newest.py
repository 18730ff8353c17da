from __future__ import annotations

import pytest

from tests.policies.transforms.exchanges import call, result, said, texts
from typedagents.core.errors import ConfigError
from typedagents.core.message import Message
from typedagents.core.parts import Image, Link
from typedagents.policies.transforms.measures import approximate_tokens
from typedagents.policies.transforms.newest import Newest, last, token_limit


def letters(message: Message) -> int:
    return len(message.text)


class Unhashable:
    __hash__ = None  # type: ignore[assignment]  # what a count must not be

    def __call__(self, message: Message) -> int:
        return 1


TALK = (said("you", "task"), said("me", "b"), said("you", "c"), said("me", "d"))
WORK = (
    said("you", "task"),
    said("me", "well", call("1"), call("2")),
    said("tom", result("1", "one")),
    said("tom", result("2", "two")),
    said("me", "done"),
)


@pytest.mark.parametrize(
    ("transform", "messages", "expected"),
    [
        (last(2), TALK, ["c", "d"]),
        (last(4), TALK, ["task", "b", "c", "d"]),
        (last(9), TALK, ["task", "b", "c", "d"]),
        (last(9), (), []),
        (last(2, first=1), TALK, ["task", "d"]),
        (last(3, first=1), TALK, ["task", "c", "d"]),
        (last(1), WORK, ["done"]),
        (last(2), WORK, ["done"]),
        (last(3), WORK, ["done"]),
        (last(4), WORK, ["well", "one", "two", "done"]),
        (last(4, first=1), WORK, ["task", "done"]),
        (last(4, first=2), WORK, ["task", "done"]),
        (last(1), WORK[:4], ["well", "one", "two"]),
        (last(2, first=1), WORK[:4], ["task", "well", "one", "two"]),
        (last(1), WORK[:3], ["well", "one"]),
        (last(2), WORK[1:4], ["well", "one", "two"]),
        (last(3, first=2), WORK[1:], ["done"]),
        (last(1), (*WORK[:3], said("you", "?")), ["?"]),
        (token_limit(2, letters), TALK, ["c", "d"]),
        (token_limit(6, letters, first=1), TALK, ["task", "c", "d"]),
        (token_limit(1, letters, first=1), TALK, ["task", "d"]),
        (token_limit(7, letters), TALK, ["task", "b", "c", "d"]),
        (token_limit(1), TALK, ["d"]),
        (token_limit(8), TALK, ["c", "d"]),
        (token_limit(4 * 4 + 1), TALK, ["task", "b", "c", "d"]),
    ],
)
def test_the_newest_messages_are_shown_and_no_exchange_is_torn(
    transform: Newest, messages: tuple[Message, ...], expected: list[str]
) -> None:
    assert texts(transform, *messages) == expected


def test_tokens_are_counted_by_words_and_calls() -> None:
    assert approximate_tokens(said("me", "x" * 40)) == 14
    assert approximate_tokens(said("me", call("1", "a" * 38))) == 14
    assert approximate_tokens(said("me", Image(Link("https://example.org/a.png")))) == 4


def test_plans_that_show_nothing_are_refused() -> None:
    with pytest.raises(ConfigError, match="at least 1 message or token; found 0"):
        token_limit(0)
    with pytest.raises(ConfigError, match="no room for the first 0"):
        last(0)
    with pytest.raises(ConfigError, match="no room for the first 3 and one more"):
        last(3, first=3)
    with pytest.raises(ConfigError, match="from 0; found -1"):
        last(3, first=-1)
    with pytest.raises(ConfigError, match="hashable function"):
        token_limit(3, Unhashable())


def test_they_print_as_they_were_written() -> None:
    assert repr(last(3)) == "last(3)"
    assert repr(last(3, first=1)) == "last(3, first=1)"
    assert repr(token_limit(30)) == "token_limit(30)"
    assert repr(token_limit(30, letters, first=2)) == "token_limit(30, letters, first=2)"
