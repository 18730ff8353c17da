"""`import typedagents` stays cheap: few distributions, no extra, no network client."""

from __future__ import annotations

import pytest

from tests.house.distribution import EXTRAS, printed_by

# Measured as a difference: what the interpreter itself loads (coverage's hook, an editable install's finder) is not
# the package's doing.
LOADED = """
import sys
before = set(sys.modules)
import typedagents
new = {name.partition(".")[0] for name in set(sys.modules) - before}
from importlib.metadata import packages_distributions
owners = packages_distributions()
print(",".join(sorted(new)))
print(",".join(sorted({owner for name in new for owner in owners.get(name, [])})))
"""
MOST_DISTRIBUTIONS = 15
LAZY = (*EXTRAS, "httpx", "httpcore", "trio")


@pytest.fixture(scope="module")
def loaded() -> tuple[set[str], set[str]]:
    """The top-level modules that the import adds, and the distributions they come from."""
    modules, distributions = printed_by(LOADED).splitlines()
    return set(modules.split(",")), set(distributions.split(","))


def test_importing_loads_few_distributions(loaded: tuple[set[str], set[str]]) -> None:
    _, distributions = loaded

    assert len(distributions) <= MOST_DISTRIBUTIONS, sorted(distributions)


@pytest.mark.parametrize("name", LAZY)
def test_importing_leaves_out_what_only_some_programs_need(
    name: str, loaded: tuple[set[str], set[str]]
) -> None:
    modules, _ = loaded

    assert name not in modules
