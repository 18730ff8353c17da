"""Group chats: how long they go on, what ends them, and what everybody remembers of them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator

import pytest

from tests.autogen.groups_for_tests import managed, says_terminate, speaker, speakers, spoke
from typedagents import autogen
from typedagents.autogen import ConversableAgent, GroupChat, GroupChatManager, replaying, using
from typedagents.autogen.agentchat import groupchat as module
from typedagents.autogen.exception_utils import AgentNameConflict
from typedagents.core.errors import ConfigError
from typedagents.core.stop import DecisionLimit, PolicyStopped, RuleFired
from typedagents.interpreter.traces import TraceMemory
from typedagents.testing import scripted_model

RULE = "-" * 80


@pytest.fixture(autouse=True)
def store() -> Iterator[TraceMemory]:
    kept = TraceMemory()
    with using(store=kept):
        yield kept


# --- rounds -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("rounds", "who"), [(1, "a"), (2, "ab"), (3, "abc"), (5, "abcab")])
def test_max_round_counts_messages(rounds: int, who: str) -> None:
    agents = speakers("a", "b", "c")
    manager = managed(agents, max_round=rounds)
    result = agents[0].initiate_chat(manager, message="hello", silent=True)
    assert spoke(manager) == list(who)
    assert result.summary == manager.groupchat.messages[-1]["content"]
    assert result.stop_reason == DecisionLimit("max_messages", rounds)


def test_async_is_the_same() -> None:
    agents = speakers("a", "b", "c")
    manager = managed(agents, max_round=7)
    in_sync = agents[0].initiate_chat(manager, message="hello", silent=True)

    async def chat() -> list[dict[str, object]]:
        result = await agents[0].a_initiate_chat(manager, message="hello", silent=True)
        return result.chat_history

    assert asyncio.run(chat()) == in_sync.chat_history


def test_max_turns_counts_runs_of_the_group() -> None:
    agents = speakers("a", "b", "c")
    manager = managed(agents, max_round=4)
    agents[1].initiate_chat(manager, message="hello", silent=True, max_turns=1)
    assert spoke(manager) == ["b", "c", "a", "b"]
    agents[1].initiate_chat(manager, message="hello", silent=True, max_turns=2)
    assert spoke(manager) == ["b", "c", "a", "b"] * 2
    agents[1].initiate_chat(manager, message="hello", silent=True, max_turns=0)
    assert spoke(manager) == []


def test_what_a_manager_takes_for_the_end() -> None:
    agents = [*speakers("alice", "bob"), speaker("sam", "This is sam. TERMINATE")]
    plain = managed(agents, max_round=10)
    agents[0].initiate_chat(plain, message="hello", silent=True)
    assert len(spoke(plain)) == 10
    group = GroupChat(agents, [], max_round=10, speaker_selection_method="round_robin")
    manager = GroupChatManager(group, llm_config=False, is_termination_msg=says_terminate)
    result = agents[0].initiate_chat(manager, message="hello", silent=True)
    assert len(group.messages) == 3
    assert result.stop_reason == RuleFired("is_termination_msg of chat_manager holds")
    # All are told of the last message, in async chats too.
    assert [len(agent.chat_messages[manager]) for agent in agents] == [3, 3, 3]


def test_an_agent_without_a_reply_ends_it_and_so_does_its_limit() -> None:
    silent = ConversableAgent("silent", human_input_mode="NEVER", default_auto_reply=None)
    manager = managed([*speakers("a"), silent])
    result = manager.groupchat.agents[0].initiate_chat(manager, message="hello", silent=True)
    assert result.stop_reason == PolicyStopped("silent", "silent has no reply")
    tired = speaker("tired", max_consecutive_auto_reply=1)
    manager = managed([*speakers("a"), tired], max_round=9)
    result = manager.groupchat.agents[0].initiate_chat(manager, message="hello", silent=True)
    assert result.stop_reason == DecisionLimit("max_auto_replies", 1, "tired")
    assert spoke(manager) == ["a", "tired", "a"]


def test_a_group_of_fewer_than_two(caplog: pytest.LogCaptureFixture) -> None:
    alone = speaker("alone")
    for agents in ([], [alone]):
        with pytest.raises(ValueError, match="at least two"):
            alone.initiate_chat(managed(list(agents)), message="hello")
    agents = speakers("a", "b")
    with caplog.at_level(logging.WARNING):
        agents[0].initiate_chat(managed(agents, "random", max_round=2), message="hello", silent=True)
    assert "each may speak after itself" in caplog.text


# --- what is remembered -----------------------------------------------------------------------------------------


def test_everybody_remembers_all_of_it() -> None:
    agents = speakers("a", "b", "c")
    manager = managed(agents, max_round=2)
    result = agents[0].initiate_chat(manager, message="hello", silent=True)
    hello, this = {"content": "hello", "name": "a"}, {"content": "This is b.", "name": "b"}
    theirs, own = {"role": "user"}, {"role": "assistant"}
    assert manager.groupchat.messages == [hello | theirs, this | theirs]
    assert result.chat_history == agents[0].chat_messages[manager] == [hello | own, this | theirs]
    assert agents[1].chat_messages[manager] == [hello | theirs, this | own]
    assert agents[2].chat_messages[manager] == [hello | theirs, this | theirs]
    assert manager.chat_messages[agents[0]] == [hello | theirs, this | own]
    assert manager.chat_messages[agents[2]] == [hello | own, this | own]
    assert manager.chat_messages_for_summary(agents[0]) == manager.groupchat.messages
    assert manager.last_speaker is agents[1]
    assert agents[2].last_message(manager) == this | theirs


def test_messages_of_a_group_are_a_snapshot() -> None:
    manager = managed(speakers("a", "b"))
    with pytest.raises(TypeError, match=r"send\(\)"):
        manager.groupchat.messages.append({"content": "smuggled"})
    manager.groupchat.append({"content": "said", "role": "user"}, manager.groupchat.agents[1])
    assert manager.groupchat.messages == [{"content": "said", "role": "user", "name": "b"}]


def test_a_group_is_cleared_or_gone_on_with() -> None:
    agents = speakers("a", "b")
    manager = managed(agents, max_round=2)
    agents[0].initiate_chat(manager, message="one", silent=True)
    agents[1].initiate_chat(manager, message="two", silent=True, clear_history=False)
    assert [one["content"] for one in manager.groupchat.messages] == [
        "one",
        "This is b.",
        "two",
        "This is a.",
    ]
    assert len(agents[0].chat_messages[manager]) == 4
    manager.reset()
    assert manager.groupchat.messages == []
    agents[0].reset()
    agents[0].initiate_chat(manager, message="three", silent=True)
    assert len(manager.groupchat.messages) == len(agents[0].chat_messages[manager]) == 2


def test_who_begins_may_be_outside() -> None:
    agents, user = speakers("a", "b"), speaker("user")
    manager = managed(agents, max_round=3)
    result = user.initiate_chat(manager, message="hello", silent=True)
    assert spoke(manager) == ["user", "a", "b"]
    assert len(result.chat_history) == 3
    assert result.summary == "This is b."
    assert user.chat_messages[manager] == [{"content": "hello", "role": "assistant", "name": "user"}]
    assert len(agents[0].chat_messages[manager]) == 3
    manager.initiate_chat(manager, message="hello", silent=True)
    assert spoke(manager) == ["chat_manager", "a", "b"]
    assert manager.last_speaker is agents[1]


def test_send_and_receive() -> None:
    agents = speakers("a", "b")
    manager = managed(agents, max_round=3)
    agents[0].send("only for you", manager, request_reply=False)
    assert manager.groupchat.messages == []
    assert manager.chat_messages[agents[0]][-1]["content"] == "only for you"
    agents[0].send("for all", manager, request_reply=True, silent=True)
    assert spoke(manager) == ["a", "b", "a"]
    assert manager.run_chat([{"content": "go on", "role": "user"}], agents[1]) == (True, None)
    assert spoke(manager) == ["a", "b", "a", "b", "a", "b"]
    assert manager.generate_reply([{"content": "and you?", "role": "user"}], agents[1]) == "This is b."
    with pytest.raises(ValueError, match="from nothing"):
        managed(agents).run_chat(None, agents[0])

    async def go_on() -> None:
        await manager.a_run_chat(sender=agents[0])

    asyncio.run(go_on())
    assert len(spoke(manager)) == 12


# --- introductions ----------------------------------------------------------------------------------------------


def test_introductions() -> None:
    agents = [
        speaker(name, "TERMINATE", description=f"The {name} agent.") for name in ("first", "second", "third")
    ]
    group = GroupChat(agents[:2], [], speaker_selection_method="round_robin", send_introductions=True)
    assert "The second agent." in group.introductions_msg()
    assert "The third agent." not in group.introductions_msg()
    assert "The third agent." in group.introductions_msg([agents[2]])
    manager = GroupChatManager(group, llm_config=False)
    manager.initiate_chat(manager, message="hello", silent=True)
    for agent in agents[:2]:
        told, *said = agent.chat_messages[manager]
        assert "The first agent." in str(told["content"])
        assert told["name"] == "chat_manager"
        assert [one["content"] for one in said] == ["hello", "TERMINATE"]
    assert len(group.messages) == 2


def test_models_are_shown_introductions() -> None:
    model = scripted_model("One.", "TERMINATE")
    agents = [autogen.AssistantAgent(name, llm_config={"model": "m"}) for name in ("one", "two")]
    group = GroupChat(agents, [], speaker_selection_method="round_robin", send_introductions=True)
    manager = GroupChatManager(group, llm_config=False)
    with using(models=model):
        manager.initiate_chat(manager, message="hello", silent=True)
    assert [message.text for message in model.asked[1].transcript] == [
        group.introductions_msg(),
        "hello",
        "One.",
    ]


# --- the console, traces, and many at once ----------------------------------------------------------------------


def test_the_console(capsys: pytest.CaptureFixture[str], store: TraceMemory) -> None:
    agents = speakers("a", "b")
    manager = managed(agents, max_round=2)
    with using(name="g"):
        result = agents[0].initiate_chat(manager, message="hello")
    shown = f"a (to chat_manager):\n\nhello\n\n{RULE}\n\nNext speaker: b\n\nb (to chat_manager):\n\nThis is b.\n\n{RULE}\n"
    assert capsys.readouterr().out == shown
    with replaying("g"):
        assert agents[0].initiate_chat(manager, message="hello").chat_history == result.chat_history
    assert capsys.readouterr().out == shown
    for quiet in (True, False):
        silent = GroupChatManager(manager.groupchat, silent=not quiet, llm_config=False)
        agents[0].initiate_chat(silent, message="hello", silent=quiet)
    assert not capsys.readouterr().out


def test_a_hundred_at_once() -> None:
    agents = speakers("a", "b", "c")
    seen: list[int] = []

    async def chosen(last: ConversableAgent, group: GroupChat) -> ConversableAgent:
        before = len(group.messages)
        await asyncio.sleep(0)
        assert len(group.messages) == before
        assert group.messages[-1]["name"] == last.name
        seen.append(before)
        return group.next_agent(last)

    manager = managed(agents, chosen, max_round=5)

    async def one(number: int) -> list[object]:
        result = await agents[0].a_initiate_chat(manager, message=f"hello {number}", silent=True)
        return [message["content"] for message in result.chat_history]

    async def all_of_them() -> list[list[object]]:
        return await asyncio.gather(*(one(number) for number in range(100)))

    said = ["This is b.", "This is c.", "This is a.", "This is b."]
    assert asyncio.run(all_of_them()) == [[f"hello {number}", *said] for number in range(100)]
    assert sorted(seen) == sorted([1, 2, 3, 4] * 100)


# --- a group where agents are expected --------------------------------------------------------------------------


def test_another_agent_may_manage_it() -> None:
    agents = speakers("alice", "bob")
    group = GroupChat(agents, [], max_round=2)
    deputy = ConversableAgent("deputy_manager", llm_config=False)
    deputy.register_reply(
        autogen.Agent, reply_func=GroupChatManager.run_chat, config=group, reset_config=GroupChat.reset
    )
    agents[0].initiate_chat(deputy, message="hello", silent=True)
    assert len(agents[0].chat_messages[deputy]) == len(group.messages) == 2
    deputy.reset()
    assert group.messages == []


def test_a_manager_within_a_group() -> None:
    inner = managed(speakers("x", "y"), "round_robin", "team", max_round=3)
    user = speaker("user")
    outer = managed([user, inner], max_round=4)
    result = user.initiate_chat(outer, message="hello", silent=True)
    assert spoke(outer) == ["user", "team", "user", "team"]
    assert [one["content"] for one in result.chat_history[1::2]] == ["This is y.", "This is y."]
    assert spoke(inner) == ["chat_manager", "x", "y"] * 2
    assert len(inner.groupchat.agents[0].chat_messages[inner]) == 6


def test_agents_of_nested_groups() -> None:
    def team(name: str) -> GroupChatManager:
        return managed(speakers("member1", "member2"), "round_robin", name)

    user, first, second = speaker("user"), team("team"), team("team")
    group = GroupChat([user, first, second], [])
    assert len(group.nested_agents()) == 7
    assert group.agent_by_name("user") is group.agent_by_name("user", recursive=True) is user
    assert group.agent_by_name("member1") is None
    assert group.agent_by_name("member1", recursive=True) is first.groupchat.agents[0]
    assert group.agent_by_name("nobody", recursive=True, raise_on_name_conflict=True) is None
    for recursive, name in ((False, "team"), (True, "member1")):
        with pytest.raises(AgentNameConflict, match="2 agents"):
            group.agent_by_name(name, recursive=recursive, raise_on_name_conflict=True)


def test_a_manager_calls_no_functions() -> None:
    for key in ("functions", "tools"):
        with pytest.raises(ValueError, match="leave 'functions'"):
            GroupChatManager(GroupChat([], []), llm_config={"model": "m", key: [{"name": "f"}]})


def test_where_it_is_found() -> None:
    assert module.GroupChat is GroupChat is autogen.agentchat.GroupChat
    twins = speakers("a", "a")
    with pytest.raises(ConfigError, match="two agents are named"):
        twins[0].initiate_chat(managed(twins), message="hello")
