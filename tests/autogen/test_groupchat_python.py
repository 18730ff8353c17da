"""What functions of the program's see in a group chat, and what becomes of what they change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import pytest
from msgspec.json import decode

from tests.autogen.groups_for_tests import managed, speaker, speakers
from typedagents.autogen import (
    AssistantAgent,
    ConversableAgent,
    GroupChat,
    GroupChatManager,
    replaying,
    resuming,
    using,
)
from typedagents.autogen.layer.messages import Plain
from typedagents.core.model import CallModel
from typedagents.interpreter.traces import TraceMemory
from typedagents.testing import calling, scripted_model

Messages = Sequence[Mapping[str, object]]


@pytest.fixture(autouse=True)
def store() -> Iterator[TraceMemory]:
    kept = TraceMemory()
    with using(store=kept):
        yield kept


def senders(call: CallModel) -> list[tuple[str, str]]:
    return [(message.sender, message.text) for message in call.transcript]


def test_reply_functions_see_who_calls_what(store: TraceMemory) -> None:
    seen: list[list[Mapping[str, object]]] = []

    def sees(
        recipient: ConversableAgent, messages: Messages, sender: ConversableAgent, config: object
    ) -> tuple[bool, object]:
        del config
        assert sender is manager
        assert recipient.chat_messages[manager] == messages
        assert len(manager.groupchat.messages) == len(messages) == len(b.chat_messages[manager])
        seen.append(list(messages))
        return False, None

    a = AssistantAgent("a", llm_config={"model": "m"})
    b, c = speaker("b", function_map={"f": lambda: "done"}), speaker("c")
    for agent in (a, c):
        agent.register_reply([ConversableAgent, None], sees)
    manager = managed([a, b, c], max_round=4)
    with using(models=scripted_model(calling("f")), name="seen"):
        result = c.initiate_chat(manager, message="hello", silent=True)
    (hello,), (_, call, answer) = seen
    assert hello == {"content": "hello", "role": "user", "name": "c"}
    assert (call["role"], call["name"], call["content"]) == ("assistant", "a", "")
    assert (answer["role"], answer["name"], answer["content"]) == ("tool", "b", "done")
    assert manager.groupchat.messages[1] == manager.chat_messages[b][1] == call
    with replaying("seen"):
        assert c.initiate_chat(manager, message="hello", silent=True).chat_history == result.chat_history
    assert len(seen) == 2


def test_reply_functions_of_the_manager_are_asked_first() -> None:
    seen: list[object] = []

    def prints(recipient: object, messages: Messages, sender: object, config: object) -> tuple[bool, object]:
        seen.append((recipient, messages[-1]["content"], sender, config))
        return False, None

    agents = speakers("a", "b")
    manager = managed(agents, max_round=4)
    manager.register_reply([ConversableAgent, None], prints, config=1)
    agents[0].initiate_chat(manager, message="hello", silent=True)
    assert seen == [(manager, "hello", agents[0], 1)]
    assert len(manager.groupchat.messages) == 4
    manager.register_reply([ConversableAgent, None], lambda *_, **__: (True, "not now"))
    result = agents[0].initiate_chat(manager, message="hello", silent=True)
    assert "answered before the group" in str(result.stop_reason)
    assert len(manager.groupchat.messages) == 1


def test_hooks_change_what_models_are_shown_and_keep_who_said_it() -> None:
    def shouted(messages: list[Plain]) -> list[Plain]:
        return [{**one, "content": str(one["content"]).upper()} for one in messages[1:]]

    model = scripted_model("One.", "Two.")
    a = AssistantAgent("a", llm_config={"model": "m"})
    a.register_hook("process_all_messages_before_reply", shouted)
    manager = managed([a, *speakers("b", "c")], max_round=7)
    with using(models=model):
        manager.groupchat.agents[1].initiate_chat(manager, message="hello", silent=True)
    assert senders(model.asked[1]) == [
        ("c", "THIS IS C."),
        ("a", "ONE."),
        ("b", "THIS IS B."),
        ("c", "THIS IS C."),
    ]


def test_an_interrupted_group_chat_goes_on_where_it_stopped(store: TraceMemory) -> None:
    asked: list[str] = []

    def chosen(last: ConversableAgent, group: GroupChat) -> ConversableAgent:
        asked.append(last.name)
        return group.next_agent(last)

    agents = [AssistantAgent(name, llm_config={"model": "m"}) for name in ("a", "b", "c")]
    manager = managed(list(agents), chosen, max_round=5)
    with using(models=scripted_model("One.", "Two.", "Three.", "Four."), name="whole"):
        whole = agents[0].initiate_chat(manager, message="hello", silent=True)
    assert asked == ["a", "b", "c", "a"]
    lines = [decode(line) for line in store.read("whole")]
    paths = [line["path"] for line in lines if line.get("kind") == "CallModel"]
    done = next(i for i, line in enumerate(lines) if (line["line"], line.get("path")) == ("done", paths[1]))
    store.traces["cut"] = bytearray(b"".join(store.read("whole")[: done + 1]))
    with using(models=scripted_model("Three.", "Four.")), resuming("cut"):
        result = agents[0].initiate_chat(manager, message="hello", silent=True)
    assert result.chat_history == whole.chat_history
    assert asked == ["a", "b", "c", "a", "c", "a"]


def test_the_word_that_the_manager_does_not_take_for_the_end() -> None:
    a = AssistantAgent("a", llm_config={"model": "m"})
    manager = managed([a, *speakers("b")], max_round=2)
    with (
        using(models=scripted_model("Done. TERMINATE")),
        pytest.warns(UserWarning, match="for 'chat_manager'") as told,
    ):
        manager.groupchat.agents[1].initiate_chat(manager, message="hello", silent=True)
    assert [warning.filename for warning in told] == [__file__]


def test_a_summary_sees_the_whole_group() -> None:
    def counted(sender: ConversableAgent, recipient: ConversableAgent, args: Mapping[str, object]) -> str:
        del args
        told = recipient.chat_messages_for_summary(sender)
        return f"{len(told)} messages, the last by {told[-1]['name']}"

    agents = speakers("a", "b")
    manager = managed(agents, max_round=3)
    result = agents[0].initiate_chat(manager, message="hello", silent=True, summary_method=counted)
    assert result.summary == "3 messages, the last by a"


def test_a_model_of_the_manager_sums_up() -> None:
    agents = speakers("a", "b")
    group = GroupChat(agents, [], max_round=3, speaker_selection_method="round_robin")
    manager = GroupChatManager(group, llm_config={"model": "m"})
    model = scripted_model("The point.")
    with using(models=model):
        result = agents[0].initiate_chat(
            manager,
            message="hello",
            silent=True,
            max_turns=2,
            summary_method="reflection_with_llm",
            summary_args={"summary_role": "user"},
        )
    assert result.summary == "The point."
    assert senders(model.asked[0])[-1][0] == "user"
    assert len(senders(model.asked[0])) == 7


def test_group_chats_in_a_sequence_and_in_a_reply() -> None:
    agents, user = speakers("a", "b"), speaker("user")
    manager = managed(agents, max_round=2)
    first, second = user.initiate_chats(
        [
            {"recipient": manager, "message": "one", "silent": True},
            {"recipient": manager, "message": "two", "silent": True, "max_turns": 1},
        ]
    )
    assert (first.summary, second.summary) == ("This is a.", "This is a.")
    assert [one["content"] for one in second.chat_history] == ["two\nContext: \nThis is a.", "This is a."]
    answering = speaker("answering")
    answering.register_nested_chats(
        [{"recipient": manager, "message": "nested", "silent": True, "max_turns": 1}], trigger=user
    )
    result = user.initiate_chat(answering, message="hello", max_turns=1, silent=True)
    assert [one["content"] for one in result.chat_history] == ["hello", "This is a."]
    assert [one["content"] for one in manager.groupchat.messages] == ["nested", "This is a."]
    assert user.chat_messages[manager] == [
        {"content": "two\nContext: \nThis is a.", "role": "assistant", "name": "user"}
    ]
