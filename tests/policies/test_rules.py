from __future__ import annotations

import pickle

import pytest

from tests.policies.driving import log_of, message, turns
from typedagents.core.code import BlockResult, Captured, CodeResult, Exited
from typedagents.core.errors import ConfigError
from typedagents.core.log import Began, Entry, Log, Opened
from typedagents.core.message import AgentName
from typedagents.core.parts import Reasoning, Text
from typedagents.core.rule import Rule
from typedagents.policies.rules.said import (
    decision_count,
    ends_with,
    holds,
    mentions,
    message_count,
    says_exactly,
    spoke,
)

PRINTED = CodeResult((BlockResult(Exited(0), Captured(b"all good\nDONE")),))


def is_long(log: Log) -> bool:
    return len(log) > 2


@pytest.mark.parametrize(
    ("rule", "entries", "expected"),
    [
        (mentions("good"), [message("a", "so good!")], True),
        (mentions("good"), [message("a", "Good")], False),
        (mentions("good"), [message("a", "good"), message("b", "bad")], False),
        (mentions("good", by="a"), [message("a", "good")], True),
        (mentions("good", by="b"), [message("a", "good")], False),
        (mentions("good"), [message("a", PRINTED, "code")], True),
        (mentions("good"), [], False),
        (says_exactly("DONE"), [message("a", " DONE\n")], True),
        (says_exactly("DONE"), [message("a", "it is DONE")], False),
        (says_exactly("DONE"), [message("a", [Reasoning("?"), Text("DONE")])], True),
        (says_exactly("DONE"), [], False),
        (ends_with("DONE"), [message("a", "it is DONE\n\n")], True),
        (ends_with("DONE"), [message("a", "DONE it is")], False),
        (ends_with("DONE"), [message("a", PRINTED, "code")], False),
        (ends_with("DONE"), [], False),
        (ends_with("DONE"), [message("a", "DONE"), Opened("next")], False),
        (message_count(2), [message("a", "x")], False),
        (message_count(2), turns("a", "b"), True),
        (message_count(2), [*turns("a", "b"), Opened("next"), *turns("a")], False),
        (decision_count(2), [Began(AgentName("a")), Began(AgentName("b"))], True),
        (decision_count(2), [message("a", "x"), *turns("a")], False),
        (spoke("a"), turns("b", "a"), True),
        (spoke("a"), turns("a", "b"), False),
        (spoke("a"), [], False),
        (holds(is_long), turns("a"), True),
        (holds(is_long), [], False),
        (~spoke("a") & (message_count(1) | mentions("x")), turns("b"), True),
    ],
)
def test_what_a_rule_says_of_a_log(rule: Rule, entries: list[Entry], *, expected: bool) -> None:
    log = log_of(*entries)

    assert [rule(log), rule(log), rule(log.fork())] == [expected] * 3


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (mentions("x"), "the last message mentions 'x'"),
        (mentions("x", by="a"), "the last message is by a and mentions 'x'"),
        (says_exactly("x"), "the last message is 'x'"),
        (ends_with("x"), "the last message ends with 'x'"),
        (message_count(1), "1 message was said"),
        (message_count(2), "2 messages were said"),
        (decision_count(1), "1 decision was made"),
        (decision_count(2), "2 decisions were made"),
        (spoke("a"), "a spoke"),
        (holds(is_long), "is_long"),
        (holds(is_long, "it is long"), "it is long"),
        (mentions("x") & ~spoke("a"), "(the last message mentions 'x' and not a spoke)"),
    ],
)
def test_a_rule_says_in_words_why_it_ends_and_pickles(rule: Rule, words: str) -> None:
    assert str(rule) == words
    assert pickle.loads(pickle.dumps(rule)) == rule


def test_a_predicate_without_a_name_prints_as_it_is() -> None:
    class Predicate:
        def __call__(self, log: Log) -> bool:
            return True

        def __repr__(self) -> str:
            return "<always so>"

    assert str(holds(Predicate())) == "<always so>"


@pytest.mark.parametrize("text", ["", "  "])
def test_a_rule_about_no_words_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="text"):
        ends_with(text)
    with pytest.raises(ConfigError, match="text"):
        says_exactly(text)
    with pytest.raises(ConfigError, match="text"):
        mentions("")


def test_a_count_begins_at_one() -> None:
    with pytest.raises(ConfigError, match="from 1"):
        message_count(0)
    with pytest.raises(ConfigError, match="from 1"):
        decision_count(0)
