"""Answers in boxes, and tags in texts."""

from __future__ import annotations

import pytest

from typedagents.autogen.agentchat.utils import parse_tags_from_content
from typedagents.autogen.math_utils import eval_math_responses, get_answer, is_equiv, voting_counts
from typedagents.autogen.types import MessageContentType


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        (r"It is $\boxed{5}$.", "5"),
        (r"\boxed{1}, no: \boxed{\frac{1}{2}}", r"\frac{1}{2}"),
        (r"\fbox{a}", "a"),
        ("five", None),
        (r"\boxed{5", None),
        (r"\boxed", None),
        (None, None),
    ],
)
def test_the_answer_stands_in_the_last_box(text: str | None, answer: str | None) -> None:
    assert get_answer(text) == answer


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1/2", r"\frac{1}{2}"),
        (r"\tfrac12", "0.5"),
        (".75", "0.75"),
        ("x = 5", "5"),
        (r"\$5\%", "5"),
        (r"\left(1, 2\right)", "(1,2)"),
        (r"\sqrt2", r"\sqrt{2}"),
        (r"90^\circ", "90"),
        (r"5\text{ cm}", "5"),
        ("5.", "5"),
    ],
)
def test_one_answer_is_written_in_many_ways(one: str, other: str) -> None:
    assert is_equiv(one, other) == is_equiv(other, one) == 1


def test_other_answers_are_others() -> None:
    assert is_equiv("5", "6") == is_equiv(None, "5") == is_equiv("x+y=5", "5") == 0
    assert is_equiv(None, None) == 1


def test_responses_vote() -> None:
    said = [r"\boxed{1}", r"\boxed{5/2}", r"So \boxed{\frac{5}{2}}.", "none"]
    assert voting_counts(said) == {"1": 1, "5/2": 2}
    assert eval_math_responses(said, r"\boxed{\frac52}") == {
        "expected_success": 0.9375,
        "success": True,
        "success_vote": 1.0,
        "voted_answer": "5/2",
        "votes": 2,
    }
    assert eval_math_responses(said)["success_vote"] == 0
    assert eval_math_responses([])["voted_answer"] is None


TAGS = [
    ("see <img http://e.com/a.png>, please", "img", [{"src": "http://e.com/a.png"}]),
    ("<audio http://e.com/a=b.mp3>", "audio", [{"src": "http://e.com/a=b.mp3"}]),
    ("<img url='http://e.com/=a.png'>", "img", [{"url": "http://e.com/=a.png"}]),
    (
        "<audio text='Hello I'm a robot' prompt=\"low\">",
        "audio",
        [{"text": "Hello I'm a robot", "prompt": "low"}],
    ),
    (
        "<img a.png width='100' high=5> <img b=.png>",
        "img",
        [{"src": "a.png", "width": "100", "high": "5"}, {"b": ".png"}],
    ),
    ("<img 'a.png'> <images x>", "img", [{"src": "a.png"}]),
    ("nothing <img>", "img", []),
]


@pytest.mark.parametrize(("text", "tag", "attributes"), TAGS)
def test_tags_are_found(text: str, tag: str, attributes: list[dict[str, str]]) -> None:
    parts: MessageContentType = [{"type": "text", "text": text}]
    for content in (text, parts):
        found = parse_tags_from_content(tag, content)
        assert [one["attr"] for one in found] == attributes
        assert all(one["tag"] == tag and text[slice(*one["match"].span())][0] == "<" for one in found)
