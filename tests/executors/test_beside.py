"""What lies beside a program before it starts: files, functions, packages, an environment of its own."""

from __future__ import annotations

import subprocess
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from attrs import frozen

from tests.executors.running import Watching
from typedagents import CodeBlock, CodeFile, CodeResult, RunCode
from typedagents.core.code import Refused
from typedagents.core.errors import ConfigError, ExecutorUnavailable
from typedagents.executors import (
    Bubblewrap,
    CommandLineExecutor,
    LocalExecutor,
    functions_module,
    probe_bubblewrap,
)
from typedagents.tools import FunctionsModule, tool

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("no_folder_left")]


async def ran(executor: CommandLineExecutor, code: str, request: RunCode | None = None) -> CodeResult:
    request = request or RunCode((CodeBlock("python", code),))
    return await executor.run(request, Watching())


# --- files ------------------------------------------------------------------------------------------------------


async def test_files_are_there_and_are_no_artefacts(executor: CommandLineExecutor) -> None:
    files = (CodeFile("data/a.txt", b"seven"), CodeFile("mine.py", b"def twice(n): return 2 * n\n"))
    code = "from mine import twice\nprint(twice(2), open('data/a.txt').read()); _ = open('b.txt', 'w').write('b')"
    result = await ran(executor, "", RunCode((CodeBlock("python", code),), files=files))

    assert result.text == "exitcode: 0 (execution succeeded)\nCode output: 4 seven"
    assert [one.path for one in result.artefacts if "__pycache__" not in one.path] == ["b.txt"]


@pytest.mark.parametrize("path", ["../x", "/etc/x", "a/b"])
async def test_a_file_without_a_place_there_is_refused_before_anything_runs(path: str) -> None:
    executor = LocalExecutor(accept_no_isolation=True)
    files = (CodeFile("a", b"1"), CodeFile(path, b"2"))
    result = await ran(executor, "", RunCode((CodeBlock("python", "print(1)"),), files=files))

    (block,) = result.blocks
    assert isinstance(block.end, Refused)


# --- packages ---------------------------------------------------------------------------------------------------


@frozen
class Wheel:
    """A package with one module, made by hand: all that a wheel is, is a zip file of this form."""

    name: str
    needs: str = ""

    def write(self, folder: Path) -> None:
        about = f"{self.name}-1.0.dist-info"
        needs = f"Requires-Dist: {self.needs}\n" if self.needs else ""
        files = {
            f"{self.name}.py": f"WORD = '{self.name}'\n",
            f"{about}/METADATA": f"Metadata-Version: 2.1\nName: {self.name}\nVersion: 1.0\n{needs}",
            f"{about}/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        }
        record = "".join(f"{name},,\n" for name in (*files, f"{about}/RECORD"))
        with zipfile.ZipFile(folder / f"{self.name}-1.0-py3-none-any.whl", "w") as packed:
            for name, text in {**files, f"{about}/RECORD": record}.items():
                packed.writestr(name, text)


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    """A folder that programs may come to, with wheels in it."""
    with tempfile.TemporaryDirectory(prefix="beside-", dir="/tmp", ignore_cleanup_errors=True) as made:
        folder = Path(made)
        folder.chmod(0o755)
        (folder / "wheels").mkdir()
        Wheel("first", "second>=1").write(folder / "wheels")
        Wheel("second").write(folder / "wheels")
        yield folder


def _pip() -> bool:
    done = subprocess.run(["/usr/bin/python3", "-m", "pip", "--version"], capture_output=True, check=False)
    return done.returncode == 0


needs_pip = pytest.mark.skipif(not _pip(), reason="the system's Python has no pip")
needs_bubblewrap = pytest.mark.skipif(
    not probe_bubblewrap().works, reason=f"bubblewrap does not work here: {probe_bubblewrap().text}"
)
USES = "import first, second; print(first.WORD, second.WORD)"


@needs_pip
@needs_bubblewrap
async def test_requirements_are_installed_first_and_their_files_are_no_artefacts(place: Path) -> None:
    executor = CommandLineExecutor(Bubblewrap(), wheels=str(place / "wheels"))
    result = await ran(executor, "", RunCode((CodeBlock("python", USES),), requirements=("first>=1",)))

    assert result.text == "exitcode: 0 (execution succeeded)\nCode output: first second"
    assert result.artefacts == ()


@needs_pip
@needs_bubblewrap
async def test_a_session_installs_once_and_goes_on_with_what_it_has(place: Path) -> None:
    async with CommandLineExecutor(Bubblewrap(), wheels=str(place / "wheels")) as executor:
        block = (
            CodeBlock("python", "import os\nprint(os.path.exists('.typedagents/wheels'), end=' ')\n" + USES),
        )
        first = await ran(executor, "", RunCode(block, session="s", requirements=("first",)))
        for path in (place / "wheels").iterdir():
            path.rename(path.with_suffix(".gone"))
        try:
            again = await ran(executor, "", RunCode(block, session="s", requirements=("first",)))
            without = await ran(executor, "", RunCode(block, session="s", env=(("PYTHONPATH", "/none"),)))
        finally:
            for path in (place / "wheels").iterdir():
                path.rename(path.with_suffix(".whl"))

    assert [one.text.split("output: ")[1] for one in (first, again, without)] == ["True first second"] * 3


@needs_pip
@needs_bubblewrap
async def test_what_cannot_be_installed_is_trouble_of_the_place_and_not_of_the_program(place: Path) -> None:
    executor = CommandLineExecutor(Bubblewrap(), wheels=str(place / "wheels"))
    with pytest.raises(
        ExecutorUnavailable, match=r"(?s)third could not be installed: .*No matching distribution"
    ):
        await ran(executor, "", RunCode((CodeBlock("python", USES),), requirements=("third",)))


@pytest.mark.parametrize("requirement", ["", "-r x", "--index-url=http://x", "a\nb"])
def test_a_requirement_is_no_option(requirement: str) -> None:
    with pytest.raises(ConfigError, match="names a package"):
        RunCode((), requirements=(requirement,))


def test_a_folder_of_wheels_has_to_be_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="pip download"):
        CommandLineExecutor(Bubblewrap(bwrap="bwrap"), wheels=str(tmp_path / "none"))


# --- environments -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def venv(place: Path) -> str:
    """A virtual environment with a module in it."""
    made = place / "venv"
    line = ["/usr/bin/python3", "-m", "venv", "--without-pip", str(made)]
    if not Path(line[0]).exists() or subprocess.run(line, capture_output=True, check=False).returncode:
        pytest.skip("the system's Python makes no virtual environments")
    (packages,) = made.glob("lib/python3*/site-packages")
    (packages / "installed_there.py").write_text("WORD = 'there'\n")
    return str(made)


SEES = "import installed_there, os, sys\nprint(installed_there.WORD, sys.prefix == os.environ['VIRTUAL_ENV'])"


@needs_bubblewrap
async def test_programs_run_in_the_environment_they_are_given(venv: str) -> None:
    sandboxed = CommandLineExecutor(Bubblewrap(venv=venv))
    plain = LocalExecutor(accept_no_isolation=True, venv=venv)

    for executor in (sandboxed, plain):
        result = await ran(executor, SEES)
        assert result.text == "exitcode: 0 (execution succeeded)\nCode output: there True"
    writes = await ran(sandboxed, f"open({venv + '/x'!r}, 'w')")
    assert "Read-only file system" in writes.text


def test_an_environment_has_to_be_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="python3 -m venv"):
        LocalExecutor(accept_no_isolation=True, venv=str(tmp_path))


# --- functions --------------------------------------------------------------------------------------------------


def shout(text: str, times: int = 1) -> str:
    """TEXT!"""
    match = pytest.__name__  # a module of this file
    return text.upper() + "!" * times + match[:0]


@tool
def whisper(text: str) -> str:
    """Text..."""

    def inner(piece: str) -> str:
        return piece.lower()

    return "".join([inner(one) for one in text]) + "..." + shout("")[1:]


def area(radius: float) -> float:
    try:
        return float(pi * radius**2)  # type: ignore[name-defined]  # noqa: F821  # imported where it runs
    except ArithmeticError as error:
        raise ValueError from error


async def test_functions_of_the_program_are_there_to_import() -> None:
    module = functions_module(shout, whisper, area, name="mine", imports=["from math import pi"])
    request = RunCode(
        (CodeBlock("python", "from mine import area, whisper\nprint(whisper('AbC'), round(area(1), 2))"),),
        files=(CodeFile("pytest.py", b""), module.file),
    )
    result = await ran(LocalExecutor(accept_no_isolation=True), "", request)

    assert result.text == "exitcode: 0 (execution succeeded)\nCode output: abc... 3.14"
    assert module.told == (
        "These functions are there for your programs, in the module `mine`. Import what you need, as in "
        "`from mine import name_of_the_function`.\n\n```python\n"
        'def shout(text: str, times: int=1) -> str:\n    """TEXT!"""\n    ...\n\n'
        'def whisper(text: str) -> str:\n    """Text..."""\n    ...\n\n'
        "def area(radius: float) -> float:\n    ...\n```"
    )


def _shouts(text: str) -> str:
    return shout(text)


def test_functions_that_would_miss_something_are_refused() -> None:
    outside = 3

    def closure() -> int:
        return outside

    with pytest.raises(ConfigError, match="'_shouts' uses shout"):
        functions_module(_shouts)
    with pytest.raises(ConfigError, match="'closure' uses outside"):
        functions_module(closure)
    with pytest.raises(ConfigError, match="one import a line"):
        functions_module(shout, imports=["x = 1"])
    with pytest.raises(ConfigError, match="one import a line"):
        functions_module(shout, imports=["import"])
    with pytest.raises(ConfigError, match="a function with a name"):
        functions_module(lambda: 1)
    with pytest.raises(ConfigError, match="is not to be had"):
        functions_module(_made_at_run_time())


def _made_at_run_time() -> object:
    there: dict[str, object] = {}
    exec("def made(): return 1", there)
    return there["made"]


def test_a_module_has_a_name_and_functions() -> None:
    with pytest.raises(ConfigError, match="can import"):
        FunctionsModule("def f(): pass", "not a name")
    with pytest.raises(ConfigError, match="no function"):
        FunctionsModule("x = 1")
    with pytest.raises(ConfigError, match="does not parse"):
        FunctionsModule("def")
    assert FunctionsModule("async def f(): pass").told.endswith("async def f():\n    ...\n```")
