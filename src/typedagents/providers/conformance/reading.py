"""How an exchange is decoded here, whole and in pieces, and what stands in a body as JSON: read apart from the codecs."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from random import Random

from attrs import frozen

from typedagents.core.errors import ProviderError
from typedagents.core.model import ModelReply
from typedagents.providers.codec import Codec, DecodedDelta
from typedagents.providers.formats.frames import FrameDecoder
from typedagents.providers.loose import items, json_value
from typedagents.providers.recording import Exchange


@frozen
class Failed:
    """What an error says: errors themselves compare by identity."""

    kind: str
    text: str
    facts: dict[str, str]


@frozen
class Read:
    """What an answer was decoded to, and what was shown meanwhile."""

    answer: ModelReply | Failed
    deltas: tuple[DecodedDelta, ...] = ()


def in_stream(exchange: Exchange, codec: Codec) -> bool:
    """Whether the answer is a stream: some servers ignore the wish for one, and refusals are none."""
    return exchange.streamed and codec.is_stream(exchange.headers)


def read(exchange: Exchange, codec: Codec, pieces: Iterable[bytes] | None = None) -> Read:
    """An answer decoded; a stream is fed in these pieces, or at once."""
    status, headers, body = exchange.status, exchange.headers, exchange.body
    if not in_stream(exchange, codec):
        return Read(_plain(codec.decode(status, headers, body, asked="asked")))
    decoder = codec.streaming("asked", status, headers, bytes)
    deltas = [delta for piece in pieces or (body,) for delta in decoder.feed(piece)]
    deltas.extend(decoder.end())
    return Read(_plain(decoder.finish()), tuple(deltas))


def _plain(answer: ModelReply | ProviderError) -> ModelReply | Failed:
    return answer if isinstance(answer, ModelReply) else Failed(answer.kind, answer.text, dict(answer.facts))


def cut(body: bytes, places: Iterable[int]) -> list[bytes]:
    """``body`` in pieces that end at these places."""
    at = sorted({0, len(body), *(place % (len(body) + 1) for place in places)})
    return [body[a:b] for a, b in itertools.pairwise(at)]


def ways_to_cut(exchange: Exchange) -> Iterator[tuple[str, list[bytes]]]:
    """The pieces it came in, single bytes, and three ways by chance, which is the same for each exchange always."""
    body = exchange.body
    yield "in the pieces it came in", list(exchange.pieces)
    yield "byte by byte", [body[i : i + 1] for i in range(len(body))]
    dice = Random(exchange.id)
    for _ in range(3):
        places = [dice.randrange(len(body) + 1) for _ in range(dice.randint(1, 30))]
        yield f"at {sorted(set(places))}", cut(body, places)


def values_in(body: bytes) -> list[object]:
    """All JSON values of a body: it is one itself, a list of them, or has one in each line or frame of a stream."""
    whole = json_value(body.decode("utf-8", "replace"))
    if whole is not None:
        return items(whole) or [whole]
    lines = [line.strip().removeprefix(b"data:") for line in body.splitlines()]
    if body.startswith(b"\0"):  # no text begins so, and each frame does: with its length
        lines = [frame.data for frame in FrameDecoder().feed(body)]
    found = (json_value(line.decode("utf-8", "replace")) for line in lines if line)
    return [value for value in found if value is not None]
