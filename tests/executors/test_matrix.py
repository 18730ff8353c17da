"""The page of the docs that tells what executors stop: what isolates stops all of it."""

from __future__ import annotations

import pytest

from tests.executors.conftest import Engines, marked
from tests.executors.matrix import ATTEMPTS, COLUMNS, PAGE, seen


@pytest.mark.parametrize("name", marked(name for name in COLUMNS if name != "local"))
def test_an_executor_that_isolates_stops_every_attempt_but_those_it_names(
    name: str, engines: Engines
) -> None:
    column = COLUMNS[name]
    executor = column.make(engines)
    found, unenforced = seen(executor, column.language), executor.capabilities.unenforced
    through = [one for one in ATTEMPTS if found[one.what] == "not stopped"]
    assert [one.what for one in through if one.limit not in unenforced] == []
    if executor.capabilities.isolation != "interpreter":
        assert "no such thing" not in found.values()


def test_the_page_tells_of_every_attempt() -> None:
    rows = [
        line.split("|")[1].strip()
        for line in PAGE.read_text(encoding="utf-8").splitlines()
        if line.startswith("|")
    ]
    assert [row for row in rows if row in {attempt.what for attempt in ATTEMPTS}] == [
        attempt.what for attempt in ATTEMPTS
    ]


def test_the_page_tells_of_every_executor() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert [name for name in COLUMNS if f"| {name} |" not in text] == []
