"""Conversations full of calls and results, and what is known of them by looking at all of them."""

from __future__ import annotations

from collections.abc import Iterable

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from tests.policies.driving import Answer, decided, nobody, view_of
from typedagents.core.code import BlockResult, Captured, CodeResult, Exited
from typedagents.core.decision import Decision, Pass
from typedagents.core.effect import AnyEffect
from typedagents.core.log import Said
from typedagents.core.message import AgentName, Message
from typedagents.core.parts import Data, Part, Reasoning, Refusal, Text, ToolCall, ToolResult
from typedagents.core.view import View
from typedagents.policies.projection import CUT, INTERRUPTED, AssistantItem, Item, ToolItem
from typedagents.policies.transforms.transform import AgentTransform
from typedagents.policies.transforms.transformed import transformed

SENDERS = ("me", "you", "tom")


def call(id: str, name: str = "add") -> ToolCall:
    return ToolCall(id, name)


def result(id: str, text: str = "4", name: str = "add") -> ToolResult:
    return ToolResult(id, name, (Text(text),))


def said(sender: str, *parts: Part | str) -> Message:
    return Message(AgentName(sender), [Text(part) if isinstance(part, str) else part for part in parts])


def seeing(*messages: Message, me: str = "me") -> View:
    return view_of(*map(Said, messages), me=me)


def _numbered(messages: list[Message]) -> list[Message]:
    """Every result and text is one of its own, so that it can be told from others wherever it is shown."""
    numbered: list[Message] = []
    for at, message in enumerate(messages):
        parts: list[Part] = []
        for place, part in enumerate(message.parts):
            if isinstance(part, ToolResult):
                parts.append(result(part.call_id, f"result {at}.{place}"))
            elif isinstance(part, Text):
                parts.append(Text(f"{part.text} {at}.{place}"))
            else:
                parts.append(part)
        numbered.append(Message(message.sender, parts, message.origin))
    return numbered


def conversations(max_size: int = 14) -> SearchStrategy[list[Message]]:
    """Few ids, so that they are used again, answered late, twice, or never."""
    ids = st.sampled_from("123")
    parts: SearchStrategy[Part] = st.one_of(
        st.builds(Text, st.sampled_from(["hi", "a longer text", "x" * 50])),
        ids.map(call),
        ids.map(result),
        ids.map(result),
        st.sampled_from([Reasoning("hm"), Refusal("no"), Data.of({"a": "b" * 20})]),
        st.just(CodeResult((BlockResult(Exited(0), Captured(b"printed" * 5), Captured(b"warned")),))),
    )
    messages = st.builds(
        Message, st.sampled_from(SENDERS).map(AgentName), st.lists(parts, min_size=1, max_size=3)
    )
    return st.lists(messages, max_size=max_size).map(_numbered)


def answers(messages: Iterable[Message]) -> dict[tuple[int, int], tuple[int, int]]:
    """Which result answers which call: places of parts. The latest call of that id that is open; else one of its own."""
    given = list(messages)
    open_calls: list[tuple[int, int]] = []
    found: dict[tuple[int, int], tuple[int, int]] = {}

    def answer(at: int, place: int, id: str) -> None:
        for one in reversed(open_calls):
            asked = given[one[0]].parts[one[1]]
            if isinstance(asked, ToolCall) and asked.id == id:
                open_calls.remove(one)
                found[at, place] = one
                return

    for at, message in enumerate(given):
        results = [(place, p.call_id) for place, p in enumerate(message.parts) if isinstance(p, ToolResult)]
        for place, id in results:
            answer(at, place, id)
        open_calls += [(at, place) for place, p in enumerate(message.parts) if isinstance(p, ToolCall)]
        for place, id in results:
            if (at, place) not in found:
                answer(at, place, id)
    return found


def whole_places(messages: list[Message]) -> set[int]:
    """Where a transcript can be cut."""
    ties = answers(messages)
    return {
        place
        for place in range(len(messages) + 1)
        if not any(asked[0] < place <= given[0] for given, asked in ties.items())
    }


def is_well_formed(items: Iterable[Item]) -> bool:
    """Behind each item with calls are its results, in order, and there is no other."""
    waiting: list[str] = []
    for item in items:
        if isinstance(item, ToolItem):
            if not waiting or waiting.pop(0) != item.result.call_id:
                return False
        elif waiting:
            return False
        elif isinstance(item, AssistantItem):
            waiting = [one.id for one in item.calls]
    return not waiting


def answered(items: Iterable[Item]) -> set[str]:
    """The texts of results that stand behind their calls, but for those that were made up."""
    texts = {item.result.text for item in items if isinstance(item, ToolItem)}
    return texts - {INTERRUPTED, CUT}


def results_in(messages: Iterable[Message]) -> set[str]:
    return {part.text for message in messages for part in message.parts if isinstance(part, ToolResult)}


def texts(transform: AgentTransform[AnyEffect], *messages: Message, answer: Answer = nobody) -> list[str]:
    """The words of the messages that are shown in place of these; what is no words, by its kind."""
    seen: list[str] = []

    def looks(view: View) -> Decision:
        seen.extend(message.text or message.parts[0].part for message in view.transcript)
        return Pass()

    decided(transformed(looks, transform), seeing(*messages), answer)
    return seen
