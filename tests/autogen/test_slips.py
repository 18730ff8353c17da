"""Common slips get messages by which they are known."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest

from typedagents.autogen import AssistantAgent, ConversableAgent, UserProxyAgent, register_function, using
from typedagents.core.errors import ConfigError
from typedagents.core.model import ModelReply
from typedagents.core.parts import ToolCall
from typedagents.core.stop import DecisionLimit
from typedagents.testing import scripted_human, scripted_model

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


def test_a_function_of_the_agent_whose_model_calls_it() -> None:
    assistant = AssistantAgent("assistant", llm_config=MODEL)
    user = ConversableAgent("user", human_input_mode="NEVER")
    register_function(add, caller=assistant, executor=assistant, description="Adds.")
    with (
        using(models=scripted_model("TERMINATE"), store=None),
        pytest.warns(
            UserWarning, match="'assistant' has 'add' itself, but an agent runs the calls of others"
        ),
    ):
        user.initiate_chat(assistant, message="go", silent=True)


def test_a_function_of_which_no_model_is_told() -> None:
    def double(a: int) -> int:
        return 2 * a

    assistant = AssistantAgent("assistant", llm_config=MODEL)
    user = ConversableAgent("user", human_input_mode="NEVER", function_map={"of_old": double})
    user.register_for_execution()(double)
    with (
        using(models=scripted_model("TERMINATE"), store=None),
        pytest.warns(UserWarning, match="'user' has 'double', of which no model was told.*'assistant', by"),
    ):
        user.initiate_chat(assistant, message="go", silent=True)
    AssistantAgent("other", llm_config=MODEL).register_for_llm(description="Doubles.")(double)
    with using(models=scripted_model("TERMINATE"), store=None):  # warnings are errors here: there is none
        user.initiate_chat(assistant, message="go", silent=True)


@pytest.mark.parametrize("said", ["Done. TERMINATE", "**TERMINATE**", "Terminate.", "`TERMINATE`"])
def test_terminate_in_a_form_that_does_not_end_a_chat(said: str) -> None:
    assistant = AssistantAgent("assistant", llm_config=MODEL, is_termination_msg=lambda message: False)
    user = ConversableAgent("user", human_input_mode="NEVER")
    with (
        using(models=scripted_model(said), store=None),
        pytest.warns(UserWarning, match=r"'assistant' said .* for 'user', who hears it"),
    ):
        user.initiate_chat(assistant, message="go", silent=True, max_turns=1)
    strict = ConversableAgent(
        "strict",
        human_input_mode="NEVER",
        is_termination_msg=lambda message: message["content"] == "TERMINATE!",
    )
    with (
        using(models=scripted_model(said), store=None),
        pytest.warns(UserWarning, match="the is_termination_msg of 'strict', who hears it, does not hold"),
    ):
        strict.initiate_chat(assistant, message="go", silent=True, max_turns=1)


def test_terminate_that_is_heard_or_said_of_something_else() -> None:
    assistant = AssistantAgent("assistant", llm_config=MODEL)
    user = ConversableAgent("user", is_termination_msg=lambda message: "TERMINATE" in message["content"])
    human = scripted_human("go on", "exit")
    with using(models=scripted_model("Done. TERMINATE", "I terminate it."), human=human, store=None):
        held = user.initiate_chat(assistant, message="go", silent=True, max_turns=2)
    assert isinstance(
        held.stop_reason, DecisionLimit
    )  # and there was no warning, which would be an error here


def test_an_is_termination_msg_that_is_async() -> None:
    async def over(message: object) -> bool:
        return False

    with pytest.raises(ValueError, match=r"is_termination_msg .*over is async, and nobody awaits it"):
        ConversableAgent("user", is_termination_msg=over)


def test_code_of_the_agent_that_has_the_executor() -> None:
    assistant = AssistantAgent("assistant", llm_config=MODEL, code_execution_config={})
    user = ConversableAgent("user", human_input_mode="NEVER", default_auto_reply=None)
    with (
        using(models=scripted_model("```python\nprint(1)\n```"), store=None),
        pytest.warns(
            UserWarning, match="'assistant' wrote code, and nobody ran it.*give that of 'assistant' to 'user'"
        ),
    ):
        user.initiate_chat(assistant, message="go", silent=True)


def forgets_to_await(one: ConversableAgent, other: ConversableAgent) -> None:
    chat = one.a_initiate_chat(other, message="hi")
    del chat
    gc.collect()


def test_a_chat_that_is_never_awaited() -> None:
    one, other = ConversableAgent("one"), ConversableAgent("other")
    with pytest.warns(
        RuntimeWarning, match=r"coroutine 'ConversableAgent.a_initiate_chat' was never awaited"
    ):
        forgets_to_await(one, other)


async def greeting() -> str:
    return "hi"


def test_a_message_and_a_reply_that_are_never_awaited() -> None:
    one = ConversableAgent("one", human_input_mode="NEVER")
    other = ConversableAgent("other", human_input_mode="NEVER")
    words = greeting()
    with (
        using(store=None),
        pytest.raises(ValueError, match=r"greeting.*never awaited: write await before it"),
    ):
        one.initiate_chat(other, message=words, silent=True)  # type: ignore[arg-type]  # the slip
    words.close()
    answer = greeting()
    other.register_reply(ConversableAgent, lambda *_, **__: (True, answer))
    with (
        using(store=None),
        pytest.raises(ValueError, match=r"greeting.*never awaited: write await before it"),
    ):
        one.initiate_chat(other, message="hi", silent=True)
    answer.close()


def test_a_reply_function_that_is_async_in_a_chat_that_is_not() -> None:
    async def reply(*_: object, **__: object) -> tuple[bool, str]:
        return True, "hi"

    one, other = ConversableAgent("one", human_input_mode="NEVER"), ConversableAgent("other")
    other.register_reply(ConversableAgent, reply)
    with (
        using(store=None),
        pytest.raises(RuntimeError, match=r"reply of 'other' is async.*begin it with a_initiate_chat"),
    ):
        one.initiate_chat(other, message="hi", silent=True)


def test_a_tool_that_is_async_in_a_chat_that_is_not() -> None:
    async def add(a: int, b: int) -> int:
        return a + b

    assistant = AssistantAgent("assistant", llm_config=MODEL)
    user = ConversableAgent("user", human_input_mode="NEVER")
    register_function(add, caller=assistant, executor=user, description="Adds.")
    called = ModelReply((ToolCall("1", "add", '{"a": 1, "b": 2}'),))
    with using(models=scripted_model(called, "TERMINATE"), store=None):
        held = user.initiate_chat(assistant, message="go", silent=True)
    assert [one["content"] for one in held.chat_history] == ["go", None, "3", "TERMINATE"]


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
