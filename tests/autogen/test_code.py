"""Code that others write is run: in a sandbox over ``work_dir``, or as the program says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from typedagents.autogen import AssistantAgent, ChatResult, ConversableAgent, UserProxyAgent, replaying, using
from typedagents.core.code import CodeResult, RunCode
from typedagents.core.handler import Call
from typedagents.interpreter.traces import TraceMemory
from typedagents.testing import calling, scripted_executor, scripted_model

PYTHON = "Run this.\n```python\nprint(6 * 7)\n```"


@pytest.fixture(autouse=True)
def recorded() -> Iterator[None]:
    with using(store=TraceMemory()):
        yield


def contents(result: ChatResult) -> list[object]:
    return [one["content"] for one in result.chat_history]


def solved(user: ConversableAgent, *lines: str) -> ChatResult:
    assistant = AssistantAgent("assistant", llm_config={"model": "m"})
    with using(models=scripted_model(*lines)):
        return user.initiate_chat(assistant, message="What is six times seven?")


def proxy(config: dict[str, object]) -> UserProxyAgent:
    return UserProxyAgent("user_proxy", human_input_mode="NEVER", code_execution_config=config)


def test_two_agents_solve_a_task_by_code(open_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with using(name="solved"):
        result = solved(proxy({"work_dir": str(open_path)}), PYTHON, "TERMINATE")
    ran = "exitcode: 0 (execution succeeded)\nCode output: 42"
    assert [str(one).rstrip() for one in contents(result)] == [
        "What is six times seven?",
        PYTHON,
        ran,
        "TERMINATE",
    ]
    assert ">>>>>>>> EXECUTING CODE BLOCK (inferred language is python)..." in capsys.readouterr().out
    with replaying("solved"):
        assert contents(solved(proxy({"work_dir": str(open_path)}), PYTHON, "TERMINATE")) == contents(result)


def test_files_stay_in_the_work_dir(open_path: Path) -> None:
    code = "```sh\necho kept > kept.txt\n```"
    solved(proxy({"work_dir": str(open_path)}), code, "TERMINATE")
    assert (open_path / "kept.txt").read_text() == "kept\n"


def test_what_fails_is_told() -> None:
    result = solved(proxy({}), "```python\nraise SystemExit(3)\n```", "TERMINATE")
    assert str(contents(result)[2]).startswith("exitcode: 3 (execution failed)\nCode output: ")


def test_several_blocks(capsys: pytest.CaptureFixture[str]) -> None:
    with using(executor=scripted_executor("both")):
        solved(proxy({}), "```python\n1\n```\nand\n```sh\nls\n```", "TERMINATE")
    out = capsys.readouterr().out
    assert ">>>>>>>> EXECUTING 2 CODE BLOCKS (inferred languages are [python, sh])..." in out


def test_only_so_many_messages_back() -> None:
    user = proxy({"last_n_messages": 3})
    code = {"content": "```python\nprint('hi')\n```", "role": "user"}
    plain = {"content": "nothing", "role": "user"}
    with using(executor=scripted_executor("hi")):
        assert user.generate_code_execution_reply([code, plain, plain]) == (
            True,
            "exitcode: 0 (execution succeeded)\nCode output: hi",
        )
        assert user.generate_code_execution_reply([code, plain, plain], config={"last_n_messages": 1}) == (
            False,
            None,
        )
    with pytest.raises(ValueError, match="last_n_messages"):
        proxy({"last_n_messages": -1})


class Runs(UserProxyAgent):
    """Runs code in its own way."""

    def run_code(self, code: str, **kwargs: object) -> tuple[int, str, str | None]:
        return 0, f"{kwargs['lang']} of {len(code)} letters", None


class RunsAll(UserProxyAgent):
    """Runs blocks in its own way."""

    def execute_code_blocks(self, code_blocks: Sequence[tuple[str, str]]) -> tuple[int, str]:
        return 1, f"{code_blocks}"


def test_subclasses_run_code_in_their_own_way() -> None:
    user = Runs("user_proxy", human_input_mode="NEVER")
    assert contents(solved(user, "```python\n1\n```", "TERMINATE"))[2] == (
        "exitcode: 0 (execution succeeded)\nCode output: \npython of 1 letters"
    )
    other = RunsAll("user_proxy", human_input_mode="NEVER")
    assert str(contents(solved(other, "```python\n1\n```", "TERMINATE"))[2]).startswith(
        "exitcode: 1 (execution failed)"
    )


class Own:
    """An executor of the core."""

    def run(self, request: RunCode, call: Call, /) -> CodeResult:
        raise LookupError("no machine")


def test_an_executor_that_breaks_is_raised() -> None:
    with using(executor=Own()), pytest.raises(LookupError, match="no machine"):
        solved(proxy({}), PYTHON, "TERMINATE")


def test_functions_that_run_code() -> None:
    chatbot = AssistantAgent("assistant", model="gpt-4-0613", functions=[{"name": "sh"}])
    user_proxy = UserProxyAgent("user_proxy", human_input_mode="NEVER")

    def exec_sh(script: str) -> object:
        return user_proxy.execute_code_blocks([("sh", script)])

    user_proxy.register_function(function_map={"sh": exec_sh})
    with using(models=scripted_model(calling("sh", script="echo $((6*7))"), "TERMINATE"), name="sh"):
        result = user_proxy.initiate_chat(chatbot, message="Draw.", max_turns=2, silent=True)
    assert result.chat_history[2]["content"] == '[0, "42"]'


def test_settings_that_contradict_each_other() -> None:
    with pytest.raises(ValueError, match="code_execution_config"):
        ConversableAgent("a", code_execution_config=3)  # type: ignore[arg-type]  # on purpose
    with pytest.raises(ValueError, match="work_dir"):
        ConversableAgent("a", code_execution_config={"executor": Own(), "work_dir": "x"})
