"""All that is recorded holds the cases, law 12 among them; each case sees what breaks it; the command says so."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.providers.asking import KEY, ask
from tests.providers.loopback import DONE, piece, said, serving, streamed, whole
from tests.providers.recorded import CORPUS, DATA, MISSING
from typedagents.core.model import ModelReply, TextDelta
from typedagents.core.parts import Text, ToolCall
from typedagents.core.usage import Usage
from typedagents.providers import OpenAIChat
from typedagents.providers.codec import Codec
from typedagents.providers.conformance import FORMATS, Finding, Report, check
from typedagents.providers.conformance.__main__ import main
from typedagents.providers.conformance.cases import adds_up, as_shown, classifies, decodes, however_cut
from typedagents.providers.conformance.reading import Failed, Read, cut, in_stream, read
from typedagents.providers.recording import Exchange, read_exchanges, record
from typedagents.providers.recording.exchange import Request, Response, written

HERE = [*read_exchanges(DATA / "excerpt.jsonl"), *read_exchanges(DATA / "faults.jsonl")]
FILES = sorted(CORPUS.glob("**/*.jsonl"))
needs_corpus = pytest.mark.skipif(not FILES, reason=MISSING)


def codec_of(exchange: Exchange) -> Codec:
    return FORMATS[exchange.endpoint].codec(exchange.provider)


def found_in(*exchanges: Exchange) -> list[Finding]:
    return list(check(exchanges, Report()))


def test_what_is_always_here_holds() -> None:
    assert found_in(*HERE) == []


@needs_corpus
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_corpus_holds(file: Path) -> None:
    assert found_in(*read_exchanges(file)) == []


@needs_corpus
def test_enough_of_the_corpus_is_compared() -> None:
    report = Report()
    for file in FILES:
        assert list(check(read_exchanges(file), report)) == []
    least = {"anthropic": 50, "google": 40, "google-vertex": 20, "openai": 50}

    assert {name: report.tallies[name].checked[8] >= least[name] for name in least} == dict.fromkeys(
        least, True
    )
    assert sum(tally.checked[1] for tally in report.tallies.values()) > 400
    assert sum(tally.checked[2] for tally in report.tallies.values()) > 600
    assert sum(tally.checked[6] for tally in report.tallies.values()) > 45


def streams() -> Iterator[Exchange]:
    for exchange in [*HERE, *(exchange for file in FILES for exchange in read_exchanges(file))]:
        form = FORMATS.get(exchange.endpoint)
        if form and in_stream(exchange, form.codec(exchange.provider)) and len(exchange.body) < 20_000:
            yield exchange


@settings(deadline=None, max_examples=150)
@given(st.sampled_from(list(streams())), st.lists(st.integers(0, 1_000_000), max_size=30))
def test_where_a_stream_is_cut_changes_nothing(exchange: Exchange, places: list[int]) -> None:
    codec = codec_of(exchange)

    assert read(exchange, codec, cut(exchange.body, places)) == read(exchange, codec)


# --- what does not hold is seen ---------------------------------------------------------------------------------


def answered(
    body: object, *, status: int = 200, group: str = "", turn: int = 0, sent: object = None
) -> Exchange:
    return Exchange(
        "p.chat.1",
        "chat.completions",
        Response(status, {"content-type": "application/json"}, "utf-8", json.dumps(body)),
        Request("POST", "/chat/completions", {}, sent),
        "p",
        group=group,
        turn=turn,
    )


CALL = {"id": "c1", "type": "function", "function": {"name": "add", "arguments": '{"a": 1}'}}


def calling(*calls: object) -> dict[str, object]:
    message = {"role": "assistant", "content": None, "tool_calls": list(calls)}
    return {"choices": [{"message": message, "finish_reason": "tool_calls"}]}


def problems(exchange: Exchange) -> list[tuple[int, str]]:
    return [(finding.case, finding.problem) for finding in found_in(exchange)]


def test_a_body_that_does_not_decode_is_told() -> None:
    ((case, problem),) = problems(answered({"answer": 42}))

    assert (case, problem[:15]) == (1, "does not decode")


def test_what_the_tags_say_must_be_in_the_answer() -> None:
    tagged = replace(answered(said()), tags=("tool_call", "reasoning", "refusal"))

    assert [problem.partition(",")[0] for _, problem in problems(tagged)] == [
        "no tool_call",
        "no refusal",
        "no reasoning",
    ]
    assert problems(replace(answered(calling(CALL)), tags=("finish:stop",)))[0][1].startswith("a tool_call")


REPLY = ModelReply((Text("hi"),))
USED = {"usage": {"prompt_tokens": 3, "completion_tokens": 2}}


@pytest.mark.parametrize(
    ("reply", "problem"),
    [
        (evolve(REPLY, parts=()), "comes to nothing, and says 'hi'"),
        (evolve(REPLY, finish="tool_calls"), "ended with calls, and there are none"),
    ],
)
def test_an_answer_that_is_not_consistent_is_told(reply: ModelReply, problem: str) -> None:
    assert list(decodes(answered(said("hi")), Read(reply))) == [problem]


def test_calls_that_are_not_consistent_are_told() -> None:
    exchange = answered(calling(CALL))
    found = read(exchange, codec_of(exchange)).answer
    assert isinstance(found, ModelReply)
    (call,) = found.parts
    assert isinstance(call, ToolCall)
    wrong = evolve(found, finish="stop", parts=(call, evolve(call, complete=False)))

    assert [text.partition(",")[0].partition(":")[0] for text in decodes(exchange, Read(wrong))] == [
        "calls without a name or an id of their own",
        "calls tools",
        "a call is cut",
    ]


def stream() -> Exchange:
    return next(exchange for exchange in HERE if exchange.streamed and not exchange.expect)


def test_a_stream_that_depends_on_where_it_is_cut_is_told() -> None:
    exchange = stream()
    found = read(exchange, codec_of(exchange))
    other = evolve(found, deltas=(*found.deltas, TextDelta("!")))

    assert len(list(however_cut(exchange, codec_of(exchange), other))) == 5
    assert list(however_cut(exchange, codec_of(exchange), found)) == []


def test_words_that_were_not_shown_are_told() -> None:
    assert len(list(as_shown(Read(REPLY)))) == 1
    assert list(as_shown(Read(REPLY, (TextDelta("h"), TextDelta("i"))))) == []


@pytest.mark.parametrize(
    ("found", "count"),
    [
        (REPLY, 1),
        (Failed("auth", "asked: no", {"status": "401"}), 0),
        (Failed("server", "asked: no", {"status": "401"}), 1),
        (Failed("of a new kind", "", {"status": "401"}), 2),
        (Failed("auth", "asked: no", {}), 1),
    ],
)
def test_a_refusal_of_the_wrong_kind_is_told(found: ModelReply | Failed, count: int) -> None:
    assert len(list(classifies(answered({}, status=401), Read(found)))) == count


def test_a_fault_that_comes_to_something_else_is_told() -> None:
    exchange = next(exchange for exchange in HERE if exchange.id.endswith("azure-429-ms"))
    expect, response = exchange.expect, exchange.response
    assert expect

    def told(changed: Exchange) -> list[str]:
        return [finding.problem[:16] for finding in found_in(changed) if finding.case == 6]

    assert told(exchange) == []
    assert told(replace(exchange, response=replace(response, headers={}))) == ["to wait None, an"]
    assert told(replace(exchange, expect=replace(expect, retry_after=None))) == ["to wait 0.25, an"]
    assert told(replace(exchange, expect=replace(expect, retry_after="date"))) == ["to wait 0.25, an"]
    assert told(replace(exchange, expect=replace(expect, kind="quota"))) == ["an error of kind"]
    assert told(
        replace(
            exchange, response=replace(response, headers={"retry-after": "0.25", "x-should-retry": "false"})
        )
    ) == ["retryable is 'fa"]


def test_a_fault_that_comes_to_a_reply_is_told() -> None:
    fault = next(exchange for exchange in HERE if exchange.id.endswith("openai-500"))
    healed = replace(fault, response=answered(said()).response)

    assert [finding.case for finding in found_in(healed)] == [6]


def test_tokens_that_do_not_add_up_are_told() -> None:
    def told(counted: Usage | None, **more: object) -> int:
        exchange = answered(said("hi", **more))
        return len(list(adds_up(exchange, FORMATS["chat.completions"], Read(evolve(REPLY, usage=counted)))))

    assert told(Usage(fresh_input=3, output=2), **USED) == 0
    assert told(Usage(fresh_input=2, cache_read=1, output=2), **USED) == 0
    assert told(Usage(fresh_input=2, output=2), **USED) == 2
    assert told(Usage(fresh_input=3, output=1), **USED) == 1
    assert told(None, **USED) == 1
    assert told(Usage()) == 1
    assert told(None) == 0


ASKED = {"role": "user", "content": "1 + 2?"}


def turns(back: object, *, asked: object = ASKED) -> list[Exchange]:
    first = answered(calling(CALL), group="g", sent={"messages": [ASKED]})
    return [first, answered(said(), group="g", turn=1, sent={"messages": [asked, back]})]


def test_an_answer_that_does_not_go_back_as_it_came_is_told() -> None:
    def told(back: object, **more: object) -> list[int]:
        return [finding.case for finding in found_in(*turns(back, **more))]

    spaced = {**CALL, "function": {"name": "add", "arguments": '{"a":1}'}}
    other = {**CALL, "id": "c1", "function": {"name": "add", "arguments": '{"a":2}'}}
    assert told({"role": "assistant", "tool_calls": [spaced]}) == []
    assert told({"role": "assistant", "tool_calls": [other]}) == [8]
    assert told({"role": "assistant", "tool_calls": [spaced, other]}) == [8]
    assert told({"role": "assistant", "tool_calls": [other]}, asked="of another conversation") == []
    assert told({"role": "user", "content": "what?"}) == []


# --- the command ------------------------------------------------------------------------------------------------


def saved(file: Path, *exchanges: Exchange) -> str:
    file.write_bytes(b"".join(map(written, exchanges)))
    return str(file)


def test_the_command_counts_for_each_service(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    foreign = replace(answered({}), endpoint="embeddings")
    unanswered = replace(answered({}), response=Response(0))
    assert main([saved(tmp_path / "a.jsonl", answered(said()), foreign, unanswered)]) == 0
    (line,) = capsys.readouterr().out.splitlines()

    assert json.loads(line) == {
        "provider": "p",
        "exchanges": 3,
        "failures": 0,
        "checked": {"1": 1, "35": 1},
        "unknown_endpoints": {"embeddings": 1},
        "unanswered": 1,
    }


def test_the_command_prints_a_line_for_each_failure(tmp_path: Path) -> None:
    bad = saved(tmp_path / "bad.jsonl", answered({"answer": 42}))
    damaged = tmp_path / "damaged.jsonl"
    damaged.write_text("no JSON\n")
    done = subprocess.run(
        [sys.executable, "-m", "typedagents.providers.conformance", bad, str(damaged)],
        capture_output=True,
        text=True,
        check=False,
    )
    lines = [json.loads(line) for line in done.stdout.splitlines()]

    assert done.returncode == 1
    assert [line.get("case") for line in lines] == [1, None, None]
    assert (lines[0]["file"], lines[0]["id"]) == (bad, "p.chat.1")
    assert "line 1" in lines[1]["problem"]
    assert lines[2]["failures"] == 1


def test_the_command_says_what_it_takes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "FILE" in capsys.readouterr().err


def test_what_record_writes_is_checked(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    answers = (streamed(piece("Hel"), piece("lo", "stop"), DONE), streamed(piece("Hel"), end=False))
    with serving(*answers, whole(said())) as server:
        provider = OpenAIChat(
            model="m",
            base_url=server.url,
            api_key=KEY,
            transport=record(file, provider="p"),
            delivery="streamed",
        )
        assert ask(provider).text == "Hello"
        with pytest.raises(Exception, match="in the middle"):
            ask(provider)
        assert ask(evolve(provider, delivery="whole")).text == "hello"
    report = Report()

    assert list(check(read_exchanges(file), report)) == []
    assert report.tallies["p"].checked == {1: 3, 3: 2, 4: 2, 35: 3}
