"""Code in texts, and running it by functions."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from typedagents.autogen.code_utils import (
    UNKNOWN,
    check_can_use_docker_or_throw,
    content_str,
    create_virtual_env,
    decide_use_docker,
    execute_code,
    extract_code,
    in_docker_container,
    infer_lang,
    is_docker_running,
)
from typedagents.autogen.types import MessageContentType
from typedagents.core.errors import ConfigError, ExecutorUnavailable
from typedagents.executors import probe_bubblewrap

probe = probe_bubblewrap()
sandboxed = pytest.mark.skipif(not probe.works, reason=f"bubblewrap does not work here: {probe.text}")

# --- texts ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "language"),
    [
        ("print('hello world')", "python"),
        ("x = 1\ny = 2", "python"),
        ("1 + 1", "python"),
        ("pip install something", "sh"),
        ("python3 run.py", "sh"),
        ("ls -l", "sh"),
        ("dummy text", UNKNOWN),
        ("print('hello world'))", UNKNOWN),
        ("SELECT 1 FROM t;", UNKNOWN),
        ("x\0", UNKNOWN),
    ],
)
def test_the_language_is_known_by_its_looks(code: str, language: str) -> None:
    assert infer_lang(code) == language


@pytest.mark.parametrize(
    ("text", "blocks"),
    [
        ("Example:\n```python\nx = 1\n```\nTest:\n```sh\nls\n```", [("python", "x = 1"), ("sh", "ls")]),
        ("``` python\nx = 1\n```", [("python", "x = 1")]),
        ("  ```python\n  x = 1\n  ```", [("python", "x = 1")]),
        ("```python\r\nx = 1\r\ny = 2\r\n```\r\n", [("python", "x = 1\ny = 2")]),
        ("```\nls -la\n```", [("", "ls -la")]),
        ("~~~c++\nint x;\n~~~", [("c++", "int x;")]),
        ("````md\n```py\nx\n```\n````", [("md", "```py\nx\n```")]),
        ("```python\nx = 1", [(UNKNOWN, "```python\nx = 1")]),
        ("no code", [(UNKNOWN, "no code")]),
        ("Run `ls` now", [(UNKNOWN, "Run `ls` now")]),
    ],
)
def test_blocks_are_found(text: str, blocks: list[tuple[str, str]]) -> None:
    assert extract_code(text) == blocks


def test_single_backticks_are_code_on_demand() -> None:
    text = "Run `source setup.sh`, then:\n```python\nprint(`1`)\n```"
    assert extract_code(text, detect_single_line_code=True) == [
        ("python", "print(`1`)"),
        ("", "source setup.sh"),
    ]


def test_a_pattern_of_ones_own() -> None:
    assert extract_code("<py>x</py> <sh>y</sh>", r"<(py|sh)>(.*?)</") == [("py", "x"), ("sh", "y")]
    assert extract_code("none", r"<(py)>(.*?)</") == [(UNKNOWN, "none")]


@given(
    st.text(alphabet="abc =\n\t`#", max_size=60).filter(lambda code: "```" not in code and bool(code.strip()))
)
def test_what_is_fenced_is_found(code: str) -> None:
    assert extract_code(f"Look:\n```python\n{code}\n```\n") == [("python", code)]


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (None, ""),
        ("words", "words"),
        ([{"type": "text", "text": "a"}, {"type": "image_url", "image_url": {"url": "u"}}], "a<image>"),
        ([], ""),
    ],
)
def test_content_is_text(content: MessageContentType, text: str) -> None:
    assert content_str(content) == text


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (3, TypeError),
        (["a"], TypeError),
        ([{"text": "a"}], AssertionError),
        ([{"type": "sound"}], ValueError),
    ],
)
def test_what_is_no_content_is_refused(content: MessageContentType, error: type[Exception]) -> None:
    with pytest.raises(error) as caught:
        content_str(content)
    assert isinstance(caught.value, ConfigError)


# --- Docker -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "used"),
    [
        *((one, True) for one in ("1", "True", "yes", "t")),
        *((one, False) for one in ("0", "FALSE", "no", "f")),
    ],
)
def test_the_environment_decides_on_docker(
    monkeypatch: pytest.MonkeyPatch, said: str, used: Literal[True, False]
) -> None:
    monkeypatch.setenv("AUTOGEN_USE_DOCKER", said)
    assert decide_use_docker(None) is used
    assert decide_use_docker(not used) is not used


def test_the_environment_may_leave_it_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUTOGEN_USE_DOCKER", "None")
    assert decide_use_docker(None) is None
    monkeypatch.delenv("AUTOGEN_USE_DOCKER")
    assert decide_use_docker(None) is None
    monkeypatch.setenv("AUTOGEN_USE_DOCKER", "maybe")
    assert decide_use_docker(True) is True
    with pytest.raises(ValueError, match="AUTOGEN_USE_DOCKER is one of 1, true"):
        decide_use_docker(None)


def test_docker_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    assert not is_docker_running()
    check_can_use_docker_or_throw(None)
    check_can_use_docker_or_throw(False)
    if in_docker_container():
        check_can_use_docker_or_throw(True)
    else:
        with pytest.raises(RuntimeError, match="Docker is not running"):
            check_can_use_docker_or_throw(True)
    with pytest.raises(ExecutorUnavailable, match="start it"):
        execute_code("print(1)", use_docker=True)


# --- running ----------------------------------------------------------------------------------------------------


@sandboxed
def test_code_is_kept_read_and_run_again(open_path: Path) -> None:
    where = str(open_path)
    assert execute_code("print('hello')", filename="a/kept.py", work_dir=where) == (0, "hello\n", None)
    assert execute_code("print(open('a/kept.py').read())", work_dir=where)[1] == "print('hello')\n"
    assert execute_code(filename="a/kept.py", work_dir=where) == (0, "hello\n", None)
    assert execute_code("python3 a/kept.py", lang="sh", work_dir=where) == (0, "hello\n", None)
    assert [path.name for path in open_path.iterdir()] == ["a"]


@sandboxed
def test_failures_are_told_with_short_paths(open_path: Path) -> None:
    code, logs, image = execute_code(
        "import sys\nprint(1)\nassert 1 == 2", filename="f.py", work_dir=str(open_path)
    )
    assert (code, image) == (1, None)
    assert 'File "f.py", line 3' in logs
    assert "AssertionError" in logs
    assert execute_code("raise SystemExit(3)")[:2] == (3, "")
    assert execute_code("import os; os.kill(os.getpid(), 9)")[0] == 137


@sandboxed
def test_code_is_stopped_in_time() -> None:
    code, logs, _ = execute_code("while True: pass", timeout=1)
    assert code == 124
    assert logs == "Timeout"


@sandboxed
def test_the_language_is_found_where_none_is_named() -> None:
    assert execute_code("echo hi", lang=None)[:2] == (0, "hi\n")


def test_neither_code_nor_file_nor_a_known_language() -> None:
    with pytest.raises(AssertionError, match="give code or filename"):
        execute_code()
    with pytest.raises(NotImplementedError, match="java"):
        execute_code("x", lang="java")


@pytest.mark.skipif(sys.platform == "win32", reason="the folders have other names there")
def test_an_environment_is_made(tmp_path: Path) -> None:
    made = create_virtual_env(str(tmp_path / "env"), with_pip=False)
    assert Path(made.env_exe).exists()
    assert made.bin_path == str(tmp_path / "env" / "bin")
