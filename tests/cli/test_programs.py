"""What a program for AutoGen finds here."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.calling import call
from typedagents.autogen.layer.remarks import DIFFERS, NOT_HERE
from typedagents.cli.program import Use, judged, uses_in

PROGRAM = """
import os
import autogen
import autogen.agentchat as talk
from autogen import AssistantAgent as Assistant, UserProxyAgent
from autogen.agentchat.contrib.gpt_assistant_agent import GPTAssistantAgent
from autogen.coding import LocalCommandLineCodeExecutor
from . import autogen_like

executor = LocalCommandLineCodeExecutor(work_dir="coding")
user = UserProxyAgent("user", code_execution_config={"executor": executor}, silly=1)
bot = Assistant("bot", llm_config={"config_list": autogen.config_list_from_json("OAI_CONFIG_LIST")})
talk.initiate_chats([])
autogen.ChatCompletion.set_cache(41)
autogen.register_function(os.getcwd, caller=bot, executor=user, description="d", sillier=2)
"""


def test_names_are_followed_from_the_imports() -> None:
    found = list(uses_in(PROGRAM, "p.py"))

    assert Use("config_list_from_json", 12) in found
    assert Use("agentchat.initiate_chats", 13) in found
    assert Use("UserProxyAgent", 11, ("code_execution_config", "silly")) in found
    assert Use("AssistantAgent", 12, ("llm_config",)) in found
    assert Use("agentchat.contrib.gpt_assistant_agent.GPTAssistantAgent", 6) in found
    assert not [one for one in found if "like" in one.name or "getcwd" in one.name]
    assert found == sorted(found, key=lambda one: one.line)


def test_what_is_missing_and_what_differs_is_told(tmp_path: Path) -> None:
    (tmp_path / "p.py").write_text(PROGRAM)
    done = call("doctor", "p.py", folder=tmp_path)

    assert done.returncode == 4, done.stderr
    lines = [line.strip() for line in done.stdout.splitlines()]
    told = " ".join(lines)
    assert "missing line 6: agentchat.contrib.gpt_assistant_agent.GPTAssistantAgent: OpenAI ends" in told
    assert "differs line 7: coding.LocalCommandLineCodeExecutor: code runs in bubblewrap" in told
    assert "differs line 11: UserProxyAgent(code_execution_config=...): code runs in" in told
    assert "missing line 15: register_function(sillier=...): is not taken" in told
    assert "all of them" not in told


def test_a_program_that_finds_all_is_told_so(tmp_path: Path) -> None:
    (tmp_path / "p.py").write_text("import pyautogen as ag\nag.ConversableAgent('a', llm_config=False)\n")
    done = call("doctor", "p.py", folder=tmp_path)

    assert (done.returncode, "all of them are there" in done.stdout) == (0, True)


@pytest.mark.parametrize(
    ("text", "says"),
    [("def (", "is no Python program: line 1"), (None, "cannot be read as a program")],
)
def test_what_is_no_program_is_said(tmp_path: Path, text: str | None, says: str) -> None:
    if text is not None:
        (tmp_path / "p.py").write_text(text)
    done = call("doctor", "p.py", folder=tmp_path)

    assert done.returncode == 4
    assert says in " ".join(done.stderr.split())


def test_a_program_without_autogen_is_told_so(tmp_path: Path) -> None:
    (tmp_path / "p.py").write_text("import json\njson.dumps(1)\n")

    assert "imports nothing of autogen" in call("doctor", "p.py", folder=tmp_path).stdout


def test_what_is_said_to_be_missing_is() -> None:
    for name in NOT_HERE:
        (found,) = judged(Use(name, 1))
        assert not found.there


def test_what_is_said_to_differ_is_there() -> None:
    from typedagents import autogen

    names = {one for one in DIFFERS if not one.endswith("=")}
    elsewhere = {
        "PodCommandLineCodeExecutor": "coding",
        "DockerCommandLineCodeExecutor": "coding",
        "LocalCommandLineCodeExecutor": "coding",
        "LocalJupyterServer": "coding.jupyter",
        "DockerJupyterServer": "coding.jupyter",
        "JupyterCodeExecutor": "coding.jupyter",
        "count_token": "token_count_utils",
        "get_function_schema": "function_utils",
        "visualize_speaker_transitions_dict": "graph_utils",
        "DalleImageGenerator": "agentchat.contrib.capabilities.generate_images",
        "LLaVAAgent": "agentchat.contrib.llava_agent",
        "MathUserProxyAgent": "agentchat.contrib.math_user_proxy_agent",
        "Teachability": "agentchat.contrib.capabilities.teachability",
        "register_model_client": "ConversableAgent",
    }
    for name in sorted(names):
        place = elsewhere.get(name)
        assert hasattr(autogen, name) or place, name
        (found,) = judged(Use(f"{place}.{name}" if place else name, 1))
        assert found.there, name
