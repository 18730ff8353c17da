"""What a target may be, and what is said of those that are none."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli import targets_for_tests
from tests.cli.calling import TARGETS
from typedagents import ConfigError
from typedagents.cli.targets import load

TEAM = "from typedagents import *\n{} = group(Agent('a', passes))\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty current folder; what is imported from it is forgotten again."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        del sys.modules[name]


def test_a_team_by_name_or_by_the_usual_name_or_made_by_a_function() -> None:
    assert load(f"{TARGETS}:endless").team is targets_for_tests.endless
    assert load(TARGETS).team is targets_for_tests.team
    assert load(f"{TARGETS}:made").team is targets_for_tests.stopped


def test_a_world_comes_from_the_module_or_with_the_team(folder: Path) -> None:
    (folder / "alone.py").write_text(TEAM.format("team"))
    (folder / "making.py").write_text(f"{TEAM.format('team')}def world():\n    return World(Handler({{}}))\n")

    assert load(TARGETS).world is targets_for_tests.world
    assert load(f"{TARGETS}:with_its_world").world not in (None, targets_for_tests.world)
    assert load("alone.py").world is None
    assert load("making.py").world is not None


def test_a_file_s_only_team_is_found_and_its_neighbours_import(folder: Path) -> None:
    (folder / "deep").mkdir()
    (folder / "deep/near.py").write_text("NAME = 'neighbour'\n")
    (folder / "deep/mine.py").write_text(f"from near import NAME\n{TEAM.format('only')}")

    assert list(load("deep/mine.py").team.agents) == ["a"]
    assert list(load("deep/mine.py:only").team.agents) == ["a"]


def test_a_file_may_be_named_like_a_module_that_is_there(folder: Path) -> None:
    (folder / "json.py").write_text(TEAM.format("team"))
    before = sys.modules["json"]

    assert list(load("json.py").team.agents) == ["a"]
    assert sys.modules["json"] is before


@pytest.mark.parametrize(
    ("target", "says"),
    [
        ("no_such_module", "there is no module 'no_such_module'"),
        (":team", "there is no module ''"),
        ("no_such_file.py", "there is no file 'no_such_file.py'"),
        ("no_such_file.py:team", "there is no file 'no_such_file.py'"),
        (f"{TARGETS}:nobody", "has no 'nobody'; its teams are: asks, careful, coder"),
        (f"{TARGETS}:not_a_team", "is a Message, not a team"),
        (f"{TARGETS}:nothing", "is None, not a team"),
        (f"{TARGETS}:needs", "needs needs arguments (argument)"),
        (f"{TARGETS}:breaks", "raised LookupError: nothing here ("),
        ("typedagents.policies", "which team? Name it, as in typedagents.policies:team"),
    ],
)
def test_a_wrong_target_is_told(target: str, says: str) -> None:
    with pytest.raises(ConfigError) as told:
        load(target)

    assert says in str(told.value)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("1 / 0\n", "raised ZeroDivisionError: division by zero (mine.py, line 1) while it was imported"),
        ("import no_such_thing\n", "raised ModuleNotFoundError: No module named 'no_such_thing' (mine.py"),
        ("def (\n", "raised SyntaxError: "),
        ("raise SystemExit(3)\n", "raised SystemExit: 3 (mine.py, line 1)"),
        (f"world = 3\n{TEAM.format('team')}", "its 'world' is an int, not a World"),
    ],
)
def test_a_file_that_cannot_be_used_is_told(text: str, says: str, folder: Path) -> None:
    (folder / "mine.py").write_text(text)
    with pytest.raises(ConfigError) as told:
        load("mine.py")

    assert says in str(told.value)


def test_a_forgotten_py_is_guessed(folder: Path) -> None:
    (folder / "deep").mkdir()
    (folder / "deep/mine.py").write_text("")
    with pytest.raises(ConfigError, match=r"did you mean deep/mine\.py\?"):
        load("deep/mine")
