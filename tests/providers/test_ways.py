"""What the codecs say is what a provider says, in whichever way it is asked: a case that holds of one holds of both.

The codecs are pure functions, so that most cases are about them alone. Here each exchange of theirs is asked for again, by
a service, in event loops and in a run that blocks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.oracles.asked import requests
from tests.providers.asking import REQUEST, Told
from tests.providers.recorded import CORPUS, DATA, MISSING
from tests.providers.ways import RUN_SYNC, WAYS, Recorded, Spoken, came_in
from typedagents.core.model import CallModel, ModelReply, ReasoningDelta, TextDelta
from typedagents.providers import NoKey
from typedagents.providers.codec import ArgumentsDelta, Codec
from typedagents.providers.conformance import FORMATS
from typedagents.providers.conformance.reading import Failed, Read, read
from typedagents.providers.recording import Exchange, read_exchanges
from typedagents.providers.recording.exchange import Response
from typedagents.providers.service import Delivery

EVERY = {"asyncio": 1, "trio": 1, RUN_SYNC: 7}
"""A run that blocks is a whole run: each seventh exchange of the corpus is asked for in one."""


def service(exchange: Exchange, codec: Codec) -> tuple[Spoken, Recorded]:
    transport = Recorded(exchange)
    delivery: Delivery = "streamed" if exchange.streamed else "whole"
    made = Spoken(
        model="m",
        base_url="http://here",
        api_key=NoKey(),
        spoken=codec,
        transport=transport,
        delivery=delivery,
    )
    return made, transport


def asked(exchange: Exchange, codec: Codec, way: str, request: CallModel = REQUEST) -> tuple[Read, bytes]:
    """What a service says of an exchange, and what it sent for it."""
    provider, transport = service(exchange, codec)
    told = Told()
    came = came_in(way, provider, request, told)
    answer = came if isinstance(came, ModelReply) else Failed(came.kind, told_of(came.text), dict(came.facts))
    shown = tuple(one for one in told.shown if isinstance(one, TextDelta | ReasoningDelta))
    return Read(answer, shown), transport.sent[0].body


def told_of(text: str) -> str:
    """What an error says of what went wrong, without whom was asked."""
    return text.removeprefix("model 'm' at http://here: ").removeprefix("asked: ")


def expected(exchange: Exchange, codec: Codec) -> Read:
    found = read(exchange, codec)
    deltas = tuple(delta for delta in found.deltas if not isinstance(delta, ArgumentsDelta))
    match found.answer:
        case ModelReply(model=model) as reply:
            return Read(reply if model else evolve(reply, model="m"), deltas)
        case Failed(kind, text, facts):
            return Read(Failed(kind, told_of(text), facts), deltas)


def differing(found: Iterable[Exchange], way: str) -> Iterator[str]:
    for exchange in found:
        codec = FORMATS[exchange.endpoint].codec(exchange.provider)
        if asked(exchange, codec, way)[0] != expected(exchange, codec):
            yield exchange.id


def known(files: Iterable[Path]) -> list[Exchange]:
    found = (exchange for file in files for exchange in read_exchanges(file))
    return [exchange for exchange in found if exchange.endpoint in FORMATS]


def test_what_is_always_here_comes_to_the_same(way: str) -> None:
    exchanges = known(sorted(DATA.glob("*.jsonl")))

    assert exchanges
    assert list(differing(exchanges, way)) == []


@pytest.mark.skipif(not CORPUS.is_dir(), reason=MISSING)
def test_the_corpus_comes_to_the_same(way: str) -> None:
    files = [*sorted(CORPUS.glob("*.jsonl")), *sorted((CORPUS / "synthetic").glob("*.jsonl"))]
    exchanges = known(files)

    assert len(exchanges) > 1000
    assert list(differing(exchanges[:: EVERY[way]], way)) == []


SAID = Exchange("x", "chat.completions", Response(500))


@pytest.mark.parametrize("way", WAYS)
@settings(max_examples=20, deadline=None)
@given(endpoint=st.sampled_from(sorted(FORMATS)), request=requests())
def test_what_is_sent_is_what_the_codec_writes(way: str, endpoint: str, request: CallModel) -> None:
    codec = FORMATS[endpoint].codec("here")

    assert asked(SAID, codec, way, request)[1] == codec.encode(request, model="m", stream=False).body
