"""Random compositions come to every pattern: all that decides, chooses, admits, lands or cuts is asked in some of them.

Of a new policy, rule or selector this test says that the laws are not tried on it yet: give it a maker in compositions/.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from inspect import isclass, isfunction
from pkgutil import walk_packages
from random import Random
from types import FrameType

from tests.core.driving import any_order, drive
from tests.policies.compositions.scenes import SIZE, scene
from typedagents import policies

SCENES = 300
ASKED = ("__call__", "admits", "land", "answer", "held")
"""What kernel, policies and selectors ask of the values that patterns are made of."""


def patterns() -> set[str]:
    """Those methods of all classes of the policies, by name; what is abstract has none of its own."""
    found: set[str] = set()
    for info in walk_packages(policies.__path__, f"{policies.__name__}."):
        for kind in vars(import_module(info.name)).values():
            if isclass(kind) and kind.__module__ == info.name and not getattr(kind, "_is_protocol", False):
                methods = (vars(kind).get(name) for name in ASKED)
                found.update(
                    method.__qualname__
                    for method in methods
                    if isfunction(method) and not getattr(method, "__isabstractmethod__", False)
                )
    return found


@contextmanager
def noting_calls(into: set[str]) -> Iterator[None]:
    """The names of all functions that are called meanwhile."""

    def note(frame: FrameType, event: str, _: object) -> None:
        if event == "call":
            into.add(frame.f_code.co_qualname)

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        yield
    finally:
        sys.setprofile(before)


def test_every_pattern_is_reached() -> None:
    called: set[str] = set()
    kinds: set[str] = set()
    entries: set[str] = set()
    reasons: set[str] = set()
    for number in range(SCENES):
        one = scene(Random(number).randbytes(SIZE), calm=number % 3 == 0)
        with noting_calls(called):
            ran = drive(one.team, any_order(one.seed), one.world)
        reasons.add(type(ran.end.reason).__name__)
        entries.update(entry.entry for entry in ran.end.log)
        kinds.update(
            line.split(b'"kind":"')[1].split(b'"')[0].decode() for line in ran.lines if b'"begun"' in line
        )

    assert sorted(patterns() - called) == []
    asked = {"CallModel", "CallTool", "AskHuman", "RunCode", "Approve", "ApproveCode", "Draw", "Now", "Sleep"}
    assert kinds == asked
    assert entries == {"opened", "began", "said", "passed", "changed", "handed", "noted", "spent", "summed"}
    assert reasons == {
        *(
            "RuleFired",
            "DecisionLimit",
            "EffectLimit",
            "Silence",
            "PolicyStopped",
            "HumanLeft",
            "EffectFailure",
        ),
    }
