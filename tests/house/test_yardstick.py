"""How AutoGen's own tests are counted: without them, on a handful of our own."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.yardstick.measure import Listed, listed, obtained, problems, run

KNOWN = Listed({"a.py::no": "so", "b.py": "all of it", "c": "the folder"}, {"a.py::some": "the machine"})

TESTS = """
import autogen.oai.openai_utils
import typedagents.autogen.oai.openai_utils
from autogen import ConversableAgent
from typedagents import autogen as ours

def test_one_module():
    assert ConversableAgent is ours.ConversableAgent
    assert autogen.oai.openai_utils is typedagents.autogen.oai.openai_utils
    assert autogen.oai.openai_utils.__spec__.name == "typedagents.autogen.oai.openai_utils"

def test_two():
    assert 1 == 2
"""


def test_reasons_are_found_by_the_test_its_file_and_its_folder() -> None:
    wanted = {
        "a.py::no": "so",
        "a.py::no[1]": "so",
        "b.py::x": "all of it",
        "c/d/e.py::x": "the folder",
        "a.py::x": None,
    }
    assert {test: KNOWN.why(test) for test in wanted} == wanted


def test_what_is_not_as_listed_is_told() -> None:
    fine = [("a.py::no", "failed", ""), ("a.py::some", "passed", ""), ("a.py::yes", "passed", "")]
    assert list(problems([*fine, ("b.py::x", "passed", ""), ("c/d.py", "skipped", "")], KNOWN)) == []
    assert list(problems([("a.py::no", "passed", ""), ("a.py::yes", "failed", "1 != 2")], KNOWN)) == [
        "a.py::no passes: take it out of differs.toml",
        "a.py::yes fails, and is not in differs.toml: 1 != 2",
    ]
    assert list(problems([], KNOWN)) == ["no test was run"]


def test_tests_run_on_the_package_by_its_other_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tests = tmp_path / "test"
    tests.mkdir()
    (tests / "test_it.py").write_text(TESTS)
    (tests / "test_gone.py").write_text("import autogen.not_here\n")
    monkeypatch.setenv("PYTHONPATH", ":".join(filter(None, sys.path)))
    assert obtained(str(tests), tmp_path / "run") == ""
    came = run(tmp_path / "run")
    assert {test: outcome for test, outcome, _ in came} == {
        "test_it.py::test_one_module": "passed",
        "test_it.py::test_two": "failed",
        "test_gone.py": "failed",
    }


def test_the_list_has_a_reason_for_each() -> None:
    known = listed()
    assert all(len(why) > 10 for why in (*known.differs.values(), *known.depends.values()))
    assert not known.differs.keys() & known.depends.keys()
