"""Answers as no document has them, and as servers send them."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from typedagents.core.errors import ProviderError
from typedagents.core.model import ModelReply
from typedagents.core.parts import (
    Audio,
    Image,
    Inline,
    Link,
    Opaque,
    Part,
    Reasoning,
    Refusal,
    Text,
    ToolCall,
)
from typedagents.core.usage import Usage
from typedagents.interpreter.ports import Headers
from typedagents.providers.faults import classify, seconds
from typedagents.providers.formats.openai_chat import StreamDecoder, decode


def whole(message: object, reason: object = "stop", **more: object) -> ModelReply:
    body = msgspec.json.encode(
        {"id": "r", "choices": [{"message": message, "finish_reason": reason}], **more}
    )
    answer = decode(200, (), body, provider="p")
    assert isinstance(answer, ModelReply), answer
    return answer


def streamed(*deltas: object, reason: str = "stop") -> ModelReply:
    decoder = StreamDecoder("p")
    for delta in deltas:
        decoder.feed(b"data: " + msgspec.json.encode({"choices": [{"delta": delta}]}) + b"\n\n")
    decoder.feed(b"data: " + msgspec.json.encode({"choices": [{"finish_reason": reason}]}) + b"\n\n")
    answer = decoder.finish()
    assert isinstance(answer, ModelReply), answer
    return answer


@pytest.mark.parametrize(
    ("content", "parts"),
    [
        (None, ()),
        (7, (Text("7"),)),
        ({"a": 1}, (Text('{"a":1}'),)),
        (["a", {"type": "text", "text": "b"}, None], (Text("ab"),)),
        ([{"type": "refusal", "refusal": "no"}], (Refusal("no"),)),
        ([{"type": "image_url", "image_url": {"url": "https://x/y"}}], (Image(Link("https://x/y")),)),
        ([{"type": "reference", "ids": [1]}], (Opaque("p", "content", '{"ids":[1],"type":"reference"}'),)),
        ([{"type": "thinking", "thinking": "hm"}], (Reasoning("hm", Opaque("p", "field", '"content"')),)),
    ],
)
def test_content_of_any_shape_is_read(content: object, parts: tuple[Part, ...]) -> None:
    assert whole({"content": content}).parts == parts
    assert streamed({"content": content}).parts == parts


def test_a_sound_is_its_words_and_its_bytes() -> None:
    audio = {"id": "a", "data": "AQI=", "transcript": "hi"}

    assert whole({"content": None, "audio": audio}).parts == (Text("hi"), Audio(Inline(b"\x01\x02", "")))
    assert whole({"content": None, "audio": {"data": "A"}}).parts == ()


def test_the_same_thoughts_in_two_fields_are_told_once() -> None:
    (part,) = whole({"reasoning": "hm", "reasoning_content": "hm"}).parts

    assert part == Reasoning("hm", Opaque("p", "field", '"reasoning_content"'))


def test_details_of_thoughts_are_merged_by_their_index() -> None:
    one = {"type": "reasoning.text", "index": 0, "text": "h", "format": None}
    two = {"type": "reasoning.text", "index": 0, "text": "m", "format": "f", "signature": "s"}
    other = {"type": "reasoning.encrypted", "index": 0, "data": "x"}
    loose = {"type": "note"}
    reply = streamed({"reasoning_details": [one]}, {"reasoning_details": [two, other, loose, "odd"]})
    merged = [{**two, "text": "hm"}, other, loose, "odd"]

    assert [part.part for part in reply.parts] == ["reasoning", "opaque"]
    assert [msgspec.json.decode(part.json) for part in reply.parts if isinstance(part, Opaque)] == [merged]


def test_the_state_of_a_server_is_completed_by_later_fragments() -> None:
    reply = streamed({"extra_content": {"a": 1}}, {"extra_content": {"b": 2}}, {"extra_content": None})

    assert reply.parts == (Opaque("p", "extra_content", '{"a":1,"b":2}'),)


def call(
    index: object = None, id: object = None, name: object = None, arguments: object = None
) -> dict[str, object]:
    return {"tool_calls": [{"index": index, "id": id, "function": {"name": name, "arguments": arguments}}]}


@pytest.mark.parametrize(
    ("fragments", "expected"),
    [
        ([call(0, "a", "f", '{"x":'), call(0, None, None, "1}")], [("a", "f", '{"x":1}')]),
        ([call(0, "a", "f", '{"x":'), call(0, "a", "f", "1}")], [("a", "f", '{"x":1}')]),
        ([call(0, "a", "f", "{}"), call(0, "b", "g", "{}")], [("a", "f", "{}"), ("b", "g", "{}")]),
        ([call(None, "a", "f", '{"x":'), call(None, "a", None, "1}")], [("a", "f", '{"x":1}')]),
        ([call(None, "a", "f", '{"x":'), call(None, None, None, "1}")], [("a", "f", '{"x":1}')]),
        ([call(None, "a", "f", "{}"), call(None, None, "g", "{}")], [("a", "f", "{}"), (None, "g", "{}")]),
        ([call(0, "a", "f", {"x": 1})], [("a", "f", '{"x":1}')]),
        ([call("0", "a", "f", ""), call(0, "", "", "{}")], [("a", "f", "{}")]),
        ([call(0, "", "", ""), call(None, None, None, None)], []),
    ],
)
def test_fragments_find_their_call(
    fragments: list[object], expected: list[tuple[str | None, str, str]]
) -> None:
    calls = [part for part in streamed(*fragments).parts if isinstance(part, ToolCall)]

    assert len(calls) == len(expected)
    for found, (id, name, arguments) in zip(calls, expected, strict=True):
        assert (found.name, found.arguments) == (name, arguments)
        assert found.id == id or (id is None and len(found.id) == 9)


def test_doubled_ids_of_one_answer_are_told_apart() -> None:
    entry = {"id": "0", "function": {"name": "f", "arguments": "{}"}}
    first, second = whole({"tool_calls": [entry, entry]}).parts

    assert isinstance(first, ToolCall)
    assert isinstance(second, ToolCall)
    assert first.id == "0" != second.id


def test_a_call_with_free_text_is_kept_as_such() -> None:
    (found,) = whole({"tool_calls": [{"id": "a", "custom": {"name": "sql", "input": "select 1"}}]}).parts

    assert found == ToolCall("a", "sql", '{"input":"select 1"}', state=Opaque("p", "custom", "true"))


@pytest.mark.parametrize("arguments", ['{"x": "un', "", "{'x': 1}"])
def test_a_call_that_was_cut_is_not_complete(arguments: str) -> None:
    reply = whole({"tool_calls": [{"id": "a", "function": {"name": "f", "arguments": arguments}}]}, "length")
    (found,) = reply.parts

    assert isinstance(found, ToolCall)
    assert not found.complete
    assert reply.finish == "length"


@pytest.mark.parametrize(
    ("message", "reason", "finish"),
    [
        ({"content": "x"}, "stop", "stop"),
        ({"content": "x"}, "eos", "stop"),
        ({"content": "x"}, "", "stop"),
        ({"content": "x"}, None, "stop"),
        ({"content": "x"}, "tool_calls", "stop"),
        ({"content": "x"}, "STOP", "stop"),
        ({"content": "x"}, "length", "length"),
        ({"content": "x"}, "content_filter", "content_filter"),
        ({"content": "x"}, "surprise", "other"),
        ({"refusal": "no"}, "stop", "refusal"),
        ({"function_call": {"name": "f", "arguments": "{}"}}, "stop", "tool_calls"),
        ({"tool_calls": [{"id": "a", "function": {"name": "f"}}]}, "surprise", "tool_calls"),
    ],
)
def test_what_an_answer_ended_with_follows_from_its_content(
    message: object, reason: object, finish: str
) -> None:
    assert whole(message, reason).finish == finish


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        (None, None),
        ({}, None),
        ({"prompt_tokens": None, "completion_tokens": None, "total_tokens": 3}, None),
        ({"prompt_tokens": 5}, Usage(fresh_input=5)),
        ({"prompt_tokens": "5", "completion_tokens": 2.0}, Usage(fresh_input=5, output=2)),
        ({"prompt_tokens": True, "completion_tokens": -1}, None),
        ({"prompt_tokens": 5, "prompt_tokens_details": {"cached_tokens": 9}}, Usage(cache_read=5)),
        (
            {"prompt_tokens": 9, "prompt_tokens_details": {"cached_tokens": 2, "cache_write_tokens": 3}},
            Usage(fresh_input=4, cache_read=2, cache_write=3),
        ),
        ({"prompt_tokens": 9, "prompt_cache_hit_tokens": 4}, Usage(fresh_input=5, cache_read=4)),
        (
            {
                "prompt_tokens": 1,
                "completion_tokens": 10,
                "completion_tokens_details": {"reasoning_tokens": 11},
            },
            Usage(fresh_input=1, reasoning=10),
        ),
        (
            {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 9},
            Usage(fresh_input=1, output=2, reasoning=6),
        ),
    ],
)
def test_tokens_are_counted_in_one_bucket_each(usage: object, expected: Usage | None) -> None:
    assert whole({"content": "x"}, usage=usage).usage == expected


def test_a_cost_that_the_server_says_is_kept_exactly() -> None:
    usage = {"prompt_tokens": 1, "cost": 0.00123}

    assert whole({"content": "x"}, usage=usage).cost_usd == Decimal("0.00123")
    assert whole({"content": "x"}, usage={"prompt_tokens": 1, "cost": {"total": 1}}).cost_usd is None
    assert whole({"content": "x"}, x_groq={"usage": {"prompt_tokens": 2}}).usage == Usage(fresh_input=2)


def test_the_first_of_several_answers_counts() -> None:
    choices = [{"index": 1, "message": {"content": "b"}}, {"index": 0, "message": {"content": "a"}}]
    answer = decode(200, (), msgspec.json.encode({"choices": choices}))

    assert isinstance(answer, ModelReply)
    assert answer.text == "a"


def test_an_error_beside_a_choice_is_an_error() -> None:
    body = msgspec.json.encode(
        {"choices": [{"message": {"content": "x"}, "error": {"message": "no", "code": 502}}]}
    )
    answer = decode(200, (), body)

    assert isinstance(answer, ProviderError)
    assert (answer.kind, answer.facts["partial"]) == ("server", "x")


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b'{"choices":[{"message":{"content":"\\ud83d"}}]}', "\ufffd"),
        (b'{"choices":[{"message":{"content":"\\ud83d\\ude00"}}]}', "\U0001f600"),
        (b'{"choices":[{"message":{"content":"a\xff"}}]}', "a\ufffd"),
        (b'{"choices":[{"message":{"content":"a"},"logprobs":NaN}]}', "a"),
    ],
    ids=["half a pair", "a pair", "no UTF-8", "NaN"],
)
def test_what_is_outside_the_standard_is_read_all_the_same(body: bytes, text: str) -> None:
    answer = decode(200, (), body)

    assert isinstance(answer, ModelReply)
    assert answer.text == text


@pytest.mark.parametrize(
    ("status", "body", "kind", "says"),
    [
        (401, b'{"error":"bad key"}', "auth", "bad key"),
        (400, b'[{"error":{"message":"bad","details":[{"reason":"API_KEY_INVALID"}]}}]', "auth", "bad"),
        (400, b"[]", "invalid_request", "answered 400"),
        (422, b'{"detail":[{"loc":["body"],"msg":"field required"}]}', "invalid_request", "field required"),
        (404, b'{"detail":"Not Found"}', "not_found", "Not Found"),
        (429, b'{"error":{"message":"limit: 0","status":"RESOURCE_EXHAUSTED"}}', "quota", "limit: 0"),
        (503, b'{"error":{"message":"busy","status":"UNAVAILABLE"}}', "overloaded", "busy"),
        (413, b"", "request_too_large", "answered 413"),
        (500, b"plain words", "server", "plain words"),
        (418, b"", "invalid_request", "answered 418"),
        (400, b'{"error":{"message":"Prompt is too long"}}', "context_length", "Prompt is too long"),
    ],
)
def test_errors_of_any_shape_are_told_apart(status: int, body: bytes, kind: str, says: str) -> None:
    error = classify(status, (), body, asked="asked")

    assert error.kind == kind
    assert says in error.text


@pytest.mark.parametrize(
    ("headers", "body", "facts"),
    [
        ((("retry-after-ms", "1500"), ("retry-after", "2")), b"", {"retry_after": "1.5"}),
        ((("Retry-After", "2"),), b"", {"retry_after": "2"}),
        (
            (("retry-after", "Wed, 21 Oct 2099 07:28:00 GMT"),),
            b"",
            {"retry_at": "Wed, 21 Oct 2099 07:28:00 GMT"},
        ),
        ((("retry-after", "nan"),), b"", {}),
        ((("retry-after", "-1"),), b"", {}),
        (
            (("x-ratelimit-reset-requests", "12ms"), ("x-ratelimit-reset-tokens", "6m1.5s")),
            b"",
            {"retry_after": "361.5"},
        ),
        ((), b'{"error":{"details":[{"retryDelay":"31s"}]}}', {"retry_after": "31"}),
        ((("x-should-retry", "false"),), b"", {"retryable": "false"}),
        ((("x-request-id", "q"),), b"", {"request_id": "q"}),
    ],
)
def test_how_long_to_wait_is_taken_from_where_it_stands(
    headers: Headers, body: bytes, facts: dict[str, str]
) -> None:
    error = classify(429, headers, body, asked="asked")

    assert {"retryable": "true", **facts}.items() <= dict(error.facts).items()
    assert [name for name in ("retry_after", "retry_at") if name in error.facts] == [
        name for name in facts if name.startswith("retry_")
    ]


def test_durations_are_read_as_services_write_them() -> None:
    assert [seconds(text) for text in ("1h", "1m30s", "5", "", "s")] == [3600.0, 90.0, None, None, None]
