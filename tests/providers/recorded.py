"""Recorded and hand-made answers: a small excerpt that is always here, and a whole corpus where there is one."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec
from attrs import frozen
from msgspec import Struct

from typedagents.core.errors import ProviderError
from typedagents.core.model import ModelReply
from typedagents.interpreter.ports import Headers
from typedagents.providers.codec import StreamedDelta
from typedagents.providers.openai_chat import StreamDecoder, decode

DATA = Path(__file__).parent / "data"
CORPUS = Path(
    os.environ.get(
        "TYPEDAGENTS_CORPUS", Path(__file__).resolve().parents[3] / "shared" / "corpus" / "providers"
    )
)
MISSING = f"no corpus at {CORPUS}; TYPEDAGENTS_CORPUS says where it is"


class Response(Struct):
    """An answer as it was sent."""

    status: int
    headers: dict[str, str]
    body: str


class Expected(Struct):
    """What a hand-made fault must come to."""

    kind: str
    retryable: bool
    retry_after: float | str | None


class Request(Struct, frozen=True):
    """What was asked."""

    json: dict[str, object] | None = None


class Exchange(Struct):
    """One line of a file of recordings."""

    id: str
    endpoint: str
    stream: bool
    response: Response
    request: Request = Request()
    tags: list[str] = []
    group: str = ""
    turn: int = 0
    expect: Expected | None = None

    @property
    def headers(self) -> Headers:
        return tuple(self.response.headers.items())

    @property
    def body(self) -> bytes:
        return self.response.body.encode()

    @property
    def streamed(self) -> bool:
        """Whether the answer is a stream; a refusal of one is not."""
        return self.stream and self.response.status == 200


@frozen
class Read:
    """What an answer was decoded to, and what was shown meanwhile."""

    answer: ModelReply | tuple[str, str, dict[str, str]]
    deltas: tuple[StreamedDelta, ...] = ()


def recorded(file: Path, endpoint: str) -> list[Exchange]:
    """The exchanges of a file with this endpoint."""
    lines = file.read_bytes().splitlines()
    read = [msgspec.json.decode(line, type=Exchange) for line in lines]
    return [exchange for exchange in read if exchange.endpoint == endpoint]


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
