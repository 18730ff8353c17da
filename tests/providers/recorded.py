"""Recorded and hand-made answers: a small excerpt that is always here, and a whole corpus where there is one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from typedagents.providers.conformance import FORMATS
from typedagents.providers.conformance.reading import Read
from typedagents.providers.conformance.reading import read as decoded
from typedagents.providers.recording import Exchange, read_exchanges

DATA = Path(__file__).parent / "data"
CORPUS = Path(
    os.environ.get(
        "TYPEDAGENTS_CORPUS", Path(__file__).resolve().parents[3] / "shared" / "corpus" / "providers"
    )
)
MISSING = f"no corpus at {CORPUS}; TYPEDAGENTS_CORPUS says where it is"


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


def read(exchange: Exchange) -> Read:
    """An answer decoded by the codec of its endpoint."""
    return decoded(exchange, FORMATS[exchange.endpoint].codec("here"))
