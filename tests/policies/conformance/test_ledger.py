"""Every number of the ledger is held by a test, here or elsewhere, or left for a reason."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.policies.conformance.ledger import LEDGERS, Ledger

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
NUMBERS = r"\d+(?:(?:, and |, | and )\d+)*"


def mentioned(kind: str) -> Iterator[int]:
    """The numbers that tests of this folder name: ``Case 3``, ``rows 34, 35 and 36``."""
    for path in sorted(HERE.glob("test_*.py")):
        if path != Path(__file__):
            for found in re.finditer(rf"\b{kind}s? ({NUMBERS})", path.read_text("utf-8"), re.IGNORECASE):
                yield from map(int, re.findall(r"\d+", found[1]))


@pytest.mark.parametrize("ledger", LEDGERS, ids=lambda ledger: str(ledger.kind))
def test_every_number_is_held_or_left(ledger: Ledger) -> None:
    here, elsewhere, left = set(mentioned(ledger.kind)), set(ledger.elsewhere), set(ledger.left)

    assert set(ledger.all) - here - elsewhere - left == set(), "nobody holds these"
    assert elsewhere & left == set(), "what is left is not held elsewhere"
    assert left & here == set(), "what is left is not held here"
    assert (elsewhere | left) - set(ledger.all) == set(), "there are no such numbers"


@pytest.mark.parametrize("ledger", LEDGERS, ids=lambda ledger: str(ledger.kind))
def test_what_is_held_elsewhere_is_there(ledger: Ledger) -> None:
    for places in ledger.elsewhere.values():
        for place in places:
            path, name = place.split("::")
            assert f"def {name}(" in (ROOT / path).read_text("utf-8"), place


def test_cases_are_named_only_where_there_are_such() -> None:
    """A slip of the pen would hold what it does not. Of rows and defects tests may name more than the ledger asks for."""
    (cases, *_) = LEDGERS

    assert set(mentioned(cases.kind)) <= set(cases.all)
