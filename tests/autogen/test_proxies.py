"""User proxies whose code runs in a container, or in a pod."""

from __future__ import annotations

from collections import deque
from pathlib import Path

import anyio
import pytest

from tests.executors import machinery
from tests.kubernetes.loopback import SUCCESS, Api, Play
from typedagents.autogen import AssistantAgent, ChatResult, UserProxyAgent, using
from typedagents.autogen.coding import (
    CodeExecutor,
    DockerCommandLineCodeExecutor,
    PodCommandLineCodeExecutor,
)
from typedagents.interpreter.traces import TraceMemory
from typedagents.testing import scripted_model

PROGRAM = "Let us see.\n```python\nprint(6 * 7)\n```"


def pair(executor: CodeExecutor) -> tuple[UserProxyAgent, AssistantAgent]:
    """A user proxy that runs code, and the agent that writes it."""
    runs = {"executor": executor}
    user = UserProxyAgent("user_proxy", human_input_mode="NEVER", code_execution_config=runs)
    return user, AssistantAgent("assistant", llm_config={"model": "m", "api_key": "k"})


def said(result: ChatResult) -> list[object]:
    return [one["content"] for one in result.chat_history]


RAN = ["Compute.", PROGRAM, "exitcode: 0 (execution succeeded)\nCode output: 42", "It is 42."]


def test_code_runs_in_a_pod(tmp_path: Path) -> None:
    pytest.importorskip("httpx_ws")
    pytest.importorskip("yaml")
    written, ran = Play((b"\x0112 5 now\n", SUCCESS)), Play((b"\x0142\n", SUCCESS))
    api = Api(plays=deque([written, ran]))

    async def main() -> ChatResult:
        async with api.listening() as cluster:
            (tmp_path / "config").write_text(
                "current-context: here\n"
                "contexts:\n- {name: here, context: {cluster: a, user: b, namespace: mine}}\n"
                f"clusters:\n- {{name: a, cluster: {{server: '{cluster.server}'}}}}\n"
                "users:\n- {name: b, user: {token: sesame}}\n"
            )
            executor = PodCommandLineCodeExecutor(kube_config_file=str(tmp_path / "config"))
            user, assistant = pair(executor)
            return await user.a_initiate_chat(assistant, message="Compute.", max_turns=2, silent=True)

    with using(models=scripted_model(PROGRAM, "It is 42."), store=TraceMemory()):
        assert said(anyio.run(main)) == RAN
    assert b"print(6 * 7)" in b"".join(heard.body for heard in api.heard)
    assert {heard.path.split("/")[4] for heard in api.heard} == {"mine"}
    assert [heard.method for heard in api.heard][-1] == "DELETE"


@pytest.mark.engines
def test_code_runs_in_a_container(monkeypatch: pytest.MonkeyPatch, open_path: Path) -> None:
    try:
        with machinery.docker() as service:
            monkeypatch.setenv("DOCKER_HOST", f"unix://{service.socket}")
            user, assistant = pair(DockerCommandLineCodeExecutor(machinery.IMAGE, work_dir=open_path))
            with using(models=scripted_model(PROGRAM, "It is 42."), store=TraceMemory()):
                result = user.initiate_chat(assistant, message="Compute.", max_turns=2, silent=True)
            assert said(result) == RAN
            assert service.containers() == []
    except machinery.CannotStart as error:
        pytest.skip(f"no docker: {error}")
