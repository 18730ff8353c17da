"""Every case is held by a test that is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.providers.cases import CASES, ELSEWHERE, OF_CODECS, SAME

HERE = Path(__file__).parent
NAMED = {int(number) for number in re.findall(r"\bCase (\d+)", (HERE / "test_cases.py").read_text("utf-8"))}


def test_every_case_is_held_once() -> None:
    assert set(CASES) == set(range(1, 41))
    assert set(CASES) - NAMED - set(ELSEWHERE) == set(), "nobody holds these"
    assert (NAMED | set(ELSEWHERE)) - set(CASES) == set(), "there are no such cases"
    assert NAMED & set(ELSEWHERE) == set(), "these are said twice"


def arguments(place: str) -> list[str]:
    """The names that a test takes."""
    path, name = place.split("::")
    found = re.search(rf"^def {name}\(([^)]*)\) -> None:", (HERE / path).read_text("utf-8"), re.MULTILINE)
    assert found, f"{place} is not there"
    return re.findall(r"(\w+):", found[1])


@pytest.mark.parametrize("place", sorted({place for places in ELSEWHERE.values() for place in places}))
def test_what_is_held_elsewhere_is_there(place: str) -> None:
    arguments(place)


def test_each_case_holds_sync_and_async() -> None:
    others = {place for case in set(CASES) - set(OF_CODECS) for place in ELSEWHERE[case]}

    assert others
    for place in (*SAME, *others):
        assert "way" in arguments(place), place
