"""Common slips get messages by which they are known."""

from __future__ import annotations

from pathlib import Path

import pytest

from typedagents.autogen import AssistantAgent, ConversableAgent, UserProxyAgent, register_function, using
from typedagents.core.errors import ConfigError
from typedagents.testing import scripted_model

MODEL = {"model": "m"}


def add(a: int, b: int) -> int:
    return a + b


def test_a_function_that_one_side_alone_knows() -> None:
    assistant = AssistantAgent("assistant", llm_config=MODEL)
    user = UserProxyAgent("user", human_input_mode="NEVER", code_execution_config=False)
    assistant.register_for_llm(description="Adds.")(add)
    with (
        using(models=scripted_model("TERMINATE"), store=None),
        pytest.warns(UserWarning, match="'assistant' is told of 'add', and 'user'"),
    ):
        user.initiate_chat(assistant, message="go", silent=True)
    other = UserProxyAgent("other", human_input_mode="NEVER", code_execution_config=False)
    with pytest.warns(UserWarning, match="told of 'add' before"):
        register_function(add, caller=assistant, executor=other, description="Adds.")
    with using(models=scripted_model("TERMINATE"), store=None):
        other.initiate_chat(assistant, message="go", silent=True)


def test_terminate_among_other_words() -> None:
    assistant = AssistantAgent("assistant", llm_config=MODEL)
    user = ConversableAgent("user", human_input_mode="NEVER")
    with (
        using(models=scripted_model("Done. TERMINATE"), store=None),
        pytest.warns(UserWarning, match="'assistant' said TERMINATE among other words"),
    ):
        user.initiate_chat(assistant, message="go", silent=True, max_turns=1)


def test_a_function_without_a_description_or_a_model() -> None:
    def add(a: int, b: int) -> int:
        return a + b

    assistant = AssistantAgent("assistant", llm_config=MODEL)
    with pytest.raises(ValueError, match="needs a description"):
        assistant.register_for_llm()(add)
    with pytest.raises(AssertionError, match="has no model"):
        ConversableAgent("a").register_for_llm(description="Adds.")(add)
    with pytest.raises(ValueError, match="a function's name"):
        assistant.register_for_llm(name="no name", description="Adds.")(add)


def test_keywords_that_nobody_knows() -> None:
    with pytest.raises(TypeError, match="takes no 'sytem_message'"):
        AssistantAgent("assistant", sytem_message="x")


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Nothing is configured."""
    for name in ("OAI_CONFIG_LIST", "OPENAI_API_KEY", "AZURE_OPENAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_no_model_anywhere(bare: Path) -> None:
    said: list[str] = []
    user = ConversableAgent("user", human_input_mode="NEVER")
    user.register_hook("process_message_before_send", lambda **given: said.append("sent"))
    with using(store=None), pytest.raises(ConfigError, match="OAI_CONFIG_LIST"):
        user.initiate_chat(AssistantAgent("assistant"), message="hello")
    assert not said


def test_the_configured_model_is_told_of(
    bare: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OAI_CONFIG_LIST", '[{"model": "found-here", "api_key": "k"}]')
    assistant = AssistantAgent("assistant")
    assert assistant.model_config == {"config_list": [{"model": "found-here", "api_key": "k"}]}
    assert capsys.readouterr().out.startswith("No llm_config was given; using found-here")
    assert AssistantAgent("other").model_config == assistant.model_config
    assert not capsys.readouterr().out
    assert AssistantAgent("none", llm_config=False).model_config == {}
