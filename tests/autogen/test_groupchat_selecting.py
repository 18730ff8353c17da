"""Who speaks next in a group chat."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

import pytest

from tests.autogen.consoles_for_tests import Typing
from tests.autogen.groups_for_tests import managed, speaker, speakers, spoke
from typedagents.autogen import (
    ConversableAgent,
    GroupChat,
    GroupChatManager,
    replaying,
    using,
)
from typedagents.autogen.exception_utils import NoEligibleSpeaker, UndefinedNextAgent
from typedagents.autogen.io import IOStream
from typedagents.autogen.layer.messages import Plain
from typedagents.core.model import CallModel
from typedagents.core.stop import PolicyStopped
from typedagents.interpreter.traces import TraceMemory
from typedagents.testing import ScriptedModel, scripted_model

Agents = list[ConversableAgent]


@pytest.fixture(autouse=True)
def store() -> Iterator[TraceMemory]:
    kept = TraceMemory()
    with using(store=kept):
        yield kept


def order(manager: GroupChatManager, starter: ConversableAgent | None = None) -> str:
    """Who speaks in a chat, in order."""
    (starter or manager.groupchat.agents[0]).initiate_chat(manager, message="hello", silent=True)
    return "".join(str(name) for name in spoke(manager))


# --- methods ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["round_robin", "RounD_roBin", "auto"])
def test_in_order_by_name_and_where_no_model_selects(method: str) -> None:
    assert order(managed(speakers("a", "b", "c"), method, max_round=6)) == "abcabc"


def test_a_method_that_is_none() -> None:
    with pytest.raises(ValueError, match="auto, manual, random, round_robin"):
        order(managed(speakers("a", "b"), "wrong"))


def test_by_lot(store: TraceMemory) -> None:
    agents = speakers("a", "b", "c")
    manager = managed(agents, "random", max_round=8, allow_repeat_speaker=False)
    with using(name="lots"):
        drawn = order(manager)
    assert len(drawn) == 8
    assert all(one != other for one, other in pairwise(drawn))
    with replaying("lots"):
        assert order(manager) == drawn


@pytest.mark.parametrize(
    ("typed", "expected"), [("1", "abab"), ("", "abca"), ("q", "abca"), ("x", "abca"), ("10", "abca")]
)
def test_by_hand(typed: str, expected: str) -> None:
    manager = managed(speakers("a", "b", "c"), "manual", max_round=4, allow_repeat_speaker=False)
    console = Typing([typed] * 6)
    with IOStream.set_default(console):
        assert order(manager) == expected
    assert "1. b" in console.asked[0]
    assert len(console.asked) == (6 if typed in ("x", "10") else 3)


def test_by_hand_and_by_lot_without_a_chat() -> None:
    group = managed(speakers("a", "b", "c")).groupchat
    with IOStream.set_default(Typing(["2", "1", ""])):
        assert group.manual_select_speaker() is group.agents[1]
        assert group.manual_select_speaker(group.agents[1:]) is group.agents[1]
        assert group.manual_select_speaker() is group.agents[0]
        assert group.manual_select_speaker(group.agents[2:]) is group.agents[2]
    assert group.random_select_speaker(group.agents[2:]) is group.agents[2]
    assert group.random_select_speaker() in group.agents


def test_next_agent() -> None:
    one, two, three, four, *others = speakers("alice", "bob", "sam", "sally", "samantha", "robert")
    group = GroupChat([one, two, three], [])
    assert [group.next_agent(agent) for agent in (one, two, three, four)] == [two, three, one, one]
    assert [group.next_agent(agent, [one, three]) for agent in (one, three, two, four)] == [
        three,
        one,
        three,
        one,
    ]
    for among in (others, []):
        with pytest.raises(UndefinedNextAgent):
            group.next_agent(four, among)


# --- who may follow whom ----------------------------------------------------------------------------------------


def test_who_may_repeat() -> None:
    a, b = agents = speakers("a", "b")
    assert order(managed(agents, "auto", max_round=6, allow_repeat_speaker=False)) == "ababab"
    only_b = GroupChat(agents, [], allow_repeat_speaker=[b])
    assert only_b.allowed_speaker_transitions_dict == {a: [b], b: [a, b]}
    assert GroupChat(agents, []).allowed_speaker_transitions_dict == {a: agents, b: agents}
    with pytest.raises(ValueError, match="a list of agents"):
        GroupChat(agents, [], allow_repeat_speaker={})  # type: ignore[arg-type]  # on purpose


def test_transitions_end_where_nobody_follows() -> None:
    one, two, three = agents = speakers("a", "b", "c")
    for allowed in ({one: [two], two: [three]}, {one: [two, two], two: [three], three: []}):
        manager = managed(
            agents,
            max_round=10,
            allowed_or_disallowed_speaker_transitions=allowed,
            speaker_transitions_type="Allowed",
        )
        assert order(manager) == "abc"
        assert order(manager, speaker("u")) == "uabc"


def test_transitions_that_are_not_allowed() -> None:
    one, two, three = agents = speakers("a", "b", "c")
    manager = managed(
        agents,
        max_round=5,
        allowed_or_disallowed_speaker_transitions={one: [two], two: [one, two], three: [three]},
        speaker_transitions_type="disallowed",
    )
    assert order(manager) == "acaca"


@pytest.mark.parametrize(
    "given",
    [
        {"speaker_transitions_type": None},
        {"speaker_transitions_type": "a"},
        {"speaker_transitions_type": "allowed", "allow_repeat_speaker": False},
    ],
)
def test_transitions_that_are_none(given: Mapping[str, object]) -> None:
    one, two = agents = speakers("a", "b")
    with pytest.raises(ValueError, match="speaker"):
        managed(agents, allowed_or_disallowed_speaker_transitions={one: [two]}, **given)


# --- functions of the program's ---------------------------------------------------------------------------------


def test_a_function_selects(store: TraceMemory) -> None:
    agents = speakers("a", "b", "c")
    asked: list[tuple[str, int]] = []

    def chosen(last: ConversableAgent, group: GroupChat) -> ConversableAgent | None:
        asked.append((last.name, len(group.messages)))
        assert last.chat_messages[manager] == last.chat_messages[manager]
        assert (
            len(agents[2].chat_messages[manager])
            == len(manager.chat_messages[agents[1]])
            == len(group.messages)
        )
        assert manager.last_speaker is last
        return {"a": agents[2], "c": agents[1]}.get(last.name)

    # It goes its own way, whatever the transitions say.
    manager = managed(
        agents,
        chosen,
        allowed_or_disallowed_speaker_transitions={agents[0]: [agents[1]]},
        speaker_transitions_type="allowed",
    )
    with using(name="own"):
        result = agents[0].initiate_chat(manager, message="hello", silent=True)
    assert spoke(manager) == ["a", "c", "b"]
    assert asked == [("a", 1), ("c", 2), ("b", 3)]
    assert isinstance(result.stop_reason, PolicyStopped)
    assert "chosen named nobody" in result.stop_reason.reason
    with replaying("own"):
        again = agents[0].initiate_chat(manager, message="hello", silent=True)
    assert again.chat_history == result.chat_history
    assert len(asked) == 3


def test_a_function_names_a_method() -> None:
    manager = managed(speakers("a", "b", "c"), lambda last, group: "Round_Robin", max_round=4)
    assert order(manager) == "abca"


@pytest.mark.parametrize("found", [speaker("stranger"), 3, "nobody"])
def test_a_function_names_somebody_else(found: object) -> None:
    with pytest.raises(ValueError, match="round_robin"):
        order(managed(speakers("a", "b"), lambda last, group: found))


class Pairs(GroupChat):
    """Lets everybody speak twice."""

    def select_speaker(self, last_speaker: ConversableAgent, selector: ConversableAgent) -> ConversableAgent:
        if len(self.messages) == 6:
            raise NoEligibleSpeaker("enough")
        if len(self.messages) % 2:
            return last_speaker
        return super().select_speaker(last_speaker, selector)


def test_a_group_of_ones_own(store: TraceMemory) -> None:
    agents = speakers("a", "b", "c")
    manager = GroupChatManager(Pairs(agents, [], speaker_selection_method="round_robin"), llm_config=False)
    with using(name="pairs"):
        assert order(manager) == "aabbcc"
    with replaying("pairs"):
        assert order(manager) == "aabbcc"

    async def in_async() -> None:
        await agents[0].a_initiate_chat(manager, message="hello", silent=True)

    asyncio.run(in_async())
    assert "".join(map(str, spoke(manager))) == "aabbcc"


def test_select_speaker_by_itself() -> None:
    agents = speakers("a", "b", "c")
    manager = managed(agents)
    group = manager.groupchat
    assert group.select_speaker(agents[1], manager) is agents[2]
    assert asyncio.run(group.a_select_speaker(agents[2], manager)) is agents[0]
    group.allowed_or_disallowed_speaker_transitions = {agents[0]: [agents[1]]}
    group.speaker_transitions_type = "allowed"
    with pytest.raises(NoEligibleSpeaker, match="nobody may speak"):
        group.select_speaker(agents[1], manager)


# --- by a model -------------------------------------------------------------------------------------------------


def asked_model(model: ScriptedModel, agents: Agents, rounds: int = 2, **options: object) -> str:
    group = GroupChat(agents, [], max_round=rounds, **options)  # type: ignore[arg-type]  # as the tests give them
    manager = GroupChatManager(group, llm_config={"model": "m"})
    with using(models=model):
        return order(manager)


def texts(call: CallModel) -> list[str]:
    return [message.text for message in call.transcript]


@pytest.mark.parametrize(
    ("answers", "speaks"),
    [
        (["c"], "c"),
        (["Let c speak, c!"], "c"),
        (["b or c", "C", "c"], "c"),
        (["b and c", "", "nobody"], "b"),  # the next in order, after three answers
    ],
)
def test_a_model_selects(answers: Sequence[str], speaks: str) -> None:
    model = scripted_model(*answers)
    assert asked_model(model, speakers("a", "b", "c")) == f"a{speaks}"
    assert len(model.asked) == len(answers)


def test_what_a_model_is_asked() -> None:
    model = scripted_model("a b", "x", "b")
    agents = [speaker("a", description="First."), speaker("b", description="Second."), speaker("c")]
    asked_model(
        model,
        agents,
        select_speaker_message_template="{roles} of {agentlist}",
        select_speaker_prompt_template="Who: {agentlist}?",
        select_speaker_auto_multiple_template="Several: {agentlist}",
        select_speaker_auto_none_template="None: {agentlist}",
        role_for_select_speaker_messages="user",
        allow_repeat_speaker=[agents[0]],
    )
    first, second, third = model.asked
    names = "['a', 'b', 'c']"
    assert first.instructions is not None
    assert first.instructions.text == f"a: First.\nb: Second.\nc: You are a helpful AI Assistant. of {names}"
    assert texts(first) == ["hello", f"Who: {names}?"]
    assert first.transcript[-1].sender == "user"
    assert texts(second) == ["hello", f"Who: {names}?", "a b", f"Several: {names}"]
    assert texts(third)[4:] == ["x", f"None: {names}"]


def test_a_prompt_may_be_left_out() -> None:
    model = scripted_model("c")
    asked_model(model, speakers("a", "b", "c"), select_speaker_prompt_template="")
    assert texts(model.asked[0]) == ["hello"]


def test_one_who_may_speak_is_not_asked_about() -> None:
    model = scripted_model()
    assert asked_model(model, speakers("a", "b"), allow_repeat_speaker=False) == "ab"
    assert not model.asked


def test_no_more_answers_than_asked_for() -> None:
    model = scripted_model("nobody")
    assert asked_model(model, speakers("a", "b", "c"), max_retries_for_selecting_speaker=0) == "ab"


def test_another_model_selects_and_tells(capsys: pytest.CaptureFixture[str]) -> None:
    agents = speakers("a", "b", "c")
    group = GroupChat(
        agents,
        [],
        max_round=2,
        select_speaker_auto_llm_config={"model": "other"},
        select_speaker_auto_verbose=True,
    )
    manager = GroupChatManager(group, llm_config=False)
    with using(models={"speaker_selection_agent": scripted_model("b, c", "c")}):
        agents[0].initiate_chat(manager, message="hello")
    out = capsys.readouterr().out
    assert ">>>>>>>> SELECTING A SPEAKER (1 of 3)...\n" in out
    assert "b, c\n>>>>>>>> NAMED: b, c\n" in out
    assert "(2 of 3)" in out
    assert "Next speaker: c" in out


class LastOnly:
    """Shows the last message only."""

    def apply_transform(self, messages: list[Plain], /) -> list[Plain]:
        return messages[-1:]


def test_what_is_shown_to_the_model_that_selects(store: TraceMemory) -> None:
    model = scripted_model("c", "b")
    agents = speakers("a", "b", "c")
    with using(name="shown"):
        said = asked_model(model, agents, 3, select_speaker_transform_messages=LastOnly())
    assert said == "acb"
    assert texts(model.asked[1])[0] == "This is c."
    assert len(model.asked[1].transcript) == 2


@pytest.mark.parametrize(
    "given",
    [
        {"select_speaker_message_template": ""},
        {"select_speaker_message_template": None},
        {"select_speaker_auto_multiple_template": ""},
        {"select_speaker_auto_none_template": None},
        {"role_for_select_speaker_messages": ""},
        {"max_retries_for_selecting_speaker": None},
        {"max_retries_for_selecting_speaker": -1},
        {"select_speaker_auto_verbose": None},
        {"select_speaker_transform_messages": "short"},
    ],
)
def test_what_cannot_be(given: Mapping[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(given))):
        managed(speakers("a", "b"), **given)
