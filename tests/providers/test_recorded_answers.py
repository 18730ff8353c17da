"""Every recorded answer decodes, whole and streamed, however it is cut; law 12."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import UNSET

from tests.providers.recorded import CORPUS, DATA, MISSING, Read, corpus, cut, exchanges, read
from typedagents.core.model import ModelReply, ReasoningDelta, TextDelta
from typedagents.core.parts import Opaque, Reasoning, Refusal, Text, ToolCall, cleaned
from typedagents.core.usage import Usage
from typedagents.providers.recording import Exchange

EXCERPT = exchanges(DATA / "excerpt.jsonl")
FAULTS = exchanges(DATA / "faults.jsonl")
STREAMS = [exchange for exchange in (*EXCERPT, *FAULTS) if exchange.streamed]
BY_ID = {exchange.id.rpartition(".")[2]: exchange for exchange in EXCERPT}

needs_corpus = pytest.mark.skipif(not CORPUS.is_dir(), reason=MISSING)


def reply(exchange: Exchange) -> ModelReply:
    found = read(exchange).answer
    assert isinstance(found, ModelReply), (exchange.id, found)
    return found


def shown(deltas: Read) -> tuple[str, str]:
    """What watchers saw: text, and thoughts."""
    text = "".join(delta.text for delta in deltas.deltas if isinstance(delta, TextDelta))
    return text, "".join(delta.text for delta in deltas.deltas if isinstance(delta, ReasoningDelta))


def said(answer: ModelReply) -> tuple[str, str]:
    text = "".join(part.text for part in answer.parts if isinstance(part, Text))
    return text, "".join(part.text for part in answer.parts if isinstance(part, Reasoning))


def check(exchange: Exchange) -> None:
    """What holds for every exchange."""
    found = read(exchange)
    if exchange.streamed:
        assert read(exchange, [exchange.body[i : i + 1] for i in range(len(exchange.body))]) == found
    if not isinstance(found.answer, ModelReply):
        kind, text, facts = found.answer
        assert exchange.response.status != 200 or "error_in_body" in exchange.tags, (exchange.id, text)
        assert kind, exchange.id
        assert text.startswith("asked: "), exchange.id
        assert facts["status"] == str(exchange.response.status), exchange.id
        return
    answer, tags = found.answer, set(exchange.tags)
    if exchange.streamed:
        assert tuple(map(cleaned, shown(found))) == said(answer), exchange.id
    calls = [part for part in answer.parts if isinstance(part, ToolCall)]
    assert bool(calls) == bool({"tool_call", "finish:function_call"} & tags), exchange.id
    assert len({call.id for call in calls}) == len(calls), exchange.id
    assert all(call.id and call.name for call in calls), exchange.id
    assert ("refusal" in tags) == any(isinstance(part, Refusal) for part in answer.parts), exchange.id
    if "reasoning" in tags:
        assert any(isinstance(part, Reasoning | Opaque) for part in answer.parts), exchange.id
    if calls and answer.raw_finish != "length":
        assert answer.finish == "tool_calls", exchange.id
    assert answer.finish in ("stop", "tool_calls", "length", "refusal", "content_filter"), exchange.id
    assert answer.finish == "length" or answer.parts, exchange.id
    assert answer.model or not any(map(exchange.id.startswith, ("openai", "mistral"))), exchange.id


@pytest.mark.parametrize("exchange", EXCERPT, ids=lambda exchange: exchange.id)
def test_an_excerpt_decodes(exchange: Exchange) -> None:
    check(exchange)


@needs_corpus
def test_the_whole_corpus_decodes() -> None:
    count = 0
    for exchange in corpus():
        check(exchange)
        count += 1

    assert count > 400


def random_streams() -> Iterator[Exchange]:
    yield from (exchange for exchange in corpus() if exchange.streamed and len(exchange.body) < 20_000)


ALL_STREAMS = [*STREAMS, *random_streams()]


@settings(deadline=None, max_examples=150)
@given(st.sampled_from(ALL_STREAMS), st.lists(st.integers(0, 1_000_000), max_size=30))
def test_where_a_stream_is_cut_changes_nothing(exchange: Exchange, places: list[int]) -> None:
    assert read(exchange, cut(exchange.body, places)) == read(exchange)


@pytest.mark.parametrize("exchange", FAULTS, ids=lambda exchange: exchange.id)
def test_hand_made_faults_come_to_their_kind(exchange: Exchange) -> None:
    found, expect = read(exchange).answer, exchange.expect
    assert expect is not UNSET

    if isinstance(found, ModelReply):
        assert expect.kind == "ok"
        return
    kind, text, facts = found
    asked_to_wait_too_long = exchange.id.endswith(
        "429-long"
    )  # whether to wait that long is the retry's decision
    wait = "date" if "retry_at" in facts else float(facts["retry_after"]) if "retry_after" in facts else None
    assert expect.kind == kind
    assert asked_to_wait_too_long or str(expect.retryable).lower() == facts["retryable"]
    assert expect.retry_after == wait
    assert text


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

    assert isinstance(found, tuple)
    assert found[2]["partial"] == "Hel"


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

    assert isinstance(found, tuple)
    assert found[0] == "tool_format"
    assert "get_something_by_name" in found[2]["failed_generation"]
