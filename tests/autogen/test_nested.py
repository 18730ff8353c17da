"""Chats within chats and one after the other: carryover, summaries, plans, and where they are recorded."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence

import pytest
from msgspec.json import decode

from typedagents.autogen import (
    ChatResult,
    ConversableAgent,
    initiate_chats,
    replaying,
    resuming,
    using,
)
from typedagents.autogen.agentchat import a_initiate_chats
from typedagents.autogen.layer.agentchat.chats import SummaryMethod
from typedagents.core.errors import ConfigError
from typedagents.core.model import CallModel
from typedagents.core.stop import BudgetExceeded
from typedagents.interpreter.budget import Budget
from typedagents.interpreter.traces import TraceMemory
from typedagents.testing import calling, scripted_model

Messages = Sequence[Mapping[str, object]]


@pytest.fixture(autouse=True)
def store() -> Iterator[TraceMemory]:
    kept = TraceMemory()
    with using(store=kept):
        yield kept


def agent(name: str, says: str | None = "") -> ConversableAgent:
    return ConversableAgent(name, human_input_mode="NEVER", default_auto_reply=says)


def contents(result: ChatResult) -> list[object]:
    return [one["content"] for one in result.chat_history]


# --- carryover and summaries ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("carryover", "sent"),
    [
        ("c1", "hello\nContext: \nc1"),
        (["c1", "c2"], "hello\nContext: \nc1\nc2"),
        ([{"content": "x"}, 3, None], "hello\nContext: \nx\n3\nNone"),
        ([], "hello"),
        ("", "hello"),
    ],
)
def test_carryover(carryover: object, sent: str) -> None:
    result = agent("a").initiate_chat(
        agent("b"), message="hello", carryover=carryover, max_turns=1, silent=True
    )
    assert result.chat_history[0]["content"] == sent
    kwargs = {"carryover": carryover}
    assert agent("a").generate_init_message("hello", **kwargs) == sent
    assert (
        agent("a")._process_carryover("hello", kwargs)
        == agent("a")._handle_carryover("hello", kwargs)
        == sent
    )


def test_carryover_before_pictures() -> None:
    content = [{"type": "text", "text": "see"}, {"type": "image_url", "image_url": {"url": "http://h/p"}}]
    result = agent("a").initiate_chat(
        agent("b"), message={"content": content}, carryover=["a", "b"], max_turns=1, silent=True
    )
    assert result.chat_history[0]["content"] == [{"type": "text", "text": "\nContext: \na\nb"}, *content]


def test_carryover_of_another_type() -> None:
    with pytest.raises(ConfigError, match="carryover"):
        agent("a").initiate_chat(agent("b"), message="hello", carryover=3)


def test_summaries() -> None:
    def came_to(method: SummaryMethod, **args: object) -> str:
        b = ConversableAgent("b", human_input_mode="NEVER", llm_config={"model": "m"})
        model = scripted_model("all TERMINATE done", "the point")
        with using(models=model):
            result = agent("a").initiate_chat(
                b,
                message="hi",
                max_turns=1,
                summary_method=method,
                summary_args=args,
                silent=True,
            )
        asked.extend(model.asked)
        return result.summary

    asked: list[CallModel] = []
    with pytest.warns(UserWarning, match="said all TERMINATE done, and the chat went on"):
        assert came_to("last_msg") == "all  done"
    with pytest.warns(UserWarning, match="said all TERMINATE done, and the chat went on"):
        assert came_to(None) == ""
    with pytest.warns(UserWarning, match="said all TERMINATE done, and the chat went on"):
        assert came_to("reflection_with_llm", summary_prompt="Short.") == "the point"
    last = asked[-1].transcript[-1]
    assert last.text == "Short."
    with pytest.raises(AssertionError, match="summary_method"):
        came_to("other")  # type: ignore[arg-type]  # on purpose
    with pytest.raises(ValueError, match="summary_prompt"):
        came_to("reflection_with_llm", summary_prompt=3)
    with pytest.raises(AssertionError, match="llm_config"):
        agent("a").initiate_chat(agent("b"), message="hi", summary_method="reflection_with_llm")


# --- sequences and plans ----------------------------------------------------------------------------------------


def test_a_sequence_carries_summaries_over(capsys: pytest.CaptureFixture[str]) -> None:
    user, one, two, three = agent("user"), agent("one", "1"), agent("two", "2"), agent("three", "3")
    queue: list[dict[str, object]] = [
        {"recipient": one, "message": "first", "max_turns": 1, "silent": True},
        {"recipient": two, "message": "second", "max_turns": 1, "carryover": "own", "silent": True},
        {
            "recipient": three,
            "message": "third",
            "max_turns": 1,
            "finished_chat_indexes_to_exclude_from_carryover": [0],
        },
    ]
    user.initiate_chats(queue)
    results = user.initiate_chats(queue)  # the queue is as it was
    assert contents(results[0]) == ["first", "1"]
    assert contents(results[1]) == ["second\nContext: \nown\n1", "2"]
    assert contents(results[2]) == ["third\nContext: \n2", "3"]
    assert [one.summary for one in results] == ["1", "2", "3"]
    assert user.get_chat_results(1) is results[1]
    assert len(user.chat_messages[one]) == 2
    out = capsys.readouterr().out
    assert out.count("Starting a new chat....") == 2
    stars = "*" * 80
    assert out.startswith(f"\n{stars}\nStarting a new chat....\n\n{stars}\nuser (to three):\n\nthird")


def test_a_sequence_is_one_run(store: TraceMemory) -> None:
    user = agent("user")

    def queue() -> list[dict[str, object]]:
        return [
            {"sender": user, "recipient": agent("one", "1"), "message": "first", "max_turns": 1},
            {"sender": user, "recipient": agent("two", "2"), "message": "second", "max_turns": 1},
        ]

    with using(name="q"):
        results = initiate_chats(queue())
    assert list(store.traces) == ["q"]
    with replaying("q"):
        assert [contents(one) for one in initiate_chats(queue())] == [contents(one) for one in results]


def test_a_chat_goes_on_within_a_sequence() -> None:
    user, one = agent("user"), agent("one", "1")
    entry = {"recipient": one, "message": "m", "max_turns": 1, "silent": True}
    results = user.initiate_chats([entry, {**entry, "clear_history": False}])
    assert contents(results[1]) == ["m", "1", "m\nContext: \n1", "1"]


def test_a_plan_holds_chats_when_those_before_are_over() -> None:
    user = agent("user")
    queue: list[dict[str, object]] = [
        {"chat_id": 1, "recipient": agent("one", "1"), "message": "a", "max_turns": 1, "silent": True},
        {"chat_id": 2, "recipient": agent("two", "2"), "message": "b", "max_turns": 1, "silent": True},
        {
            "chat_id": 3,
            "prerequisites": [1],
            "recipient": agent("three", "3"),
            "message": "c",
            "max_turns": 1,
            "silent": True,
        },
    ]
    results = asyncio.run(user.a_initiate_chats(queue))
    assert sorted(results) == [1, 2, 3]
    assert contents(results[3])[0] == "c\nContext: \n1"
    assert contents(results[2])[0] == "b"


def test_plans_that_cannot_be() -> None:
    entry: dict[str, object] = {"sender": agent("user"), "recipient": agent("one"), "message": "a"}
    with pytest.raises(ValueError, match="chat_id"):
        asyncio.run(a_initiate_chats([entry]))
    with pytest.raises(ConfigError, match="comes after"):
        asyncio.run(a_initiate_chats([{**entry, "chat_id": 1, "prerequisites": [2]}]))
    circle = [{**entry, "chat_id": 1, "prerequisites": [2]}, {**entry, "chat_id": 2, "prerequisites": [1]}]
    with pytest.raises(ConfigError, match="circle"):
        asyncio.run(a_initiate_chats(circle))


# --- nested chats -----------------------------------------------------------------------------------------------


def test_nested_chats_answer() -> None:
    user, worker = agent("user"), agent("worker")
    inner, other = agent("inner", "Inner"), agent("other", "FINAL_RESULT")
    said: list[object] = []

    def message(
        recipient: ConversableAgent, messages: Messages, sender: ConversableAgent, config: object
    ) -> str:
        said.append((recipient.name, messages[-1]["content"], sender.name))
        return "Second"

    worker.register_nested_chats(
        [
            {"recipient": inner, "max_turns": 1, "silent": True},
            {"recipient": other, "message": message, "max_turns": 1, "silent": True},
            {"recipient": agent("never"), "max_turns": 1},
        ],
        trigger=user,
    )
    with using(name="n"):
        result = user.initiate_chat(worker, message="Start chat", max_turns=1, silent=True)
    assert contents(result) == ["Start chat", "FINAL_RESULT"]
    assert [one["content"] for one in worker.chat_messages[inner]] == ["Start chat", "Inner"]
    assert said == [("worker", "Start chat", "user")]
    with replaying("n"):
        again = user.initiate_chat(worker, message="Start chat", max_turns=1, silent=True)
    assert contents(again) == contents(result)
    assert len(said) == 1


def test_nested_chats_in_ones_own_way() -> None:
    user, worker = agent("user"), agent("worker")

    def answer(
        queue: object, recipient: object, messages: Messages, sender: object, config: object
    ) -> tuple[bool, str]:
        return True, f"{messages[-1]['content']} {queue}"

    worker.register_nested_chats([], user, answer)
    assert contents(user.initiate_chat(worker, message="x", max_turns=1, silent=True)) == ["x", "x []"]
    with pytest.raises(ValueError, match="reply_func_from_nested_chats"):
        worker.register_nested_chats([], user, "other")
    with pytest.raises(ValueError, match="chat_id"):
        worker.register_nested_chats([{"recipient": user}], user, use_async=True)


# --- chats that the program's own Python begins -----------------------------------------------------------------


def held(inner_model: str = "inner says") -> ChatResult:
    """A chat with a function that holds another one."""
    expert = ConversableAgent("expert", human_input_mode="NEVER", llm_config={"model": "m"})
    assistant = ConversableAgent("assistant", human_input_mode="NEVER", llm_config={"model": "m"})
    user = agent("user")

    @user.register_for_execution()
    @assistant.register_for_llm(description="Asks an expert.")
    def ask_expert(question: str) -> str:
        asker = agent("asker")
        return asker.initiate_chat(expert, message=question, max_turns=1, silent=True).summary

    models = {
        "assistant": scripted_model(calling("ask_expert", question="why?"), "because"),
        "expert": scripted_model(inner_model),
    }
    with using(models=models):
        return user.initiate_chat(assistant, message="hi", max_turns=2, silent=True)


def test_a_function_that_begins_a_chat_is_recorded_below_its_call(store: TraceMemory) -> None:
    with using(name="outer"):
        result = held()
    assert contents(result)[2:] == ["inner says", "because"]
    assert list(store.traces) == ["outer"]
    lines = [decode(line) for line in store.read("outer")]
    paths = {line["path"]: line["kind"] for line in lines if line["line"] == "begun"}
    [call] = [path for path, kind in paths.items() if kind == "CallTool"]
    assert [kind for path, kind in paths.items() if path.startswith(f"{call}/p0.")] == ["CallModel"]
    assert [line["line"] for line in lines].count("end") == 1
    with replaying("outer"):
        assert contents(held("never asked")) == contents(result)


def test_the_budget_around_binds_what_is_nested() -> None:
    with using(budget=Budget(max_model_calls=1)):
        result = held()
    assert isinstance(result.stop_reason, BudgetExceeded)


def test_what_broke_off_within_a_call_is_not_held_again(store: TraceMemory) -> None:
    with using(name="whole"):
        held()
    lines = store.read("whole")
    path = next(line["path"] for line in map(decode, lines) if line.get("kind") == "CallTool")
    done = next(
        i for i, line in enumerate(map(decode, lines)) if (line["line"], line.get("path")) == ("done", path)
    )
    store.traces["broken"] = bytearray(b"".join(lines[:done]))
    with resuming("broken"):
        result = held("never asked")
    assert "not known" in str(contents(result)[2])


def test_a_reply_function_that_asks_another_agent_async(store: TraceMemory) -> None:
    a, b, c = agent("a"), agent("b"), agent("c", "from c")

    async def reply(
        recipient: ConversableAgent, messages: Messages, sender: ConversableAgent, config: object
    ) -> tuple[bool, str]:
        inner = await recipient.a_initiate_chat(c, message="well?", max_turns=1, silent=True)
        return True, inner.summary

    b.register_reply("a", reply)
    with using(name="one"):
        result = asyncio.run(a.a_initiate_chat(b, message="hi", max_turns=1, silent=True))
    assert contents(result) == ["hi", "from c"]
    assert list(store.traces) == ["one"]


def test_chats_that_never_stop_beginning() -> None:
    a, b = agent("a"), agent("b")

    def again(*args: object, **kwargs: object) -> tuple[bool, str]:
        return True, a.initiate_chat(b, message="again", max_turns=1, silent=True).summary

    b.register_reply("a", again)
    with pytest.raises(ConfigError, match="deep"):
        a.initiate_chat(b, message="hi", max_turns=1, silent=True)
