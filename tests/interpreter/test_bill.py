"""What a run cost, by call, agent, model and in all, with and without what came from a cache."""

from __future__ import annotations

import json
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from typedagents.core.usage import Charge, Usage
from typedagents.interpreter.bill import Bill, Billed, By
from typedagents.testing.strategies import charges

BILL = Bill.of(
    [
        Billed("t0.0", "ada", Charge("m", Usage(10, output=5), cost_usd=Decimal("0.25"))),
        Billed("t1.0", "bob", Charge("m", Usage(1, 2, 3, 4, 5), cost_usd=Decimal("0.50"))),
        Billed("t2.0", "ada", Charge("n", Usage(7), cost_usd=Decimal(1), cached=True)),
        Billed("t3.0", "ada", Charge("o", Usage(1), unmetered=1)),
    ]
)
BILLS = st.lists(
    st.builds(Billed, st.sampled_from(["t0.0", "t1.0"]), st.sampled_from("ab"), charges()), max_size=6
).map(Bill.of)
WAYS: tuple[By, ...] = ("call", "agent", "model", "run")


def test_a_table_has_a_row_for_each_and_a_sum() -> None:
    assert BILL.table().splitlines() == [
        "agent  calls  input  cache read  cache write  output  reasoning      US dollars",
        "ada        2     11           0            0       5          0  0.25 + unknown",
        "bob        1      1           2            3       4          5             0.5",
        "all        3     12           2            3       9          5  0.75 + unknown",
    ]
    assert BILL.table("run", cached=True).splitlines()[1].split() == [
        "all", "4", "19", "2", "3", "9", "5", "1.75", "+", "unknown"
    ]  # fmt: skip
    assert Bill().table("model").splitlines()[-1].split() == ["all", *"000000", "0"]


def test_cached_answers_are_apart() -> None:
    assert [row.of for row in BILL.rows("model")] == ["m", "o"]
    assert [row.of for row in BILL.rows("model", cached=True)] == ["m", "n", "o"]
    assert [row.of for row in BILL.rows("call")] == ["t0.0", "t1.0", "t3.0"]
    assert (BILL.calls, BILL.usage.fresh_input) == (4, 12)


def test_the_data_are_plain_and_exact() -> None:
    (row,) = [row for row in BILL.data("agent") if row["of"] == "ada"]

    assert json.loads(json.dumps(row)) == {
        "of": "ada",
        "calls": 2,
        "fresh_input": 11,
        "cache_read": 0,
        "cache_write": 0,
        "output": 5,
        "reasoning": 0,
        "unmetered": 1,
        "cost_usd": None,
        "known_usd": "0.25",
    }
    assert BILL.data("model")[0]["cost_usd"] == "0.75"


@given(bill=BILLS, by=st.sampled_from(WAYS), cached=st.booleans())
def test_however_it_is_made_out_it_adds_up(*, bill: Bill, by: By, cached: bool) -> None:
    rows, total = bill.rows(by, cached=cached), bill.total(cached=cached)

    assert sum(row.calls for row in rows) == total.calls
    assert sum((row.usage for row in rows), start=Usage()) == total.usage
    assert sum((row.known_usd for row in rows), start=Decimal(0)) == total.known_usd
    assert (total.cost_usd is None) == any(row.cost_usd is None for row in rows)


def test_calls_stand_as_in_the_run_whatever_order_they_came_back_in() -> None:
    paths = ["t0.0/0.0", "t2.0", "t10.0", "t10.0/1.0"]
    calls = [Billed(path, "a", Charge("m")) for path in paths]

    assert [call.path for call in Bill.of(reversed(calls)).calls_made] == paths
