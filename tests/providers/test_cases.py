"""Single recorded exchanges that were worth a case of their own: what each must come to. See ``cases``."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import pytest

from tests.providers.recorded import CORPUS, MISSING
from tests.providers.rereading import as_object
from typedagents.core.log import Transcript
from typedagents.core.message import Message
from typedagents.core.model import CallModel, ModelReply
from typedagents.core.parts import Opaque, Reasoning, Refusal, Text, ToolCall, ToolResult
from typedagents.providers.conformance import FORMATS
from typedagents.providers.conformance.reading import Failed, read
from typedagents.providers.loose import entries, is_json, items, json_value, words
from typedagents.providers.recording import Exchange, read_exchanges

pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason=MISSING)


@cache
def by_id() -> dict[str, Exchange]:
    found = (exchange for file in CORPUS.glob("*.jsonl") for exchange in read_exchanges(file))
    return {exchange.id.rpartition(".")[2]: exchange for exchange in found}


def answer(id: str) -> ModelReply | Failed:
    exchange = by_id()[id]
    return read(exchange, FORMATS[exchange.endpoint].codec(exchange.provider)).answer


def reply(id: str) -> ModelReply:
    found = answer(id)
    assert isinstance(found, ModelReply), found
    return found


def failed(id: str) -> Failed:
    found = answer(id)
    assert isinstance(found, Failed), found
    return found


def calls(id: str) -> list[ToolCall]:
    return [part for part in reply(id).parts if isinstance(part, ToolCall)]


def told_again(id: str) -> list[dict[str, object]]:
    """The messages of the request that follows an answer, whose calls were answered."""
    exchange, said = by_id()[id], reply(id)
    results = tuple(ToolResult(call.id, call.name, (Text("done"),)) for call in calls(id))
    history = [Message("you", "hi"), Message("me", said.parts, "model"), Message("you", results or "go on")]
    codec = FORMATS[exchange.endpoint].codec(exchange.provider)
    body = codec.encode(CallModel(Transcript(history), "me"), model="m", stream=False).body
    found = entries(json_value(body.decode()))
    return [as_object(item) for item in items(found.get("messages") or found.get("contents"))]


def test_two_calls_side_by_side_come_in_order() -> None:
    """Case 11."""
    first, second = calls("b9bec561bb")

    assert is_json(first.arguments)
    assert is_json(second.arguments)
    assert first.id != second.id


def test_a_call_without_index_or_type_is_one() -> None:
    """Case 13."""
    assert len(calls("5ddc0dd24f")) == 1
    assert reply("5ddc0dd24f").finish == "tool_calls"


def test_no_arguments_are_an_empty_object() -> None:
    """Case 15."""
    assert [call.arguments for call in calls("b299af6851")] == ["{}"]


@pytest.mark.parametrize("id", ["177527f504", "3ec12ddf7c"])
def test_a_forced_call_ends_with_calls_whatever_the_service_says(id: str) -> None:
    """Case 16."""
    assert (reply(id).finish, reply(id).raw_finish) == ("tool_calls", "stop")


def test_a_made_id_is_sent_back() -> None:
    """Case 17."""
    made = {call.id for call in calls("815e64a07d")}
    sent = told_again("815e64a07d")

    assert all(made)
    assert {words(message["tool_call_id"]) for message in sent if message["role"] == "tool"} == made


def test_an_error_inside_of_a_stream_keeps_what_was_thought_and_made() -> None:
    """Case 18."""
    found = failed("8492c74d2a")

    assert found.kind == "tool_format"
    assert found.facts["failed_generation"]


def test_an_error_behind_several_ends_keeps_words_and_tokens() -> None:
    """Case 19."""
    found = failed("3260005549")

    assert found.facts.keys() >= {"model", "input_tokens", "output_tokens"}


def test_a_first_event_without_choices_is_no_part() -> None:
    """Case 20."""
    found = reply("b293a97087")

    assert all(part.text for part in found.parts if isinstance(part, Text))
    assert found.id
    assert found.model


def test_an_empty_end_is_an_end() -> None:
    """Case 21."""
    assert reply("b36f8cd5f7").finish == "stop"


def test_streams_may_end_by_their_finish_reason_alone() -> None:
    """Case 22."""
    found = [
        exchange
        for exchange in by_id().values()
        if exchange.provider == "huggingface" and exchange.streamed and b"[DONE]" not in exchange.body
    ]

    assert found
    assert all(isinstance(answer(exchange.id.rpartition(".")[2]), ModelReply) for exchange in found)


@pytest.mark.parametrize("id", ["056717ee64", "167bca28c1"])
def test_a_list_is_thoughts_and_words(id: str) -> None:
    """Case 24."""
    assert [type(part) for part in reply(id).parts if not isinstance(part, ToolCall)] == [Reasoning, Text]


def test_an_object_is_told_as_json() -> None:
    """Case 25."""
    assert is_json(reply("a359343bf1").text)


def test_a_streamed_refusal_is_one() -> None:
    """Case 26."""
    found = reply("173417d553")

    assert any(isinstance(part, Refusal) and part.text for part in found.parts)
    assert found.finish == "refusal"


def test_a_call_that_was_cut_is_not_complete() -> None:
    """Case 27."""
    assert reply("e0e79ee10c").finish == "length"
    assert not calls("e0e79ee10c")[-1].complete


def thoughts(id: str) -> list[Reasoning]:
    return [part for part in reply(id).parts if isinstance(part, Reasoning)]


def test_a_thought_in_a_stream_keeps_its_signature() -> None:
    """Case 28."""
    (thought,) = thoughts("2e4cc1f1da")

    assert thought.state
    assert entries(json_value(thought.state.json)).get("signature")
    assert [call.arguments for call in calls("2e4cc1f1da")] == ["{}"]


def kinds(blocks: Sequence[object]) -> list[str]:
    return [words(entries(block).get("type")) for block in blocks]


def test_thoughts_go_back_before_the_call() -> None:
    """Case 29, with the answer that comes before the recorded request."""
    sent = told_again("2e4cc1f1da")
    (own,) = [message for message in sent if message["role"] == "assistant"]
    (thought,) = thoughts("2e4cc1f1da")

    assert kinds(items(own["content"]))[0] == "thinking"
    assert kinds(items(own["content"]))[-1] == "tool_use"
    assert thought.state
    assert items(own["content"])[0] == json_value(thought.state.json)


def test_signatures_stay_on_their_parts() -> None:
    """Case 31."""
    (own,) = [content for content in told_again("2205b0d936") if content["role"] == "model"]
    signed = [bool(entries(part).get("thoughtSignature")) for part in items(own["parts"])]

    assert len(calls("2205b0d936")) > 1
    assert signed == [True, *(False for _ in signed[1:])]


def test_an_empty_end_with_a_signature_is_no_text() -> None:
    """Case 32."""
    found = reply("020a155991")

    assert all(part.text for part in found.parts if isinstance(part, Text))
    assert any(isinstance(part, Opaque) for part in found.parts)


def test_an_array_is_a_stream() -> None:
    """Case 33; that cuts change nothing is held of all streams."""
    found = reply("548143245d")

    assert found.parts
    assert found.usage


@pytest.mark.parametrize(("id", "finish"), [("c73e9971c0", "content_filter"), ("a50fa02a8b", "length")])
def test_an_answer_of_nothing_says_why(id: str, finish: str) -> None:
    """Case 34."""
    assert reply(id).finish == finish
