r"""Answers to mathematical problems, which stand in ``\boxed{...}``: found, compared, and voted on."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypedDict

__all__ = ["eval_math_responses", "get_answer", "is_equiv", "is_equiv_chain_of_thought", "voting_counts"]

BOXES = (r"\boxed", r"\fbox")
_SHORT_FRACTION = re.compile(r"\\frac(\w)(\w)")
_SLASHED = re.compile(r"(-?\d+)/(\d+)")
_SHORT_ROOT = re.compile(r"\\sqrt(\w)")
_NO_MATTER = re.compile(
    r"\\[!$%]|[$%\s]|\\left|\\right|\^\{?\\circ\}?|(?<=.)\\text\{[^}]*\}$|(?<=.)\\mbox\{[^}]*\}$"
)


class Votes(TypedDict):
    """What several responses come to: how likely one is right, whether one is, and what most of them say."""

    expected_success: float
    success: bool
    success_vote: float
    voted_answer: str | None
    votes: float


def get_answer(solution: str | None) -> str | None:
    """What stands in the last box of ``solution``; None where there is none that is closed."""
    if solution is None:
        return None
    at = max(solution.rfind(box) for box in BOXES)
    begin = -1 if at < 0 else solution.find("{", at)
    depth = 0
    for place in range(begin, len(solution)) if begin >= 0 else ():
        depth += (solution[place] == "{") - (solution[place] == "}")
        if depth == 0:
            return solution[begin + 1 : place]
    return None


def _normal(answer: str) -> str:
    """``answer``, written in one way: no blanks and units, whole fractions, digits before the point."""
    text = _NO_MATTER.sub("", answer.replace("tfrac", "frac").replace("dfrac", "frac")).rstrip(".")
    name, equals, value = text.partition("=")
    if equals and len(name) <= 2:  # x=5
        text = value
    text = _SHORT_ROOT.sub(r"\\sqrt{\1}", _SHORT_FRACTION.sub(r"\\frac{\1}{\2}", text))
    slashed = _SLASHED.fullmatch(text)
    if slashed:
        text = rf"\frac{{{slashed[1]}}}{{{slashed[2]}}}"
    if text == "0.5":
        return r"\frac{1}{2}"
    return f"0{text}" if text.startswith(".") else text


def is_equiv(str1: str | None, str2: str | None) -> float:
    """1.0 where both answers are the same, however they are written; else 0.0."""
    if str1 is None or str2 is None:
        return float(str1 is str2)
    return float(_normal(str1) == _normal(str2))


def is_equiv_chain_of_thought(str1: str, str2: str) -> float:
    """1.0 where both texts come to the same answer."""
    return is_equiv(get_answer(str1), get_answer(str2))


def voting_counts(responses: Sequence[str]) -> dict[str, float]:
    """How many of the responses come to the answer of each; those without one have no vote."""
    answers = [answer for answer in map(get_answer, responses) if answer]
    counts: dict[str, float] = {}
    for answer in answers:
        known = next((one for one in counts if is_equiv(one, answer)), answer)
        counts[known] = counts.get(known, 0) + 1
    return counts


def eval_math_responses(responses: Sequence[str], solution: str | None = None, **args: object) -> Votes:
    """What most of the responses say, and whether it is what ``solution`` says."""
    del args
    counts = voting_counts(responses)
    voted = max(counts, key=lambda answer: counts[answer], default=None)
    right = [is_equiv_chain_of_thought(one, solution) for one in responses] if solution is not None else []
    missed = 1 - sum(right) / len(right) if right else 1.0
    return {
        "expected_success": 1 - missed ** len(right) if right else 0.0,
        "success": any(right),
        "success_vote": is_equiv(voted, get_answer(solution)) if voted is not None and right else 0.0,
        "voted_answer": voted,
        "votes": counts[voted] if voted is not None else 0.0,
    }
