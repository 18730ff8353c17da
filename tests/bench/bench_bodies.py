"""What a request body and a streamed answer cost in each format, beside what must be done anyway.

A body of 1,000 messages is measured against msgspec's own encoding of the same body; the conversation grows by one
message each time, as conversations do. A stream of 1,000 deltas is measured against the HTTP library alone, which reads
the same stream by lines and decodes each by msgspec: with a client as it comes, and with one that leaves out the
certificates that plain HTTP does not need. Loading them takes as long as the stream.
"""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Awaitable, Callable, Iterator
from functools import partial

import msgspec
import pytest

from tests.bench.conftest import Measured
from tests.providers.asking import REQUEST, Told
from tests.providers.loopback import DONE, Answer, piece, serving, streamed
from typedagents.core.log import Transcript
from typedagents.core.message import Message
from typedagents.core.model import CallModel
from typedagents.interpreter.lifetime import keeping
from typedagents.interpreter.secrets import Secret
from typedagents.providers import AnthropicMessages, Gemini, OpenAIChat, OpenAIResponses
from typedagents.providers.codec import Codec
from typedagents.providers.conformance import FORMATS
from typedagents.providers.http import library
from typedagents.providers.service import Service

MESSAGES = 1000
DELTAS = 1000
TIMES = 15
TEXT = "lorem ipsum dolor sit amet consectetur adipiscing elit sed do ei"
ENDPOINTS = {
    "chat completions": "chat.completions",
    "Responses": "responses",
    "Messages": "messages",
    "Gemini": "generateContent",
    "Converse": "converse",
    "Ollama": "api.chat",
    "Cohere": "v2.chat",
}


def spent(work: Callable[[], object]) -> float:
    start = time.thread_time()
    work()
    return time.thread_time() - start


def conversation(length: int) -> Transcript:
    return Transcript([Message(("me", "you")[number % 2], TEXT, "model") for number in range(length)])


@pytest.mark.parametrize("name", ENDPOINTS)
def test_a_body_of_a_thousand_messages(name: str, measured: Measured) -> None:
    codec = FORMATS[ENDPOINTS[name]].codec("here")
    transcript = conversation(MESSAGES)
    body = encoded(codec, transcript)
    value = msgspec.json.decode(body)
    encoder = msgspec.json.Encoder()
    ours, anchor = list[float](), list[float]()
    gc.collect()
    for number in range(TIMES):
        transcript = transcript.append(Message(("me", "you")[number % 2], TEXT, "model"))
        ours.append(spent(partial(encoded, codec, transcript)))
        anchor.append(spent(partial(encoder.encode, value)))
    ratio = min(ours) / min(anchor)
    measured(f"a body of {MESSAGES:,} messages, {name}, to msgspec", ratio, "x", at_most=2)
    fresh = min(spent(lambda: encoded(codec, conversation(MESSAGES))) for _ in range(3))
    measured("the same, of a conversation never sent before", fresh * 1e3, "ms")


def encoded(codec: Codec, transcript: Transcript) -> bytes:
    return codec.encode(CallModel(transcript, "me"), model="m", stream=False).body


# --- streams ----------------------------------------------------------------------------------------------------


def in_chat() -> Iterator[object]:
    yield from (piece("word ") for _ in range(DELTAS))
    yield piece(reason="stop")
    yield DONE


def in_messages() -> Iterator[object]:
    yield {"type": "message_start", "message": {"id": "m", "model": "m", "usage": {"input_tokens": 1}}}
    yield {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}
    delta = {"type": "text_delta", "text": "word "}
    yield from ({"type": "content_block_delta", "index": 0, "delta": delta} for _ in range(DELTAS))
    yield {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 1}}
    yield {"type": "message_stop"}


def in_responses() -> Iterator[object]:
    said = {"type": "message", "content": [{"type": "output_text", "text": "word " * DELTAS}]}
    delta = {"type": "response.output_text.delta", "output_index": 0, "content_index": 0, "delta": "word "}
    yield {"type": "response.created", "response": {"id": "r", "output": []}}
    yield from (delta for _ in range(DELTAS))
    yield {"type": "response.completed", "response": {"id": "r", "status": "completed", "output": [said]}}


def in_gemini() -> Iterator[object]:
    content = {"role": "model", "parts": [{"text": "word "}]}
    yield from ({"candidates": [{"index": 0, "content": content}]} for _ in range(DELTAS))
    yield {"candidates": [{"index": 0, "content": {"parts": []}, "finishReason": "STOP"}]}


STREAMS: dict[str, tuple[Callable[[], Iterator[object]], Callable[[str], Service]]] = {
    "chat completions": (
        in_chat,
        lambda url: OpenAIChat(model="m", base_url=url, api_key=Secret("sk"), delivery="streamed"),
    ),
    "Responses": (
        in_responses,
        lambda url: OpenAIResponses(model="m", base_url=url, api_key=Secret("sk"), delivery="streamed"),
    ),
    "Messages": (
        in_messages,
        lambda url: AnthropicMessages(model="m", base_url=url, api_key=Secret("sk"), delivery="streamed"),
    ),
    "Gemini": (
        in_gemini,
        lambda url: Gemini(model="m", base_url=url, api_key=Secret("sk"), delivery="streamed"),
    ),
}


async def by_library(url: str, *, certificates: bool = True) -> None:
    """The library alone: lines, and their JSON."""
    seen = 0
    async with (
        library().AsyncClient(timeout=60, verify=certificates) as client,
        client.stream("POST", url, content=b"{}") as answer,
    ):
        async for line in answer.aiter_lines():
            if line.startswith("data: {"):
                msgspec.json.decode(line[6:])
                seen += 1
    assert seen >= DELTAS


def by_provider(made: Callable[[str], Service]) -> Callable[[str], Awaitable[None]]:
    async def main(url: str) -> None:
        async with keeping():
            told = Told()
            reply = await made(url).complete(REQUEST, told)
            assert reply.text == "word " * DELTAS
            assert len(told.shown) == DELTAS

    return main


def cpu_s(work: Callable[[str], Awaitable[None]], answer: Answer) -> float:
    """CPU seconds of this thread; the server's is another."""

    async def run() -> None:
        await work(server.url)

    with serving(answer) as server:
        gc.collect()
        return spent(lambda: asyncio.run(run()))


@pytest.mark.parametrize("name", STREAMS)
def test_a_stream_of_a_thousand_deltas(name: str, measured: Measured) -> None:
    events, made = STREAMS[name]
    answer = streamed(*events())
    bare = partial(by_library, certificates=False)
    works = (by_library, bare, by_provider(made))
    rounds = [[cpu_s(work, answer) for work in works] for _ in range(9)]
    anchor, barest, ours = (min(column) for column in zip(*rounds, strict=True))
    measured(f"{DELTAS:,} deltas, {name}, to bare httpx as it comes", ours / anchor, "x", at_most=1.3)
    measured(f"{DELTAS:,} deltas, {name}, without certificates", ours / barest, "x")
    measured("a delta, request and all", ours / DELTAS * 1e6, "us")
