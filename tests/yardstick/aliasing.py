"""Loaded by pytest (``-p aliasing``) where AutoGen's tests run: ``autogen`` is ``typedagents.autogen``, and outcomes are written.

It stands in a folder of its own on the path, so that nothing else of this project is imported with it.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

import pytest

NAME = "autogen"
REAL = "typedagents.autogen"


class Aliasing(MetaPathFinder, Loader):
    """Finds each module of the package by the other name; it is the same module, and not loaded twice."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != NAME and not fullname.startswith(f"{NAME}."):
            return None
        real = find_spec(REAL + fullname.removeprefix(NAME))
        if real is None:
            return None
        return ModuleSpec(fullname, self, is_package=real.submodule_search_locations is not None)

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        module = importlib.import_module(REAL + spec.name.removeprefix(NAME))
        spec.loader_state = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        """Leaves the module as it is, and gives it its own spec back."""
        taken = module.__spec__
        if taken is not None and taken.loader is self:
            module.__spec__ = taken.loader_state


def write(test: str, outcome: str, why: str = "") -> None:
    """Writes what became of a test."""
    with Path(os.environ["YARDSTICK_OUTCOMES"]).open("a", encoding="utf-8") as file:
        file.write(json.dumps([test, outcome, why.strip().splitlines()[-1:]]) + "\n")


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """A test that was set up is judged by its call."""
    if report.when == "call" or report.outcome != "passed":
        write(report.nodeid, report.outcome, report.longreprtext)


def pytest_collectreport(report: pytest.CollectReport) -> None:
    """A file that cannot be imported counts as a test that fails."""
    if report.outcome == "failed":
        write(report.nodeid, report.outcome, report.longreprtext)


sys.meta_path.insert(0, Aliasing())
