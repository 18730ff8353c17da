"""Case 7: a recorded request, read into one of ours, is sent as it was recorded, but for how it is written."""

from __future__ import annotations

from collections import Counter

import msgspec
import pytest

from tests.providers.recorded import CORPUS, MISSING
from tests.providers.rereading import Body, Outside, as_object
from tests.providers.rereading_formats import READINGS
from tests.providers.rewriting import codec_for, normal
from typedagents.providers.recording import Exchange, read_exchanges


def reread(exchange: Exchange) -> tuple[Body, Body]:
    """A recorded request and what we make of it, each as it is compared."""
    codec = codec_for(exchange)
    found = normal(exchange.endpoint, as_object(exchange.request.json))
    request = READINGS[exchange.endpoint].request(found, codec)
    body = codec.encode(request, model="m", stream=exchange.streamed).body
    return found, normal(exchange.endpoint, msgspec.json.decode(body, type=Body))


def requests(endpoint: str) -> list[Exchange]:
    return [
        exchange
        for file in sorted(CORPUS.glob("*.jsonl"))
        for exchange in read_exchanges(file)
        if exchange.endpoint == endpoint and exchange.status == 200 and exchange.request.json
    ]


@pytest.mark.skipif(not CORPUS.is_dir(), reason=MISSING)
@pytest.mark.parametrize("endpoint", READINGS)
def test_what_was_recorded_is_sent_again(endpoint: str) -> None:
    held, outside = 0, Counter[str]()
    for exchange in requests(endpoint):
        try:
            theirs, ours = reread(exchange)
        except Outside as why:
            outside[str(why)] += 1
            continue
        assert ours == theirs, exchange.id
        held += 1

    assert held >= HELD[endpoint], outside.most_common()


HELD: dict[str, int] = {
    "chat.completions": 434,
    "messages": 170,
    "generateContent": 163,
    "streamGenerateContent": 61,
    "converse": 42,
    "converse-stream": 9,
    "responses": 105,
    "api.chat": 5,
    "v2.chat": 14,
}
"""How many of the corpus' requests can be said in ours; a smaller number is a loss."""


def test_what_differs_is_seen() -> None:
    """Writing in one way must not make unlike requests alike."""
    said = {"messages": [{"role": "user", "content": "hi"}], "temperature": 0.5}
    others: list[Body] = [
        {**said, "temperature": 0.4},
        {**said, "messages": [{"role": "user", "content": "ho"}]},
        {**said, "messages": [{"role": "system", "content": "hi"}]},
        {**said, "tools": [{"type": "function", "function": {"name": "f"}}]},
    ]

    assert all(normal("chat.completions", other) != normal("chat.completions", said) for other in others)
