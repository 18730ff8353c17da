"""The classic Jupyter executors: cells of one kernel, in the sandbox."""

from __future__ import annotations

import gc
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from attrs import frozen

from tests.executors.packages import CannotCopy, copy_kernel, kernel_command
from tests.executors.running import processes_with
from typedagents.autogen import ConversableAgent
from typedagents.autogen.coding import CodeBlock, CodeExecutorFactory
from typedagents.autogen.coding.jupyter import (
    DockerJupyterServer,
    EmbeddedIPythonCodeExecutor,
    JupyterCodeExecutor,
    JupyterConnectionInfo,
    LocalJupyterServer,
)
from typedagents.core.errors import ExecutorUnavailable
from typedagents.executors import Bubblewrap, CommandLineExecutor, Kernels, probe_bubblewrap

engines = pytest.mark.engines


@frozen
class Here:
    """Kernels in bubblewrap, with packages that a user without rights may read."""

    folder: str

    def kernels(self) -> CommandLineExecutor:
        return CommandLineExecutor(Kernels(Bubblewrap(read_only=(self.folder,)), kernel_command(self.folder)))


@pytest.fixture(scope="module")
def here() -> Iterator[Here]:
    """A place for kernels; skips the test where there can be none."""
    probe = probe_bubblewrap()
    if not probe.works:
        pytest.skip(f"bubblewrap does not work here: {probe.text}")
    with tempfile.TemporaryDirectory(prefix="kernel-", dir="/tmp") as folder:
        try:
            copy_kernel(Path(folder))
        except CannotCopy as error:
            pytest.skip(f"no kernel: {error}")
        yield Here(folder)


def cells(*codes: str, language: str = "python") -> list[CodeBlock]:
    return [CodeBlock(code=code, language=language) for code in codes]


@engines
def test_variables_last_until_a_restart(here: Here) -> None:
    executor = EmbeddedIPythonCodeExecutor(server=here)
    assert executor.execute_code_blocks(cells("a = 123 + 123")).output == ""
    result = executor.execute_code_blocks(cells("print(a)", "a + 1", "1 / 0", "print('never')"))
    assert result.exit_code == 1
    assert result.output.startswith("246\n247\n")
    assert "ZeroDivisionError" in result.output
    assert "never" not in result.output

    executor.restart()
    assert "NameError" in executor.execute_code_blocks(cells("a")).output

    del executor
    gc.collect()
    assert processes_with(here.folder) == []


@engines
def test_cells_of_any_label_run_and_stop_in_time(here: Here) -> None:
    with JupyterCodeExecutor(here, timeout=1) as executor:
        assert executor.execute_code_blocks(cells("!echo 'hello'", language="bash")).output.strip() == "hello"
        slow = executor.execute_code_blocks(cells("import time; time.sleep(60)"))
        assert slow.exit_code == 124
        assert "Timeout" in slow.output
    assert processes_with(here.folder) == []


@engines
def test_what_is_shown_is_kept(here: Here, tmp_path: Path) -> None:
    executor = EmbeddedIPythonCodeExecutor(output_dir=tmp_path, server=here)
    shows = (
        "from IPython.display import display, HTML, Image\nopen('left.txt', 'w').write('x')\n"
        "display(HTML('<b>bold</b>'), Image(b'\\x89PNG\\r\\n\\x1a\\nx', format='png'))"
    )
    result = executor.execute_code_blocks(cells(shows))
    page, picture = result.output_files
    assert f"HTML data saved to {page}\nImage data saved to {picture}" in result.output
    assert Path(page).read_text() == "<b>bold</b>"
    assert Path(picture).suffix == ".png"
    assert sorted(map(str, tmp_path.iterdir())) == sorted([page, picture])
    executor.restart()


@engines
def test_an_agent_runs_what_it_is_told_in_a_notebook(here: Here) -> None:
    executor = EmbeddedIPythonCodeExecutor(server=here)
    user = ConversableAgent("user", code_execution_config={"executor": executor}, llm_config=False)
    assert user.code_executor is executor
    said = "First\n```python\ndef times(a, b):\n    return a * b\n```\nthen\n```python\nprint(times(123, 4))\n```"
    reply = user.generate_reply([{"role": "user", "content": said}], sender=ConversableAgent("bot"))
    assert reply == "exitcode: 0 (execution succeeded)\nCode output: 492"
    executor.restart()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"timeout": 0}, "seconds from 1"),
        ({"timeout": "soon"}, "number of seconds"),
        ({"output_dir": 3}, "output_dir is a path"),
        ({"output_dir": "/invalid/directory"}, r"Output directory .* does not exist"),
        ({"kernel_name": "julia"}, r"Kernel julia is not installed"),
        ({"kernel": "python3"}, "no option kernel; it has: timeout, kernel_name, output_dir"),
    ],
)
def test_bad_options_are_named(options: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        CodeExecutorFactory.create({"executor": "ipython-embedded", "ipython-embedded": options})


def test_a_configuration_may_name_it() -> None:
    executor = CodeExecutorFactory.create(
        {"executor": "ipython-embedded", "ipython-embedded": {"timeout": 7, "output_dir": "."}}
    )
    assert isinstance(executor, EmbeddedIPythonCodeExecutor)
    assert (executor.timeout, executor.kernel_name, executor.output_dir) == (7, "python3", ".")
    assert [one.code for one in executor.code_extractor.extract_code_blocks("```\nimport os\n```")] == [
        "import os"
    ]
    executor.restart()


def test_servers_of_others_are_not_asked() -> None:
    info = JupyterConnectionInfo("example.org", use_https=True, token="secret")
    with pytest.raises(ValueError, match="server of somebody else's") as told:
        JupyterCodeExecutor(info)
    assert "secret" not in str(told.value)


def test_a_container_takes_an_image_that_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="custom_image_name"):
        DockerJupyterServer()
    with pytest.raises(ValueError, match="KEY"):
        DockerJupyterServer(custom_image_name="mine", docker_env={"KEY": "x"})
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    with DockerJupyterServer(custom_image_name="mine") as server:
        executor = JupyterCodeExecutor(server)
        with pytest.raises(ExecutorUnavailable):
            executor.execute_code_blocks(cells("1"))


def test_a_local_server_is_only_a_place() -> None:
    with LocalJupyterServer(port=8888, token="t") as server:
        assert isinstance(JupyterCodeExecutor(server), JupyterCodeExecutor)
