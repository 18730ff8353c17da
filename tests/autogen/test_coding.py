"""Finding code in messages, and the classic command-line executor."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.executors import machinery
from typedagents.autogen.code_utils import create_virtual_env, execute_code, is_docker_running
from typedagents.autogen.coding import (
    CodeBlock,
    CodeExecutor,
    CodeExecutorFactory,
    DockerCommandLineCodeExecutor,
    LocalCommandLineCodeExecutor,
    MarkdownCodeExtractor,
    PodCommandLineCodeExecutor,
)
from typedagents.autogen.coding.func_with_reqs import (
    Alias,
    FunctionWithRequirements,
    ImportFromModule,
    to_stub,
    with_requirements,
)
from typedagents.autogen.coding.utils import _get_file_name_from_content, silence_pip
from typedagents.core.errors import ConfigError, ExecutorUnavailable
from typedagents.executors import probe_bubblewrap

probe = probe_bubblewrap()
sandboxed = pytest.mark.skipif(not probe.works, reason=f"bubblewrap does not work here: {probe.text}")


def blocks(*given: tuple[str, str]) -> list[CodeBlock]:
    return [CodeBlock(language=language, code=code) for language, code in given]


# --- finding code -----------------------------------------------------------------------------------------------


def test_blocks_of_a_message_are_found() -> None:
    text = "a\n```python\nx = 1\n```\nb\n```\npip install y\n```\nc\n```\nConsole.WriteLine(1);\n```"
    found = MarkdownCodeExtractor().extract_code_blocks([{"type": "text", "text": text}])
    assert found == blocks(("python", "x = 1"), ("sh", "pip install y"), ("", "Console.WriteLine(1);"))
    assert MarkdownCodeExtractor().extract_code_blocks(None) == []


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("# filename: a/b.py\nx", "a/b.py"),
        ("// filename: a.js\nx", "a.js"),
        ("/* filename: a.css */\nx", "a.css"),
        ("<!-- filename: a.html -->\nx", "a.html"),
        ("# This prints hello\nx", None),
    ],
)
def test_only_a_marker_names_a_file(code: str, name: str | None, tmp_path: Path) -> None:
    assert _get_file_name_from_content(code, tmp_path) == name


def test_a_name_outside_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not in the workspace"):
        _get_file_name_from_content("# filename: ../x.py", tmp_path)


@pytest.mark.parametrize(
    ("language", "code", "silenced"),
    [
        ("python", "! pip install b\nx", "! pip install -qqq b\nx"),
        ("python", "!pip install b", "!pip install -qqq b"),
        ("sh", "pip install a\npip install b", "pip install -qqq a\npip install -qqq b"),
        ("sh", "  pip install b", "  pip install b"),
        ("sh", "pip install -qqq b", "pip install -qqq b"),
        ("css", "pip install b", "pip install b"),
    ],
)
def test_pip_is_silenced(language: str, code: str, silenced: str) -> None:
    assert silence_pip(code, language) == silenced


@pytest.mark.parametrize(
    "script",
    ["rm -rf /", "mv file /dev/null", "dd if=/dev/zero of=/dev/sda", "echo x > /dev/sda1", ":(){ :|:& };:"],
)
def test_some_commands_are_not_run(script: str) -> None:
    with pytest.raises(ValueError, match=r"(is|are) not run"):
        LocalCommandLineCodeExecutor.sanitize_command("sh", script)
    LocalCommandLineCodeExecutor.sanitize_command("python", script)


@pytest.mark.parametrize("script", ["rm -fr x", "git add .", "echo add", "ls | dd count=1"])
def test_others_are(script: str) -> None:
    LocalCommandLineCodeExecutor.sanitize_command("sh", script)


# --- the command line -------------------------------------------------------------------------------------------


@sandboxed
def test_blocks_run_one_after_the_other_and_keep_their_files(open_path: Path) -> None:
    executor = LocalCommandLineCodeExecutor(work_dir=open_path)
    result = executor.execute_code_blocks(
        blocks(
            ("python", "# filename: held.py\nvalue = 5"),
            ("Python", "import held, sys\nprint(held.value)\nprint('oh', file=sys.stderr)"),
            ("html", "<b>hi</b>"),
            ("sh", "echo from sh; exit 3"),
            ("python", "print('never')"),
        )
    )
    assert result.exit_code == 3
    first, second, *rest = result.output.splitlines()
    assert (first, second, rest[-1]) == (
        "oh",
        "5",
        "from sh",
    )  # what went wrong stands before what was printed
    assert rest[0].startswith(f"Code saved to {open_path}")
    assert result.code_file == str(open_path / "held.py")
    assert sorted(path.suffix for path in open_path.glob("tmp_code_*")) == [".html", ".py", ".sh"]
    assert executor.work_dir == open_path
    with pytest.warns(UserWarning, match="No action is taken"):
        executor.restart()


@sandboxed
def test_how_blocks_end(open_path: Path) -> None:
    executor = LocalCommandLineCodeExecutor(
        1, work_dir=open_path, execution_policies={"python": True, "sh": False}
    )
    assert executor.execute_code_blocks(blocks(("python", "while True: pass"))).output == "\nTimeout"
    assert executor.execute_code_blocks(blocks(("java", "x"))).output == "\nunknown language java"
    assert (
        "not in the workspace" in executor.execute_code_blocks(blocks(("python", "# filename: /x\n1"))).output
    )
    assert "'rm -rf' is not run" in executor.execute_code_blocks(blocks(("bash", "rm -rf x"))).output
    assert "Code saved" in executor.execute_code_blocks(blocks(("sh", "echo hi"))).output
    assert (
        executor.execute_code_blocks(blocks(("python", "import os; os.kill(os.getpid(), 9)"))).exit_code
        == 137
    )
    assert executor.execute_code_blocks([]).exit_code == 0
    css = LocalCommandLineCodeExecutor(work_dir=open_path, execution_policies={"css": True})
    assert "no program runs css" in css.execute_code_blocks(blocks(("css", "b {}"))).output


@sandboxed
def test_a_full_disk_limit_is_told(open_path: Path) -> None:
    executor = LocalCommandLineCodeExecutor(work_dir=open_path)
    code = "f = open('big', 'wb'); f.truncate(2 << 30)\nf.seek((2 << 30) - 1); f.write(b'x'); f.flush()"
    result = executor.execute_code_blocks(blocks(("python", code)))
    assert result.exit_code != 0


@sandboxed
def test_programs_see_the_folder_and_no_network(open_path: Path) -> None:
    secret = open_path / "outside.txt"
    secret.write_text("secret")
    inside = open_path / "work"
    code = f"import os, socket\nprint(os.path.exists({str(secret)!r}))\nsocket.create_connection(('127.0.0.1', 9))"
    result = LocalCommandLineCodeExecutor(work_dir=inside).execute_code_blocks(blocks(("python", code)))
    assert result.exit_code == 1
    assert result.output.rstrip().endswith("False")
    assert "Error" in result.output


@sandboxed
def test_functions_are_there_to_import(open_path: Path) -> None:
    @with_requirements(
        global_imports=[
            "math",
            ImportFromModule("os", ["path", Alias("sep", "separator")]),
            Alias("json", "j"),
        ]
    )
    def area(radius: float) -> float:
        """The area of a circle."""
        return float(math.pi * radius**2 // 0.01 / 100)  # type: ignore[name-defined]  # noqa: F821  # imported where it runs

    def twice(number: int) -> int:
        return 2 * number

    text = FunctionWithRequirements.from_str("def thrice(n):\n    return 3 * n\n")
    executor = LocalCommandLineCodeExecutor(
        work_dir=open_path, functions=[area, twice, text], functions_module="mine"
    )
    code = "from mine import area, twice, thrice, separator\nprint(area(1), twice(2), thrice(2), separator)"
    assert (
        executor.execute_code_blocks(blocks(("python", code), ("python", "print(1)"))).output
        == "3.14 4 6 /\n1\n"
    )
    told = executor.format_functions_for_prompt()
    assert "`mine`" in told
    assert "def area(radius: float) -> float:" in told
    assert "The area of a circle." in told
    assert "math.pi" not in told
    assert executor.functions_module == "mine"
    assert len(executor.functions) == 3
    assert executor.format_functions_for_prompt("$module_name").strip() == "mine"


@sandboxed
def test_functions_that_lack_something_are_told_of(open_path: Path) -> None:
    broken = FunctionWithRequirements.from_str("def f(x=missing):\n    return x")
    executor = LocalCommandLineCodeExecutor(work_dir=open_path, functions=[broken])
    with pytest.raises(ValueError, match="functions f cannot be imported"):
        executor.execute_code_blocks(blocks(("python", "1")))


def test_functions_are_functions() -> None:
    wrapped = with_requirements(python_packages=["numpy"])(lambda: 3)
    assert wrapped() == 3
    assert FunctionWithRequirements.from_callable(len)("ab") == 2
    with pytest.raises(ConfigError, match=r"need numpy.*virtual_env_context"):
        LocalCommandLineCodeExecutor(functions=[wrapped])
    for text in ("x = 1", "def f(:"):
        with pytest.raises(ValueError, match="function"):
            FunctionWithRequirements.from_str(text)
    with pytest.raises(ValueError, match="written somewhere"):
        to_stub(len)


@sandboxed
@pytest.mark.skipif(
    not sys.base_prefix.startswith("/usr"), reason="this Python is no program of the system's"
)
def test_an_environment_is_used(open_path: Path) -> None:
    environment = create_virtual_env(str(open_path / "env"), with_pip=False)
    executor = LocalCommandLineCodeExecutor(virtual_env_context=environment, work_dir=open_path / "work")
    result = executor.execute_code_blocks(blocks(("python", "import sys; print(sys.prefix)")))
    assert result.output.strip() == str(open_path / "env")


def test_folders_of_an_environment_are_readable_inside(tmp_path: Path) -> None:
    named = SimpleNamespace(
        env_dir=str(tmp_path), bin_path=str(tmp_path / "bin"), env_exe=str(tmp_path / "bin/py")
    )
    executor = LocalCommandLineCodeExecutor(virtual_env_context=named)
    assert executor._folders_of_environment()[0] == str(tmp_path)
    assert executor._programs.python == str(tmp_path / "bin/py")
    assert executor._programs.env["PATH"].startswith(str(tmp_path / "bin"))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"timeout": 0}, "seconds from 1"),
        ({"timeout": "soon"}, "number of seconds"),
        ({"work_dir": 3}, "work_dir is a path"),
        ({"virtual_env_context": 3}, "create_virtual_env"),
        ({"functions": 3}, "list of functions"),
        ({"functions_module": "a-b"}, "Python can import"),
        ({"timeouts": 3}, "no option timeouts; it has: timeout"),
    ],
)
def test_bad_options_are_named(options: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        CodeExecutorFactory.create({"executor": "commandline-local", "commandline-local": options})


def test_unknown_executors_are_named() -> None:
    for asked in (None, "zz", 3):
        with pytest.raises(ValueError, match=r"Unknown code executor .*: known are"):
            CodeExecutorFactory.create({"executor": asked})
    with pytest.raises(ValueError, match="holds the executor's options"):
        CodeExecutorFactory.create({"executor": "commandline-local", "commandline-local": 3})
    for name in ("commandline-local", "ipython-embedded"):
        with pytest.raises(ValueError, match="no option size; it has: timeout"):
            CodeExecutorFactory.create({"executor": name, name: {"size": 3}})


def test_a_folder_that_cannot_be_made_is_told_at_once() -> None:
    for kind in (LocalCommandLineCodeExecutor, DockerCommandLineCodeExecutor):
        with pytest.raises(FileNotFoundError, match="there is no folder"):
            kind(work_dir="/invalid/directory")
        assert isinstance(kind, CodeExecutor)


def test_containers_see_the_folder_where_it_is(tmp_path: Path) -> None:
    executor = DockerCommandLineCodeExecutor(work_dir=tmp_path, bind_dir=tmp_path)
    assert executor.bind_dir == tmp_path
    with pytest.raises(ValueError, match="has to see files where they are written"):
        DockerCommandLineCodeExecutor(work_dir=tmp_path, bind_dir=tmp_path / "other")


def test_pods_are_made_here(tmp_path: Path) -> None:
    executor = PodCommandLineCodeExecutor(namespace="mine", kube_config_file=str(tmp_path / "none"))
    assert (executor.timeout, str(executor.work_dir)) == (60, "/workspace")
    with executor, pytest.raises(ExecutorUnavailable):
        executor.execute_code_blocks(blocks(("python", "1")))
    assert executor._programs.policies["python"]
    with pytest.raises(ValueError, match="pod_spec"):
        PodCommandLineCodeExecutor(pod_spec={"kind": "Pod"})
    with pytest.raises(ValueError, match="work_dir is /workspace"):
        PodCommandLineCodeExecutor(work_dir=tmp_path)


@pytest.mark.engines
def test_programs_run_in_containers_and_leave_their_files(
    monkeypatch: pytest.MonkeyPatch, open_path: Path
) -> None:
    try:
        with machinery.docker() as service:
            monkeypatch.setenv("DOCKER_HOST", f"unix://{service.socket}")
            with DockerCommandLineCodeExecutor(machinery.IMAGE, work_dir=open_path) as executor:
                result = executor.execute_code_blocks(
                    blocks(
                        ("python", "# filename: held.py\nvalue = 5"),
                        (
                            "py",
                            "import held, os\nprint(held.value, os.listdir('/home') if os.path.exists('/home') else [])",
                        ),
                        ("html", "<b>hi</b>"),
                        ("sh", "echo from sh; exit 3"),
                    )
                )
            assert result.exit_code == 3
            assert result.output.startswith("5 []\nCode saved to ")
            assert result.output.endswith("from sh\n")
            assert (open_path / "held.py").exists()
            assert execute_code("print(6 * 7)", use_docker=machinery.IMAGE) == (0, "42\n", machinery.IMAGE)
            assert is_docker_running()
            assert service.containers() == []
    except machinery.CannotStart as error:
        pytest.skip(f"no docker: {error}")
