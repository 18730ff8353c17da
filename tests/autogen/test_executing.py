"""The executor that a configuration asks for; classic executors and ours, each as the other."""

from __future__ import annotations

import sys
from pathlib import Path

import anyio
import pytest
from attrs import define, field

from tests.providers.asking import Told
from typedagents.autogen import ConversableAgent, using
from typedagents.autogen.coding import (
    CodeBlock,
    CodeExecutor,
    CodeExtractor,
    CodeResult,
    DockerCommandLineCodeExecutor,
    IPythonCodeResult,
    LocalCommandLineCodeExecutor,
    MarkdownCodeExtractor,
)
from typedagents.autogen.layer.code.docker import image_of
from typedagents.autogen.layer.code.executing import as_classic, as_port, executor_of
from typedagents.autogen.layer.code.running import warned_of_no_isolation
from typedagents.core import code as ours
from typedagents.core.errors import ExecutorUnavailable
from typedagents.core.handler import Call
from typedagents.executors import CodeOutput, probe_bubblewrap
from typedagents.testing import scripted_executor

probe = probe_bubblewrap()
sandboxed = pytest.mark.skipif(not probe.works, reason=f"bubblewrap does not work here: {probe.text}")


def blocks(*given: tuple[str, str]) -> list[CodeBlock]:
    return [CodeBlock(language=language, code=code) for language, code in given]


# --- configurations ---------------------------------------------------------------------------------------------


@sandboxed
def test_an_empty_configuration_runs_in_a_private_folder() -> None:
    executor = executor_of({})
    assert isinstance(executor, LocalCommandLineCodeExecutor)
    assert executor.timeout == 600
    folder = executor.work_dir
    assert executor.execute_code_blocks(blocks(("sh", "echo hi > f; cat f"))).output == "hi\n"
    assert (folder / "f").exists()
    del executor
    assert not folder.exists()


def test_a_folder_and_a_timeout_are_used(tmp_path: Path) -> None:
    executor = executor_of(
        {"work_dir": str(tmp_path), "timeout": 7, "last_n_messages": 3, "use_docker": False}
    )
    assert isinstance(executor, LocalCommandLineCodeExecutor)
    assert (executor.work_dir, executor.timeout) == (tmp_path, 7)
    assert executor_of({"executor": executor}) is executor


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"executor": "commandline-local", "work_dir": "x"}, "an executor and also work_dir"),
        (
            {"executor": ConversableAgent("user")},
            "names an agent as executor; write its executor: user.code_",
        ),
        ({"last_n_messages": 0}, "from 1, or 'auto'"),
    ],
)
def test_configurations_that_cannot_be(config: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        ConversableAgent("agent", code_execution_config=config)


def test_the_variable_that_asks_for_docker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUTOGEN_USE_DOCKER", "1")
    assert isinstance(executor_of({}), DockerCommandLineCodeExecutor)
    assert isinstance(executor_of({"use_docker": False}), LocalCommandLineCodeExecutor)


@pytest.mark.parametrize(
    ("asked", "image"),
    [
        (True, "python:3-slim"),
        ("mine:1", "mine:1"),
        (["first", "second"], "first"),
        (False, None),
        (None, None),
    ],
)
def test_what_asks_for_docker_names_an_image(asked: object, image: str | None, tmp_path: Path) -> None:
    assert image_of(asked) == image
    made = executor_of({"use_docker": asked, "timeout": 7, "work_dir": str(tmp_path)})
    assert isinstance(made, DockerCommandLineCodeExecutor if image else LocalCommandLineCodeExecutor)
    assert (made.timeout, made.work_dir) == (7, tmp_path)


def test_what_is_no_image_is_told_at_once() -> None:
    with pytest.raises(TypeError, match="the name of an image"):
        ConversableAgent("agent", code_execution_config={"use_docker": 3})


def test_docker_that_is_not_there_is_told_of_when_code_runs(
    monkeypatch: pytest.MonkeyPatch, open_path: Path
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{open_path}/none.sock")
    executor = executor_of({"use_docker": True, "work_dir": str(open_path)})
    with pytest.raises(ExecutorUnavailable, match="start it"):
        executor.execute_code_blocks(blocks(("python", "1")))


def test_without_a_sandbox_nothing_runs_unless_that_was_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(
        sys, "executable", str(tmp_path / "python")
    )  # bubblewrap is looked for beside it, too
    with pytest.raises(ExecutorUnavailable, match='"use_docker": False'):
        executor_of({"work_dir": str(tmp_path)}).execute_code_blocks(blocks(("python", "1")))
    monkeypatch.setenv("AUTOGEN_USE_DOCKER", "0")
    with pytest.raises(ExecutorUnavailable, match="no sandbox"):
        executor_of({"work_dir": str(tmp_path)}).execute_code_blocks(blocks(("python", "1")))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the executor is tested on Linux")
def test_without_a_sandbox_a_program_that_asks_for_it_runs_with_one_warning(
    monkeypatch: pytest.MonkeyPatch, open_path: Path
) -> None:
    warned_of_no_isolation.cache_clear()
    real = sys.executable
    monkeypatch.setenv("PATH", str(open_path))
    monkeypatch.setattr(sys, "executable", str(open_path / "python"))
    first, second = (executor_of({"work_dir": str(open_path / "w"), "use_docker": False}) for _ in range(2))
    assert isinstance(first, LocalCommandLineCodeExecutor)
    with pytest.warns(UserWarning, match="plain process of this machine"):
        isolation = first._sandboxes.capabilities.isolation
    assert isolation == "process"
    assert isinstance(second, LocalCommandLineCodeExecutor)
    assert (
        second._sandboxes.capabilities.isolation == "process"
    )  # warnings are errors here: there was no other
    monkeypatch.setattr(sys, "executable", real)
    assert first.execute_code_blocks(blocks(("python", "print(1)"))).output == "1\n"
    warned_of_no_isolation.cache_clear()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the executor is tested on Linux")
def test_the_chats_of_a_process_warn_once_where_there_is_no_sandbox(
    monkeypatch: pytest.MonkeyPatch, open_path: Path
) -> None:
    warned_of_no_isolation.cache_clear()
    writer = ConversableAgent("writer", human_input_mode="NEVER", default_auto_reply=None)
    runner = ConversableAgent(
        "runner",
        human_input_mode="NEVER",
        code_execution_config={"work_dir": str(open_path / "w"), "use_docker": False},
    )
    (open_path / "python").symlink_to(sys.executable)
    monkeypatch.setenv("PATH", str(open_path))
    monkeypatch.setattr(sys, "executable", str(open_path / "python"))
    with using(store=None), pytest.warns(UserWarning, match="use_docker=False: code runs as a plain process"):
        first = writer.initiate_chat(runner, message="```sh\necho hi\n```", silent=True)
    with using(store=None):  # warnings are errors here: there is no other
        second = writer.initiate_chat(runner, message="```sh\necho ho\n```", silent=True)
    assert [one.summary.splitlines()[-1] for one in (first, second)] == ["Code output: hi", "Code output: ho"]
    careful = ConversableAgent("careful", human_input_mode="NEVER", code_execution_config={})
    with using(store=None), pytest.raises(ExecutorUnavailable, match="no sandbox to run code in"):
        writer.initiate_chat(careful, message="```sh\necho hi\n```", silent=True)
    warned_of_no_isolation.cache_clear()


@sandboxed
def test_a_program_that_asks_for_no_docker_runs_in_the_sandbox_all_the_same(tmp_path: Path) -> None:
    executor = executor_of({"work_dir": str(tmp_path), "use_docker": False})
    assert isinstance(executor, LocalCommandLineCodeExecutor)
    assert executor._sandboxes.capabilities.isolation == "namespace"


# --- classic and ours -------------------------------------------------------------------------------------------


@define
class Own(CodeExecutor):
    """A program's own executor."""

    ran: list[CodeBlock] = field(factory=list)

    @property
    def code_extractor(self) -> CodeExtractor:
        return MarkdownCodeExtractor()

    def execute_code_blocks(self, code_blocks: list[CodeBlock]) -> CodeResult:
        self.ran += code_blocks
        return CodeResult(exit_code=3, output="ran it")

    def restart(self) -> None:
        self.ran.clear()


REQUEST = ours.RunCode((ours.CodeBlock("python", "x = 1"),))


async def performed(executor: object, call: Call) -> ours.CodeResult:
    port = as_port(executor)  # type: ignore[arg-type]  # either kind
    result = port.run(REQUEST, call)
    return result if isinstance(result, ours.CodeResult) else await result


def test_a_programs_own_executor_is_asked_by_the_core() -> None:
    own = Own()
    result = anyio.run(performed, own, Told())
    assert own.ran == blocks(("python", "x = 1"))
    assert result.text == "exitcode: 3 (execution failed)\nCode output: ran it"
    assert as_classic(as_port(own)) is own
    assert as_classic(own) is own


def test_our_executor_is_asked_by_programs() -> None:
    port = scripted_executor("out")
    classic = as_classic(port)
    assert isinstance(classic, CodeExecutor)
    result = classic.execute_code_blocks(blocks(("python", "x")))
    assert (result.exit_code, result.output) == (0, "out")
    assert port.asked[0].blocks == (ours.CodeBlock("python", "x"),)
    assert classic.code_extractor.extract_code_blocks("```py\nx\n```") == blocks(("python", "x"))
    classic.restart()
    assert as_port(classic) is port
    assert IPythonCodeResult(exit_code=0, output="").output_files == []


@sandboxed
def test_the_local_executor_is_both(open_path: Path) -> None:
    executor = LocalCommandLineCodeExecutor(work_dir=open_path)
    assert as_port(executor) is executor
    assert as_classic(executor) is executor
    told = Told()
    request = ours.RunCode((ours.CodeBlock("python", "print('hi')"),))

    async def ran() -> ours.CodeResult:
        return await executor.run(request, told)

    result = anyio.run(ran)
    assert result.text == "exitcode: 0 (execution succeeded)\nCode output: hi"
    assert result.artefacts == ()
    assert "".join(one.text for one in told.shown if isinstance(one, CodeOutput)) == "hi\n"
