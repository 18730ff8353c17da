"""What ``runtime_logging`` writes: of chats, of single questions, and of what programs tell it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from typedagents.autogen import AssistantAgent, OpenAIWrapper, UserProxyAgent, register_function, using
from typedagents.autogen import runtime_logging as log
from typedagents.autogen.logger import FileLogger, LoggerFactory, SqliteLogger
from typedagents.autogen.logger.logger_utils import to_dict
from typedagents.autogen.logger.rows import RowLogger
from typedagents.core.errors import ConfigError, ProviderError
from typedagents.testing import calling, scripted_model

KEY = "sk-not-to-be-seen"


@pytest.fixture
def database() -> Iterator[sqlite3.Connection]:
    log.start(config={"dbname": ":memory:"})
    connection = log.get_connection()
    assert connection is not None
    connection.row_factory = sqlite3.Row
    yield connection
    log.stop()
    assert not log.logging_enabled()


def rows(database: sqlite3.Connection, table: str) -> list[dict[str, object]]:
    return [dict(row) for row in database.execute(f"SELECT * FROM {table}")]  # a name of ours


def add(a: int, b: int) -> str:
    return str(a + b)


def hold_chat() -> None:
    """A chat with a call of a function, one that was written wrongly, and one of nobody's."""
    config = {"config_list": [{"model": "m", "api_key": KEY, "base_url": "http://hidden.example/v1"}]}
    user = UserProxyAgent("user", human_input_mode="NEVER", code_execution_config=False)
    assistant = AssistantAgent("assistant", llm_config=config)
    register_function(add, caller=assistant, executor=user, description="Adds.")
    calls = (calling("add", a=1, b=2), calling("nobodys"))
    with using(store=None, models=scripted_model(*calls, "TERMINATE")):
        user.initiate_chat(assistant, message="What is 1 + 2?", silent=True)


def test_a_chat_is_logged(database: sqlite3.Connection) -> None:
    hold_chat()
    asked = rows(database, "chat_completions")
    assert [row["source_name"] for row in asked] == ["assistant"] * 3
    assert json.loads(f"{asked[0]['request']}")["messages"][-1]["content"] == "What is 1 + 2?"
    assert json.loads(f"{asked[2]['response']}")["choices"][0]["message"]["content"] == "TERMINATE"
    assert all(row["start_time"] and row["client_id"] and row["wrapper_id"] for row in asked)
    agents = rows(database, "agents")
    assert [(row["name"], row["class"]) for row in agents] == [
        ("user", "UserProxyAgent"),
        ("assistant", "AssistantAgent"),
    ]
    (used,) = rows(database, "function_calls")
    assert (used["source_name"], used["function_name"], used["returns"]) == ("user", "add", '"3"')
    assert json.loads(f"{used['args']}") == {"a": 1, "b": 2}
    said = rows(database, "events")
    assert [row["source_name"] for row in said] == [
        "user",
        "assistant",
        "user",
        "assistant",
        "user",
        "assistant",
    ]
    assert json.loads(f"{said[0]['json_state']}")["message"]["content"] == "What is 1 + 2?"
    assert said[0]["agent_class_name"] == "UserProxyAgent"
    assert rows(database, "version") == [{"id": 1, "version_number": 1}]
    whole = "".join(database.iterdump())
    assert KEY not in whole
    assert "hidden.example" not in whole


def test_arguments_that_no_function_takes_are_logged_as_they_came(database: sqlite3.Connection) -> None:
    user = UserProxyAgent("user", human_input_mode="NEVER", code_execution_config=False)
    assistant = AssistantAgent("assistant", llm_config={"model": "m", "api_key": KEY})
    register_function(add, caller=assistant, executor=user, description="Adds.")
    broken = {"role": "assistant", "content": "", "function_call": {"name": "add", "arguments": "{nothing"}}
    with using(store=None):
        assert user.generate_reply([broken], assistant) is not None
    assert [row["args"] for row in rows(database, "function_calls")] == ['{"arguments": "{nothing"}']


def test_one_question_is_logged(database: sqlite3.Connection) -> None:
    entry: Mapping[str, object] = {"provider": scripted_model("hello"), "model": "m", "price": 1}
    OpenAIWrapper(config_list=[entry]).create(messages=[{"role": "user", "content": "hi"}])
    (asked,) = rows(database, "chat_completions")
    assert (asked["source_name"], asked["is_cached"]) == ("assistant", 0)
    failing = scripted_model(ProviderError("it is down", kind="overloaded"))
    with pytest.raises(ProviderError):
        OpenAIWrapper(config_list=[{"provider": failing, "max_retries": 0}]).create(prompt="hi")
    assert json.loads(f"{rows(database, 'chat_completions')[1]['response']}") == {"response": "it is down"}
    (first, _) = rows(database, "oai_wrappers")
    assert list(json.loads(f"{first['init_args']}")) == ["config_list", "base_config"]


def test_what_fails_is_logged_and_what_is_written_wrongly_breaks_nothing(
    database: sqlite3.Connection, caplog: pytest.LogCaptureFixture
) -> None:
    assistant = AssistantAgent("assistant", llm_config={"model": "m", "api_key": KEY})
    with (
        using(store=None, models=scripted_model(ProviderError("it is down", kind="overloaded"))),
        pytest.raises(ProviderError),
    ):
        assistant.generate_reply([{"content": "hi"}])
    assert [row["response"] for row in rows(database, "chat_completions")] == ['{"response": "it is down"}']
    log.log_chat_completion("i", 1, 2, "me", {}, None, {"not": "a number"}, 0.5, "now")  # type: ignore[arg-type]  # what is tested
    assert caplog.messages[0].startswith("[sqlite logger]Error running query with query INSERT")
    log.log_new_client(database, assistant, {"api_key": KEY, "api_version": "v"})
    (client,) = rows(database, "oai_clients")
    assert (client["class"], client["init_args"]) == ("Connection", '{"api_version": "v"}')


def test_a_log_in_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.chdir(tmp_path)
    session = log.start(logger_type="file", config={"filename": "mine.log"})
    assert log.get_connection() is None
    hold_chat()
    OpenAIWrapper(config_list=[{"model": "m", "api_key": KEY}])
    log.log_event("somebody", "happened", thing=object())
    log.stop()
    text = (tmp_path / "autogen_logs" / "mine.log").read_text()
    first, *lines = text.splitlines()
    assert first.endswith(session)
    told = [json.loads(line) for line in lines]
    assert [one["agent_name"] for one in told if "agent_name" in one] == ["user", "assistant"]
    assert sum("invocation_id" in one for one in told) == 3
    assert [json.loads(one["input_args"]) for one in told if "input_args" in one] == [{"a": 1, "b": 2}]
    assert json.loads(told[-2]["json_state"])["config_list"][0] == {"model": "m"}
    assert told[-1]["json_state"] == '{"thing": "<<non-serializable: object>>"}'
    assert all(isinstance(one["thread_id"], int) for one in told)
    assert KEY not in text
    log.log_event("somebody", "after the end")
    assert "cannot write" in caplog.text


class Mine(RowLogger):
    def __init__(self) -> None:
        super().__init__()
        self.kept: list[tuple[str, Mapping[str, object]]] = []

    def start(self) -> str:
        return self.session_id

    def keep(self, table: str, row: Mapping[str, object]) -> None:
        self.kept.append((table, row))

    def stop(self) -> None:
        pass

    def get_connection(self) -> None:
        pass


def test_a_logger_of_ones_own_and_none(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = Mine()
    assert log.start(mine) == mine.session_id
    log.log_function_use("me", add, {"a": 1}, "1")
    ((table, row),) = mine.kept
    assert (table, row["source_name"], row["function_name"]) == ("function_calls", "me", "add")
    log.stop()
    monkeypatch.setattr("typedagents.autogen.runtime_logging._Session.logger", None)
    log.stop()
    log.log_event("me", "unheard")
    log.log_function_use("me", add, {}, None)
    log.log_new_agent("me", {})
    log.log_new_wrapper("me", {})
    log.log_new_client("me", "it", {})
    log.log_chat_completion("i", 1, 2, "me", {}, None, 0, 0.5, "now")
    assert log.get_connection() is None
    assert caplog.messages == ["nothing is logged: call runtime_logging.start() first"] * 7


def test_bad_places_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match=r"cannot log to .*unable to open"):
        SqliteLogger({"dbname": "not/there/logs.db"})
    (tmp_path / "autogen_logs").touch()
    with pytest.raises(ConfigError, match=r"cannot log to .*runtime\.log"):
        FileLogger({})
    with pytest.raises(ValueError, match="'sqlite' or 'file'; found 'paper'"):
        LoggerFactory.get_logger("paper")


class Thing:
    def __init__(self) -> None:
        self.number = 1.5
        self.nested = {"key": [1, (2, None)], "api_key": KEY}
        self.function = lambda x: x
        self.builtin = len


def test_objects_are_told_as_dicts() -> None:
    told = to_dict([Thing(), 3 + 4j], exclude=("api_key",))
    assert told == [
        {
            "number": 1.5,
            "nested": {"key": [1, [2, None]]},
            "function": "self.function = lambda x: x",
            "builtin": "len",
        },
        "(3+4j)",
    ]
