"""The limits notice what they are there to notice."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.house import limits

KERNEL = "src/typedagents/core/kernel.py"
STORE = "src/typedagents/stores/file.py"


def said(path: str, text: str) -> list[str]:
    return list(limits.python_problems(path, text))


@pytest.mark.parametrize(
    ("path", "text", "complaint"),
    [
        (STORE, "x = 1\n" * 401, "401 lines, the limit is 400"),
        (STORE, "def long():\n" + "    pass\n" * 50, "long has 51 lines, the limit is 50"),
        (KERNEL, "from typing import Any\nx: Any = 1\n", "Any in a layer"),
        (KERNEL, "import typing\nx: typing.Any = 1\n", "Any in a layer"),
        (KERNEL, "from typing import cast\nx = cast(int, y)\n", "cast(int, y) is not among"),
        (KERNEL, "from typing import cast as sure\n", "under another name"),
        (KERNEL, "x = y  # type: ignore[assignment]  # the stubs are wrong here\n", "must prove its types"),
        (STORE, "x = y  # type: ignore[assignment]\n", "has no reason"),
        (STORE, "x = y  # type: ignore  # the stubs are wrong here\n", "silences every rule"),
        (STORE, "x = y  # noqa\n", "silences every rule"),
        (STORE, "x = y  # noqa: E501\n", "has no reason"),
        (STORE, "x = y  # pragma: no cover\n", "has no reason"),
        (STORE, "x = (\n", "does not parse"),
    ],
)
def test_each_broken_limit_is_named(path: str, text: str, complaint: str) -> None:
    assert [problem for problem in said(path, text) if complaint in problem] != []


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (STORE, "from typing import Any, cast\nx = cast(Any, 1)\n"),
        (STORE, "x = y  # type: ignore[assignment]  # the stubs are wrong here\n"),
        (STORE, "x = y  # noqa: E501, N801  # the vendor's own name\n"),
        (STORE, "x = y  # pragma: no cover  # runs on Windows only\n"),
        (KERNEL, 'x = "cast(Any, 1)  # type: ignore"\n'),
        (KERNEL, "def ok():\n" + "    pass\n" * 49),
    ],
)
def test_what_keeps_the_limits_passes(path: str, text: str) -> None:
    assert said(path, text) == []


def test_the_list_of_allowed_casts_is_short_true_and_reasoned() -> None:
    true = {(KERNEL, "cast(int, x)"): "the handler proved it already"}
    sources = {KERNEL: "y = cast(int, x)\n"}

    assert list(limits.allowed_problems(true, sources)) == []
    assert (
        len(list(limits.allowed_problems({(KERNEL, "cast(str, x)"): "the handler proved it"}, sources))) == 1
    )
    assert len(list(limits.allowed_problems({(KERNEL, "cast(int, x)"): "why not"}, sources))) == 1
    assert len(list(limits.allowed_problems({(STORE, "y"): "a fine long reason"}, {STORE: "y\n"}))) == 1
    four = {(KERNEL, f"cast(int, {name})"): "the handler proved it" for name in "abcd"}
    assert "at most 3" in next(limits.allowed_problems(four, {}))


def test_a_path_of_this_machine_is_found_and_others_are_not() -> None:
    text = "see /data/somebody/notes.md\nand /data/somebodyelse/x, out/data/somebody/x\n"

    assert list(limits.path_problems("README.md", text, ["/data/somebody"])) == [
        "README.md:1: names /data/somebody, a path of this machine"
    ]


def test_without_git_the_folders_we_write_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(limits, "ALLOWED_CASTS", {})
    module = tmp_path / "src" / "typedagents" / "core" / "kernel.py"
    module.parent.mkdir(parents=True)
    module.write_text("def f(x: Any) -> None: ...\n", encoding="utf-8")

    assert [problem.partition(":")[0] for problem in limits.problems(tmp_path)] == [KERNEL]


def test_a_list_of_names_may_be_as_long_as_it_is() -> None:
    names = (
        '"""All of it."""\nfrom .a import b\n__version__ = "1"\n__all__ = [\n' + '    "b",\n' * 500 + "]\n"
    )

    assert said("src/typedagents/__init__.py", names) == []
    assert said("src/typedagents/__init__.py", names + "b = 1\n") != []


def test_the_familiar_api_stays_thin() -> None:
    code = '"""Words."""\n\nimport this\nif TYPE_CHECKING:\n    from a import b\n# why\n\nclass C:\n    """Words."""\n\n    x = 1\n'
    path = f"{limits.FAMILIAR[1]}chats.py"

    assert limits.code_lines(code) == 2
    assert list(limits.thin_problems({path: "x = 1\n" * 2999, STORE: "x = 1\n" * 9})) == []
    assert "3000 lines of code" in next(limits.thin_problems({path: "x = 1\n" * 3000}))
