"""What the Converse service refuses, and what stands in for it: calls without tools, documents of one name."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import pytest
from attrs import evolve, field, frozen

from tests.providers.conversations import ADD
from typedagents.core.log import Transcript
from typedagents.core.message import AgentName, Message
from typedagents.core.model import CallModel, Settings
from typedagents.core.parts import File, Inline, Text, ToolCall, ToolResult
from typedagents.policies.projection import Item
from typedagents.providers.formats.bedrock_converse import BEDROCK, encode
from typedagents.providers.formats.bedrock_converse.encode import Rendering
from typedagents.providers.formats.merging import Block, Encoding, Names, Role, messages_of
from typedagents.providers.loose import entries, items

PDF = Inline(b"%PDF", "application/pdf")
CALLED = CallModel(
    Transcript(
        [
            Message("you", "hi"),
            Message("me", (ToolCall("c", "add"), ToolCall("d", "mul"), ToolCall("e", "add")), "model"),
            Message("you", (ToolCall("f", "another's"),), "model"),
        ]
    ),
    "me",
)


def sent(request: CallModel) -> dict[str, object]:
    body = encode(request, BEDROCK, model="m", stream=False).body
    return msgspec.json.decode(body, type=dict[str, object])


@pytest.mark.parametrize("choice", [None, "none", "required"])
def test_tools_that_were_called_and_are_gone_have_stand_ins(choice: str | None) -> None:
    asked = evolve(CALLED, settings=Settings(tool_choice=choice))

    schema = {"json": {"type": "object"}}
    says = "No longer there: do not call it."
    assert sent(asked)["toolConfig"] == {
        "tools": [
            {"toolSpec": {"name": "add", "inputSchema": schema, "description": says}},
            {"toolSpec": {"name": "mul", "inputSchema": schema, "description": says}},
        ]
    }


def test_tools_that_are_there_need_none() -> None:
    tools = items(entries(sent(evolve(CALLED, tools=(ADD,)))["toolConfig"])["tools"])

    assert [entries(entries(tool)["toolSpec"])["name"] for tool in tools] == ["add"]


def named(messages: object) -> list[object]:
    """The names of documents, and what is said in front of each, in order."""
    found: list[object] = []
    for message in items(messages):
        for block in map(entries, items(entries(message).get("content"))):
            inner = items(entries(block.get("toolResult")).get("content"))
            found += named([{"content": inner}]) if inner else []
            if "document" in block:
                found.append(entries(block["document"])["name"])
            elif str(block.get("text")).startswith("["):
                found.append(block["text"])
    return found


def test_no_name_is_given_twice() -> None:
    result = ToolResult("c", "add", (File(PDF, "a.pdf"), Text("x")))
    said = [
        Message("you", (File(PDF, "a.pdf"), File(PDF, "a.pdf"))),
        Message("me", (ToolCall("c", "add"),), "model"),
        Message("you", (result,)),
        Message("you", (File(PDF, ""), File(PDF, "a-pdf (2)"))),
    ]
    names = ["a-pdf", "a-pdf (2)", "a-pdf (3)", "document", "a-pdf (2) (2)"]
    expected = [text for name in names for text in (f"[file {name}]", name)]

    transcript, found = Transcript(), list[object]()
    for place, message in enumerate(said):
        transcript = transcript.append(message)
        if place != 1:  # the call's result is still to come
            request = CallModel(transcript, "me", tools=(ADD,))
            found = named(sent(request)["messages"])
            assert found == expected[: len(found)]
    assert found == expected


@frozen(cache_hash=True)
class Counted(Rendering):
    """Notes what it is given."""

    seen: list[Item] = field(factory=list, init=False, eq=False)

    def __call__(self, item: Item) -> tuple[Role, Sequence[Block]]:
        self.seen.append(item)
        return super().__call__(item)


def test_each_message_is_encoded_once() -> None:
    counted = Counted("p", named=False)
    transcript = Transcript()
    for number in range(200):
        transcript = transcript.append(Message(("you", "me")[number % 2], f"{number}"))
        step = Encoding(AgentName("me"), Names("assistant", "content"), counted)
        messages_of(transcript.fork(), step, {"text": "first"}, {"text": "last"})

    assert len(counted.seen) == 200
