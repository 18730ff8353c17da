"""The page of the docs that tells what executors stop: what isolates stops all of it."""

from __future__ import annotations

from tests.executors.matrix import ATTEMPTS, PAGE, seen
from typedagents.executors import CommandLineExecutor


def test_an_executor_that_isolates_stops_every_attempt_but_those_it_names(
    sandbox: CommandLineExecutor,
) -> None:
    found = seen(sandbox)
    unenforced = sandbox.capabilities.unenforced
    assert [one.what for one in ATTEMPTS if not found[one.what] and one.limit not in unenforced] == []


def test_the_page_tells_of_every_attempt() -> None:
    rows = [
        line.split("|")[1].strip()
        for line in PAGE.read_text(encoding="utf-8").splitlines()
        if line.startswith("|")
    ]
    assert [row for row in rows if row in {attempt.what for attempt in ATTEMPTS}] == [
        attempt.what for attempt in ATTEMPTS
    ]
