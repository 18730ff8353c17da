"""After a call in a group chat those speak who can answer it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.autogen.groups_for_tests import managed, speaker, speakers
from typedagents.autogen import using
from typedagents.autogen.layer.messages import Plain
from typedagents.interpreter.traces import TraceMemory


@pytest.fixture(autouse=True)
def store() -> Iterator[TraceMemory]:
    kept = TraceMemory()
    with using(store=kept):
        yield kept


def called(name: str = "test_func") -> Plain:
    return {"function_call": {"name": name, "arguments": '{"x": 1}'}}


@pytest.mark.parametrize("clears", [False, True])
def test_after_a_call_those_speak_who_can_answer_it(*, clears: bool) -> None:
    alice = speaker("alice")
    bob = speaker("bob", function_map={"test_func": lambda x: x})
    carol = speaker("carol", function_map={"test_func": lambda x: x + 1})
    manager = managed([alice, bob], "auto", max_round=3, enable_clear_history=clears)
    bob.initiate_chat(manager, message=called(), silent=True)
    _, result, after = manager.groupchat.messages
    assert (result["role"], result["name"], result["content"]) == ("function", "test_func", "1")
    assert after["name"] == "alice"
    manager = managed([alice, bob, carol], "auto", max_round=3, enable_clear_history=clears)
    carol.initiate_chat(manager, message=called(), silent=True)
    _, result, after = manager.groupchat.messages
    assert (result["content"], after["name"]) == ("1", "carol")
    bob.initiate_chat(manager, message=called("func"), silent=True)
    assert manager.groupchat.messages[1]["content"] == "Error: Function func not found."


def test_a_call_that_nobody_can_answer() -> None:
    agents = speakers("a", "b")
    with pytest.raises(ValueError, match="nobody in the group has 'test_func'"):
        agents[0].initiate_chat(managed(agents), message=called(), silent=True)
    manager = managed(agents, func_call_filter=False, max_round=2)
    agents[0].initiate_chat(manager, message=called(), silent=True)
    assert manager.groupchat.messages[1]["content"] == "Error: Function test_func not found."


def test_a_call_is_answered_whatever_the_transitions_say() -> None:
    a, b = speakers("a", "b")
    c = speaker("c", function_map={"test_func": lambda x: x})
    manager = managed(
        [a, b, c],
        max_round=2,
        allowed_or_disallowed_speaker_transitions={a: [b], b: [c], c: [a]},
        speaker_transitions_type="allowed",
    )
    a.initiate_chat(manager, message=called(), silent=True)
    assert manager.groupchat.messages[1]["content"] == "1"
