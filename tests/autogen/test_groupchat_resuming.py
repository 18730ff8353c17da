"""Group chats that go on from an earlier one, and histories that are cleared while they go on."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterator

import pytest

from tests.autogen.consoles_for_tests import Typing
from tests.autogen.groups_for_tests import says_terminate, speaker, speakers, spoke
from typedagents.autogen import (
    AssistantAgent,
    ConversableAgent,
    GroupChat,
    GroupChatManager,
    replaying,
    using,
)
from typedagents.autogen.io import IOStream
from typedagents.interpreter.traces import TraceMemory

SAID: list[dict[str, object]] = [
    {"content": "Let's begin.", "role": "user", "name": "Admin"},
    {"content": "I am b.", "role": "user", "name": "b"},
    {"content": "Done. TERMINATE", "role": "user", "name": "a"},
]


@pytest.fixture(autouse=True)
def store() -> Iterator[TraceMemory]:
    kept = TraceMemory()
    with using(store=kept):
        yield kept


def group(agents: list[ConversableAgent], rounds: int = 3) -> GroupChatManager:
    return GroupChatManager(
        GroupChat(
            agents, [], max_round=rounds, speaker_selection_method="round_robin", send_introductions=True
        ),
        is_termination_msg=says_terminate,
        llm_config=False,
    )


# --- resume -----------------------------------------------------------------------------------------------------


def test_a_group_chat_goes_on(capsys: pytest.CaptureFixture[str]) -> None:
    agents = speakers("a", "b")
    manager = group(agents)
    last_agent, last = manager.resume(manager.messages_to_string(SAID), "TERMINATE")
    assert "3 messages, the last by a\n" in capsys.readouterr().out
    assert last_agent is agents[0]
    assert last == {"content": "Done. ", "role": "user", "name": "a"}
    assert manager.groupchat.messages == SAID[:2]
    assert len(agents[0].chat_messages[manager]) == len(manager.chat_messages[agents[1]]) == 2
    result = last_agent.initiate_chat(manager, message=last, clear_history=False, silent=True)
    assert spoke(manager) == ["Admin", "b", "a", "b", "a"]
    assert len(result.chat_history) == len(agents[1].chat_messages[manager]) == 5
    assert agents[1].chat_messages[manager][1]["role"] == "assistant"


def test_what_resume_returns() -> None:
    coder = AssistantAgent("Coder", llm_config=False)
    manager = group([coder])
    messages: list[dict[str, object]] = [
        {"content": "You are an expert.", "role": "system"},
        {"content": "Shall I?", "name": "Coder", "role": "assistant"},
    ]
    assert manager.resume(messages) == (coder, messages[-1])
    alone: list[dict[str, object]] = [
        {"content": "You are an expert.", "role": "system", "name": "chat_manager"}
    ]
    assert asyncio.run(manager.a_resume(alone)) == (manager, alone[-1])
    assert manager.groupchat.messages == []


def test_what_ends_a_chat_is_cut_or_warned_of(caplog: pytest.LogCaptureFixture) -> None:
    manager = group(speakers("a", "b"))
    _, last = manager.resume(SAID, lambda text: text.replace(" TERMINATE", "!"), silent=True)
    assert last["content"] == "Done.!"
    assert SAID[-1]["content"] == "Done. TERMINATE"
    with caplog.at_level(logging.WARNING):
        _, last = manager.resume(SAID, "THE END", silent=True)
    assert last == SAID[-1]
    assert "ends the chat" in caplog.text


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (1, "a list of dicts"),
        ([1], "a list of dicts"),
        ("", "no JSON"),
        ("Let's begin.", "no JSON"),
        ([], "no messages"),
        ([{"content": "Hello.", "name": "Chairperson"}], "'Chairperson', who is not in the group"),
    ],
)
def test_what_cannot_be_gone_on_with(given: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        group(speakers("a", "b")).resume(given)


def test_messages_as_text_and_back() -> None:
    manager = group(speakers("a", "b"))
    text = manager.messages_to_string(SAID)
    assert json.loads(text) == manager.messages_from_string(text) == SAID


def test_a_group_that_is_given_messages() -> None:
    given = [{"content": "Hello.", "name": "a", "role": "user"}, {"content": "Who is there?", "role": "user"}]
    kept = GroupChat(speakers("a", "b"), given, speaker_selection_method="round_robin", max_round=1)
    assert [one["name"] for one in kept.messages] == ["a", "user"]
    manager = GroupChatManager(kept, llm_config=False)
    kept.agents[0].initiate_chat(manager, message="It is me.", clear_history=False, silent=True)
    assert len(kept.messages) == 3
    kept.messages = []
    assert kept.messages == []


def test_pictures_and_calls_are_text_in_the_groups_messages() -> None:
    agents = speakers("a", "b")
    manager = group(agents, 1)
    picture = [{"type": "text", "text": "see"}, {"type": "image_url", "image_url": {"url": "http://h/p"}}]
    agents[0].initiate_chat(manager, message={"content": picture}, silent=True)
    assert manager.groupchat.messages[0]["content"] == "see<image>"
    assert agents[1].chat_messages[manager][1]["content"] == picture
    call = {"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    agents[0].initiate_chat(manager, message={"content": None, "tool_calls": [call]}, silent=True)
    assert manager.groupchat.messages == [
        {"content": "", "tool_calls": [call], "role": "assistant", "name": "a"}
    ]


# --- clear history ----------------------------------------------------------------------------------------------

HELLO = {"content": "hello", "name": "alice", "role": "user"}
BOB = {"content": "This is bob.", "name": "bob", "role": "user"}
SAM = {"content": "How are you?", "name": "sam", "role": "user"}
OWN = {"role": "assistant"}


@pytest.mark.parametrize(
    ("typed", "alices", "bobs", "groups"),
    [
        ("clear history. How are you?", [SAM], [SAM], [SAM]),
        ("Clear  History bob. How are you?", [HELLO | OWN, BOB, SAM], [SAM], [HELLO, BOB, SAM]),
        ("clear history 1. How are you?", [BOB, SAM], [BOB | OWN, SAM], [BOB, SAM]),
        ("clear history bob 1. How are you?", [HELLO | OWN, BOB, SAM], [BOB | OWN, SAM], [HELLO, BOB, SAM]),
        ("How are you?", [HELLO | OWN, BOB, SAM], [HELLO, BOB | OWN, SAM], [HELLO, BOB, SAM]),
    ],
)
def test_a_human_clears_histories(
    typed: str, alices: object, bobs: object, groups: object, store: TraceMemory
) -> None:
    del store
    alice, bob = agents = speakers("alice", "bob")
    sam = ConversableAgent("sam", human_input_mode="ALWAYS", llm_config=False)
    chat = GroupChat([*agents, sam], [], max_round=3, enable_clear_history=True)
    manager = GroupChatManager(chat, llm_config=False)
    console = Typing([typed])
    with IOStream.set_default(console), using(name="cleared"):
        alice.initiate_chat(manager, message="hello")
    assert alice.chat_messages[manager] == alices
    assert bob.chat_messages[manager] == bobs
    assert chat.messages == groups
    assert ("Clearing the history of " in console.printed) == ("istory" in typed)
    with replaying("cleared"):
        alice.initiate_chat(manager, message="hello", silent=True)
    assert chat.messages == groups


def test_who_forgot_is_shown_no_more() -> None:
    seen: list[list[object]] = []

    def sees(recipient: object, messages: list[dict[str, object]], sender: object, config: object) -> object:
        del recipient, sender, config
        seen.append([one["content"] for one in messages])
        return False, None

    alice, bob = agents = speakers("alice", "bob")
    sam = ConversableAgent("sam", human_input_mode="ALWAYS", llm_config=False)
    bob.register_reply([ConversableAgent, None], sees)
    chat = GroupChat(
        [*agents, sam], [], max_round=6, speaker_selection_method="round_robin", enable_clear_history=True
    )
    manager = GroupChatManager(chat, llm_config=False)
    with IOStream.set_default(Typing(["clear history bob", ""])):
        alice.initiate_chat(manager, message="hello", silent=True)
    assert seen == [["hello"], ["", "This is alice."]]
    assert speaker("bob").name == bob.name
