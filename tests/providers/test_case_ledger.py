"""Every case is held by a test that is there."""

from __future__ import annotations

import re
from pathlib import Path

from tests.providers.cases import CASES, ELSEWHERE

HERE = Path(__file__).parent
NAMED = {int(number) for number in re.findall(r"\bCase (\d+)", (HERE / "test_cases.py").read_text("utf-8"))}


def test_every_case_is_held_once() -> None:
    assert set(CASES) == set(range(1, 41))
    assert set(CASES) - NAMED - set(ELSEWHERE) == set(), "nobody holds these"
    assert (NAMED | set(ELSEWHERE)) - set(CASES) == set(), "there are no such cases"
    assert NAMED & set(ELSEWHERE) == set(), "these are said twice"


def test_what_is_held_elsewhere_is_there() -> None:
    for places in ELSEWHERE.values():
        for place in places:
            path, name = place.split("::")
            assert f"def {name}(" in (HERE / path).read_text("utf-8"), place
