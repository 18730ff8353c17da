"""Recorded and hand-made answers: a small excerpt that is always here, and a whole corpus where there is one."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from attrs import frozen

from typedagents.core.errors import ProviderError
from typedagents.core.model import ModelReply
from typedagents.providers.codec import StreamedDelta
from typedagents.providers.openai_chat import StreamDecoder, decode
from typedagents.providers.recording import Exchange, read_exchanges

DATA = Path(__file__).parent / "data"
CORPUS = Path(
    os.environ.get(
        "TYPEDAGENTS_CORPUS", Path(__file__).resolve().parents[3] / "shared" / "corpus" / "providers"
    )
)
MISSING = f"no corpus at {CORPUS}; TYPEDAGENTS_CORPUS says where it is"


@frozen
class Read:
    """What an answer was decoded to, and what was shown meanwhile."""

    answer: ModelReply | tuple[str, str, dict[str, str]]
    deltas: tuple[StreamedDelta, ...] = ()


def recorded(file: Path, endpoint: str) -> list[Exchange]:
    """The exchanges of a file with this endpoint."""
    return [exchange for exchange in read_exchanges(file) if exchange.endpoint == endpoint]


def exchanges(file: Path) -> list[Exchange]:
    """The chat-completions exchanges of a file."""
    return recorded(file, "chat.completions")


def corpus() -> Iterator[Exchange]:
    """All chat-completions exchanges of the corpus, or nothing."""
    for file in sorted(CORPUS.glob("*.jsonl")):
        yield from exchanges(file)


def read(exchange: Exchange, pieces: Iterable[bytes] | None = None) -> Read:
    """Decodes an answer; a stream is fed in these pieces, or at once."""
    if not exchange.streamed:
        answer = decode(
            exchange.response.status, exchange.headers, exchange.body, provider="here", asked="asked"
        )
        return Read(comparable(answer))
    decoder = StreamDecoder("here", "asked", 200, exchange.headers)
    deltas: list[StreamedDelta] = []
    for piece in pieces or (exchange.body,):
        deltas.extend(decoder.feed(piece))
    deltas.extend(decoder.end())
    return Read(comparable(decoder.finish()), tuple(deltas))


def comparable(answer: ModelReply | ProviderError) -> ModelReply | tuple[str, str, dict[str, str]]:
    """Errors compare by identity; what they say is compared instead."""
    return answer if isinstance(answer, ModelReply) else (answer.kind, answer.text, dict(answer.facts))


def cut(body: bytes, places: Iterable[int]) -> list[bytes]:
    """``body`` in pieces that end at these places."""
    at = sorted({0, len(body), *(place % (len(body) + 1) for place in places)})
    return [body[a:b] for a, b in itertools.pairwise(at)]
