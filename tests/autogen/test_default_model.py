"""What the layer says of the model of an agent that was given none."""

from __future__ import annotations

from pathlib import Path

import pytest

from typedagents.autogen import AssistantAgent, ConversableAgent, UserProxyAgent, using
from typedagents.autogen.layer.default_model import announced, announcement, default_model
from typedagents.autogen.layer.models import provider_of
from typedagents.core.errors import ConfigError
from typedagents.providers import AnthropicMessages

SECRET = "sk-secret-0123456789"


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in (
        "OAI_CONFIG_LIST",
        "OPENAI_API_KEY",
        "OPENAI_BASE_URL",
        "OPENAI_MODEL",
        "TYPEDAGENTS_CONFIG",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("TYPEDAGENTS_MODEL", str(tmp_path / "none.gguf"))
    monkeypatch.chdir(tmp_path)


def test_where_nothing_is_found_it_is_told_in_the_words_of_the_layer() -> None:
    with pytest.raises(ConfigError, match=r"(?s)llm_config and the other arguments.*llm_config=False is for"):
        default_model()


def test_an_agent_with_replies_of_its_own_needs_none_until_it_asks_one() -> None:
    user = UserProxyAgent("user", human_input_mode="NEVER", code_execution_config=False)
    assistant = AssistantAgent("assistant")
    with using(store=None), pytest.raises(ConfigError, match="no model to ask"):
        user.initiate_chat(assistant, message="hello", silent=True)
    assert user.chat_messages[assistant] == []
    answers = iter([(True, "one"), (False, None)])
    assistant.register_reply([ConversableAgent], lambda recipient, messages, sender, config: next(answers))
    with using(store=None):
        result = user.initiate_chat(assistant, message="hello", silent=True, max_turns=1)
        assert result.summary == "one"
        with pytest.raises(ConfigError, match="no model to ask"):
            user.initiate_chat(assistant, message="hello", silent=True, max_turns=1)


def test_what_was_found_is_announced_and_asked_without_its_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", SECRET)
    monkeypatch.setenv("ANTHROPIC_MODEL", "claude")
    found = default_model()
    told = "No llm_config was given; using claude (the environment variables ANTHROPIC_API_KEY, ANTHROPIC_MODEL)."
    assert announcement(found) == told
    provider = provider_of({"config_list": list(found.entries)})
    assert AnthropicMessages.__name__ in repr(provider)
    assert SECRET not in repr((found, provider))


def test_it_is_announced_once() -> None:
    shown: list[str] = []

    def show(text: str) -> None:
        shown.append(text)

    for _ in range(3):
        announced("using m of this test", show)
    announced("using m of this test", print)
    assert shown == ["using m of this test"]
