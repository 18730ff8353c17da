"""The reference names everything that is public, shows it, and has its tables from the code."""

from __future__ import annotations

import re
from typing import get_args

import pytest
from attrs import fields

import typedagents
from tests.docs.pages import ROOT, read_page
from typedagents import (
    BudgetExceeded,
    Cancelled,
    DecisionLimit,
    EffectFailure,
    EffectLimit,
    Failed,
    HumanLeft,
    Limits,
    PolicyStopped,
    RuleFired,
    Silence,
    StopReason,
)
from typedagents.cli.exits import exit_code
from typedagents.trace import lines

REFERENCE = read_page(ROOT / "docs" / "reference.md")
ROWS = {match[1]: line for _, line in REFERENCE.prose if (match := re.match(r"\| `([^`]+)` \|", line))}
EXAMPLES = "\n".join(
    block.text for block in REFERENCE.blocks if block.language in {"python", "pycon"} and not block.no_run
)
ASKED = "\n".join(line[4:] for line in EXAMPLES.splitlines() if line.startswith((">>> ", "... ")))
KINDS = [kind for kind in get_args(lines.AnyLine) if isinstance(kind, type)]


@pytest.mark.parametrize("name", typedagents.__all__)
def test_every_public_name_has_an_entry(name: str) -> None:
    assert name in ROWS


@pytest.mark.parametrize("name", typedagents.__all__)
def test_every_public_name_has_an_example(name: str) -> None:
    assert re.search(rf"(?<![\w.]){name}\b", ASKED)


@pytest.mark.parametrize("name", [field.name for field in fields(Limits) if field.init])
def test_every_limit_has_its_default(name: str) -> None:
    assert f"| `{name}` | {getattr(Limits(), name)!r} |" in ROWS[name]


REASONS: tuple[StopReason, ...] = (
    RuleFired("x"),
    PolicyStopped("a", "x"),
    Silence(),
    HumanLeft("a"),
    DecisionLimit("max_turns", 1),
    EffectLimit("max_repeats", 1, "RunCode"),
    BudgetExceeded("max_usd", "CallModel"),
    EffectFailure("a", Failed("tool.raised", "x")),
    Cancelled(),
)


def test_every_stop_reason_has_its_exit_code() -> None:
    told = {type(reason): ROWS[type(reason).__name__].split("|")[-2].strip() for reason in REASONS}

    assert told == {type(reason): str(exit_code(reason)) for reason in REASONS}
    assert told.keys() == set(get_args(StopReason))


@pytest.mark.parametrize("kind", KINDS, ids=[kind.__name__ for kind in KINDS])
def test_every_line_of_a_trace_is_told_with_its_fields(kind: type[lines.Line]) -> None:
    tag = str(kind.__struct_config__.tag)

    assert re.findall(r"`(\w+)`", ROWS[tag].split("|")[2]) == list(kind.__struct_fields__)
