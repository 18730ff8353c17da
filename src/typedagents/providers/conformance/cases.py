"""What must hold of each recorded exchange, whatever service it is with. Each case says what is wrong, if something is.

1, 2   a whole answer decodes, and is consistent in itself (1: chat completions, 2: other formats)
3      a stream comes to the same, however it is cut
4      what was shown of it comes to what the reply says
5      a refusal is an error of a kind, with words
6      a hand-made fault comes to what it says it must
8      an answer goes back as the next recorded request sent it
35     tokens are counted as the service counts them, and not at all where it does not
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from typedagents.core.model import ModelReply, ReasoningDelta, TextDelta
from typedagents.core.parts import Opaque, Part, Reasoning, Refusal, Text, ToolCall, cleaned
from typedagents.providers.codec import ArgumentsDelta, Codec
from typedagents.providers.faults import ADVICE, TRANSIENT
from typedagents.providers.recording import Exchange

from .formats import Format
from .reading import Failed, Read, in_stream, read, values_in, ways_to_cut

SAYS = ("text", "content", "thinking", "reasoning", "refusal", "arguments", "partial_json", "delta")
"""Fields that hold what a model says, in one format or another."""


def decodes(exchange: Exchange, found: Read) -> Iterator[str]:
    """Cases 1 and 2, for successes; errors inside of them are answers too, where they say what is wrong."""
    answer = found.answer
    if isinstance(answer, Failed):
        if answer.kind == "protocol" or (answer.kind == "stream_incomplete" and not exchange.fault):
            yield f"does not decode: {answer.text}"
        return
    calls = [part for part in answer.parts if isinstance(part, ToolCall)]
    if not answer.parts and (words := said_in(values_in(exchange.body))):
        yield f"comes to nothing, and says {words!r:.200}"
    if len({call.id for call in calls}) != len(calls) or not all(call.id and call.name for call in calls):
        yield f"calls without a name or an id of their own: {[(call.id, call.name) for call in calls]}"
    if calls and answer.finish not in ("tool_calls", "length"):
        yield f"calls tools, and ended with {answer.finish!r}"
    if answer.finish == "tool_calls" and not calls:
        yield "ended with calls, and there are none"
    if answer.finish != "length" and not all(call.complete for call in calls):
        yield "a call is cut, and the answer is not"
    yield from _as_tagged(set(exchange.tags), answer.parts)


def said_in(value: object) -> str:
    """What a model says in a body, found without knowing the format."""
    if isinstance(value, list):
        return "".join(map(said_in, value))
    if not isinstance(value, dict):
        return ""
    own = "".join(value[name] for name in SAYS if isinstance(value.get(name), str))
    return own.strip() + "".join(map(said_in, value.values()))


def _as_tagged(tags: set[str], parts: tuple[Part, ...]) -> Iterator[str]:
    """What those who made the corpus found in an answer; recordings of one's own have no tags."""
    if not tags:
        return
    has = {
        "tool_call": any(isinstance(part, ToolCall) for part in parts),
        "refusal": any(isinstance(part, Refusal) for part in parts),
    }
    if tags & {"finish:function_call", "finish:TOOL_CALL"}:
        tags = tags | {"tool_call"}
    if "finish:refusal" in tags:
        tags = tags | {"refusal"}
    for name, there in has.items():
        if there != (name in tags):
            yield f"{'a' if there else 'no'} {name}, and the tags say otherwise"
    if "reasoning" in tags and not any(isinstance(part, Reasoning | Opaque) for part in parts):
        yield "no reasoning, and the tags say otherwise"


def however_cut(exchange: Exchange, codec: Codec, found: Read) -> Iterator[str]:
    """Case 3."""
    for way, pieces in ways_to_cut(exchange):
        if read(exchange, codec, pieces) != found:
            yield f"fed {way}, it comes to something else"


def as_shown(found: Read) -> Iterator[str]:
    """Case 4."""
    if isinstance(found.answer, ModelReply):
        parts = found.answer.parts
        said = "".join(part.text for part in parts if isinstance(part, Text))
        shown = cleaned("".join(delta.text for delta in found.deltas if isinstance(delta, TextDelta)))
        if said != shown:
            yield f"says {said!r:.200}, and showed {shown!r:.200}"
        thought = "".join(part.text for part in parts if isinstance(part, Reasoning))
        mused = cleaned("".join(delta.text for delta in found.deltas if isinstance(delta, ReasoningDelta)))
        if mused and thought != mused:
            yield f"thought {thought!r:.200}, and showed {mused!r:.200}"
        calls = {(part.name, part.arguments) for part in parts if isinstance(part, ToolCall)}
        for call in _written(found):
            if call not in calls:
                yield f"calls {sorted(calls)!r:.200}, and showed {call!r:.200}"


def _written(found: Read) -> set[tuple[str, str]]:
    """The tools and the arguments that were shown piece by piece."""
    pieces: dict[tuple[str, int], list[str]] = {}
    for delta in found.deltas:
        if isinstance(delta, ArgumentsDelta):
            pieces.setdefault((delta.tool, delta.place), []).append(delta.text)
    return {(tool, cleaned("".join(texts))) for (tool, _), texts in pieces.items()}


FITTING: Mapping[int, frozenset[str]] = {
    401: frozenset({"auth"}),
    402: frozenset({"quota"}),
    404: frozenset({"not_found"}),
    413: frozenset({"request_too_large", "context_length"}),
    429: frozenset({"rate_limit", "quota"}),
}
"""Kinds that a status allows; other refusals say in words what they mean."""


def classifies(exchange: Exchange, found: Read) -> Iterator[str]:
    """Case 5, for refusals."""
    answer, status = found.answer, exchange.status
    if isinstance(answer, ModelReply):
        yield f"status {status}, and it decodes to a reply"
        return
    if answer.kind not in ADVICE or not answer.text.startswith("asked: "):
        yield f"an error of kind {answer.kind!r} that says {answer.text!r:.200}"
    transient = answer.kind in TRANSIENT
    fits = (
        answer.kind in FITTING[status]
        if status in FITTING
        else status >= 500 or status in (408, 409) or not transient
    )
    if not fits:
        yield f"status {status} is an error of kind {answer.kind!r}"
    if answer.facts.get("status") != str(status):
        yield f"status {status} is told as {answer.facts.get('status')!r}"


def as_expected(exchange: Exchange, found: Read) -> Iterator[str]:
    """Case 6, for exchanges that say what they must come to."""
    expect, answer = exchange.expect, found.answer
    if not expect:
        return
    if isinstance(answer, ModelReply):
        if expect.kind != "ok":
            yield f"a reply, and not an error of kind {expect.kind!r}"
        return
    if answer.kind != expect.kind:
        yield f"an error of kind {answer.kind!r}, and not {expect.kind!r}: {answer.text}"
    wait = "date" if "retry_at" in answer.facts else answer.facts.get("retry_after")
    asked = None if expect.retry_after is None else str(expect.retry_after)
    if wait != asked and (wait in (None, "date") or asked in (None, "date") or float(wait) != float(asked)):
        yield f"to wait {wait}, and not {asked}"
    # Whether a wait is too long is for whoever retries to decide: the error passes it on.
    too_long = not expect.retryable and expect.retry_after is not None
    if not too_long and answer.facts.get("retryable") != str(expect.retryable).lower():
        yield f"retryable is {answer.facts.get('retryable')!r}, and not {expect.retryable}"


def adds_up(exchange: Exchange, form: Format, found: Read) -> Iterator[str]:
    """Case 35, for replies."""
    if isinstance(found.answer, Failed):
        return
    usage, counted = found.answer.usage, form.counted(values_in(exchange.body))
    if usage is None or counted is None:
        if usage is not None or counted is not None:
            yield f"the service counts {counted}, and the reply {usage}"
        return
    if usage.input_tokens != counted.input:
        yield f"{counted.input} tokens were sent, and the reply counts {usage.input_tokens}: {usage}"
    totals = {counted.input + counted.output, counted.total}
    if usage.total not in totals:
        yield f"{counted} tokens, and the reply counts {usage.total}: {usage}"


def goes_back(
    exchange: Exchange, after: Exchange, form: Format, codec: Codec, found: Read
) -> list[str] | None:
    """Case 8, for an answer and the exchange behind it; None where they do not belong together."""
    if isinstance(found.answer, Failed):
        return None
    theirs = form.turns.next_of(exchange, after)
    if not theirs:
        return None
    ours = form.turns.sent(codec, found.answer)
    if form.turns.compared(exchange, ours, theirs):
        return []
    return [f"goes back as {ours!r:.400}; recorded was {theirs!r:.400}"]


def of_one(exchange: Exchange, form: Format, codec: Codec, found: Read) -> Iterator[tuple[int, list[str]]]:
    """Each case that concerns an exchange alone, and what is wrong."""
    if exchange.succeeded and not exchange.expect:
        yield 1 if exchange.endpoint == "chat.completions" else 2, list(decodes(exchange, found))
        yield 35, list(adds_up(exchange, form, found))
    if in_stream(exchange, codec):
        yield 3, list(however_cut(exchange, codec, found))
        yield 4, list(as_shown(found))
    if not exchange.succeeded:
        yield 5, list(classifies(exchange, found))
    if exchange.expect:
        yield 6, list(as_expected(exchange, found))
