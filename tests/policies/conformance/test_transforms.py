"""What is shown of a conversation. For the numbers see ``ledger``."""

from __future__ import annotations

import pytest

from tests.policies.driving import decided, message, scripted, view_of
from typedagents import (
    Agent,
    CallModel,
    Limits,
    Message,
    ModelReply,
    Text,
    ToolCall,
    ToolResult,
    Transcript,
    Transform,
    World,
    by_model,
    group,
    last,
    message_limit,
    model_reply,
    name_prefixes,
    says,
    token_limit,
    transformed,
    with_models,
)
from typedagents.core.log import Said
from typedagents.core.message import AgentName
from typedagents.policies.projection import AssistantItem, ToolItem, project
from typedagents.testing import scripted_model

EXCHANGE = (
    message("you", "task"),
    message("me", ToolCall("1", "add"), "model"),
    message("you", ToolResult("1", "add", (Text("3"),)), "tool"),
)


def shown(transform: Transform, *said: Said) -> list[Message]:
    """What a model is shown through ``transform``."""
    policy = transformed(model_reply(), transform)
    (asked,) = decided(policy, view_of(*said), scripted(ModelReply("x")))[1]
    assert isinstance(asked, CallModel)
    return list(asked.transcript)


def test_names_stand_before_the_words_once() -> None:
    """Case 64."""
    said = [message("mary", "hi"), message("tom", "'tom' said:\nhello")]

    assert [one.text for one in shown(name_prefixes("'{name}' said:\n"), *said)] == [
        "'mary' said:\nhi",
        "'tom' said:\nhello",
    ]
    assert [one.text for one in shown(name_prefixes("'{name}' said:\n", only=["tom"]), *said)] == [
        "hi",
        "'tom' said:\nhello",
    ]


@pytest.mark.parametrize("transform", [last(1), last(2), token_limit(1), last(3), last(3, first=1)])
def test_a_result_is_never_shown_without_its_call(transform: Transform) -> None:
    """Defect 12, row 120: in the original a limit on messages tears them apart, or fails; ours is sane."""
    said = [message for message in shown(transform, *EXCHANGE) if message.text != "task"]

    assert [type(item) for item in project(said, AgentName("me"))] == [AssistantItem, ToolItem]


def test_the_task_can_be_kept_where_what_follows_it_is_cut() -> None:
    """Defect 12: a buffer of the original's drops the task and keeps the call."""
    assert [one.text for one in shown(last(3, first=1), *EXCHANGE, message("you", "and?"))] == [
        "task",
        "and?",
    ]


def test_transforms_show_and_change_nothing() -> None:
    """Defect 6, row 120: in the original a hook writes into the stored history; ours is sane."""
    model = scripted_model("x", "y")
    policy = transformed(model_reply(), name_prefixes("{name}: "), message_limit(5), last(1))
    team = group(
        Agent("a", says("a long message of many words")), Agent("b", policy), limits=Limits(max_messages=5)
    )
    outcome = World(with_models(model), store=None).run_sync(team, "words and words and words")

    assert all(len(asked.transcript) == 1 for asked in model.asked)
    assert [said.text for said in outcome.transcript] == [
        "words and words and words",
        "x",
        "a long message of many words",
        "y",
        "a long message of many words",
    ]


def test_a_selector_is_shown_as_little_as_it_is_told() -> None:
    """Rows 67 and 120."""
    model = scripted_model('{"speaker": "b"}')
    team = group(Agent("a", says("x")), Agent("b", says("y")), limits=Limits(max_messages=4))
    said = [Message("a", "one"), Message("b", "two"), Message("a", "three")]
    chosen = team.selected_by(transformed(by_model(), last(1)))
    World(with_models(model), store=None).run_sync(chosen, Transcript(said))

    assert [one.text for one in model.asked[0].transcript][:-1] == ["three"]
