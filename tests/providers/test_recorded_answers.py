"""What recorded and hand-made answers of chat completions come to, where that is worth a test of its own."""

from __future__ import annotations

import pytest

from tests.providers.recorded import DATA, exchanges, read
from typedagents.core.model import ModelReply
from typedagents.core.parts import ToolCall
from typedagents.core.usage import Usage
from typedagents.providers.conformance.reading import Failed
from typedagents.providers.recording import Exchange

EXCERPT = exchanges(DATA / "excerpt.jsonl")
FAULTS = exchanges(DATA / "faults.jsonl")

BY_ID = {exchange.id.rpartition(".")[2]: exchange for exchange in EXCERPT}


def reply(exchange: Exchange) -> ModelReply:
    found = read(exchange).answer
    assert isinstance(found, ModelReply), (exchange.id, found)
    return found


def test_interleaved_fragments_go_to_their_calls() -> None:
    exchange = next(exchange for exchange in FAULTS if exchange.id.endswith("interleaved-tools"))

    assert [
        (part.id, part.name, part.arguments) for part in reply(exchange).parts if isinstance(part, ToolCall)
    ] == [("a", "f", '{"x":1}'), ("b", "g", "{}")]


@pytest.mark.parametrize("case", ["repeated-fragment", "null-arguments"])
def test_repeated_and_null_fragments_are_one_call_without_arguments(case: str) -> None:
    answer = reply(next(exchange for exchange in FAULTS if exchange.id.endswith(case)))

    assert (ToolCall("0", "now", "{}"),) == answer.parts
    assert answer.finish == "tool_calls"


def test_unicode_line_separators_do_not_end_a_line() -> None:
    answer = reply(next(exchange for exchange in FAULTS if exchange.id.endswith("unicode-separators")))

    assert answer.text == "a\u2028b\x85c\x0b"


def test_a_cut_stream_says_what_came_before() -> None:
    found = read(next(exchange for exchange in FAULTS if exchange.id.endswith("sse-cut"))).answer

    assert isinstance(found, Failed)
    assert found.facts["partial"] == "Hel"


def test_a_blank_call_id_is_made_up_the_same_way_each_time() -> None:
    calls = [part for part in reply(BY_ID["815e64a07d"]).parts if isinstance(part, ToolCall)]
    again = [part for part in reply(BY_ID["815e64a07d"]).parts if isinstance(part, ToolCall)]

    assert len(calls[0].id) == 9
    assert calls == again


def test_thoughts_that_only_the_total_counts_are_reasoning() -> None:
    assert Usage(fresh_input=35, output=12, reasoning=62) == reply(BY_ID["815e64a07d"]).usage


def test_a_content_list_is_thoughts_and_text() -> None:
    assert [part.part for part in reply(BY_ID["167bca28c1"]).parts] == ["reasoning", "text"]


def test_an_object_as_content_is_its_json() -> None:
    assert reply(BY_ID["a359343bf1"]).text == '{"title":"Apples are tasty","author":"Hadley Wickham"}'


def test_usage_that_is_missing_is_none() -> None:
    assert reply(BY_ID["a359343bf1"]).usage is None


def test_a_stream_may_end_without_a_finish_reason() -> None:
    answer = reply(BY_ID["b36f8cd5f7"])

    assert (answer.finish, answer.raw_finish) == ("stop", "")


def test_a_failed_generation_is_handed_on() -> None:
    found = read(BY_ID["173addb159"]).answer

    assert isinstance(found, Failed)
    assert found.kind == "tool_format"
    assert "get_something_by_name" in found.facts["failed_generation"]
