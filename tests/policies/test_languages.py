from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from typedagents.policies.coding.languages import language_of, looks_like

PYTHON = [
    "print(2**10)",
    "import os",
    "import numpy as np, sys  # both",
    "from math import pi",
    "# a comment\n\nx = 5\nprint(x)",
    "x=5",
    "name: str = 'x'",
    "a, b = 1, 2",
    "total += 1",
    "items[0] = 3",
    "def f(x):\n    return x",
    "async def f():\n    pass",
    "class A:\n    pass",
    "class A(B):\n    pass",
    "for i in range(3):\n    print(i)",
    "while True:  # for ever\n    break",
    "if x:\n    pass",
    "with open('f') as f:\n    pass",
    "try:\n    pass\nfinally:\n    pass",
    "@cache\ndef f(): ...",
    '"""What it does."""\nimport os',
    "plt.plot(\n    [1]\n)",
    "assert f(1)",
    "date = today()",
]
SHELL = [
    "ls -l",
    "ls",
    "pip install x",
    "pip3 install x",
    "python script.py",
    "python3.12 -m venv .venv",
    "# first\ncd /tmp && make -j4",
    "echo $HOME",
    "for f in *.txt; do\n  wc $f\ndone",
    "if [ -f x ]; then echo yes; fi",
    "./run.sh",
    "git add .",
    "export A=b",
]
NEITHER = [
    "",
    "   \n",
    "# only a comment",
    "a - b",
    "1024",
    "Result (approx): 5",
    '{"a": 1}',
    "console.log('x');",
    "int main() {",
    'using System;\nConsole.WriteLine("x");',
    "$ ls",
    "key: value",
    "puts 'x'",
]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        *((code, "python") for code in PYTHON),
        *((code, "sh") for code in SHELL),
        *((code, "") for code in NEITHER),
        ("#!/usr/bin/env python3\nx", "python"),
        ("#!/usr/bin/env -S python3.12 -u\nx", "python"),
        ("#!/bin/bash -e\nx", "bash"),
        ("#! /bin/sh\nx", "sh"),
        ("#!\nx", ""),
    ],
)
def test_code_without_a_label_is_known_by_its_first_line(code: str, expected: str) -> None:
    assert looks_like(code) == expected


@pytest.mark.parametrize(
    ("label", "expected"),
    [("py", "python"), ("python3", "python"), ("shell", "sh"), ("bash", "bash"), ("json", "json")],
)
def test_a_label_is_believed(label: str, expected: str) -> None:
    assert language_of(label, "ls -l") == expected


@given(st.text())
def test_any_text_can_be_judged(code: str) -> None:
    assert language_of("", code) == looks_like(code)


@pytest.mark.parametrize(
    "code",
    [
        "a" * 200_000 + "(" * 200_000,
        "a, " * 200_000 + "b",
        "import " + "a, " * 200_000 + "!",
        "a: " + " " * 500_000 + "x",
        "a" + " " * 500_000 + "x",
        "a[" + "]" * 500_000,
    ],
)
def test_long_lines_are_judged_at_once(code: str) -> None:
    assert looks_like(code) in ("", "python")
