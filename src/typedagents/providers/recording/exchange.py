"""The lines of a file of recordings: one exchange with a service each, as JSON. It holds no secrets: see ``scrubbing``.

id                               provider, endpoint, and a digest of what was asked
source                           where it was recorded
group, turn                      what was recorded together, and in which order
provider, endpoint, model, stream   who was asked, and how
tags                             what is special in it; written by people and by programs that look at corpora
request                          method, path (no host), headers (a safe few), json; or body, where that is no JSON
response                         status, headers (a safe few), encoding (utf-8 or base64), body as it was sent
response.chunks                  the sizes of the pieces that a stream came in
fault                            what the transport said, where the answer broke off or there was none (status 0)
expect                           what a hand-made fault must come to
"""

from __future__ import annotations

import itertools
import os
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Literal

from msgspec import UNSET, DecodeError, Struct, UnsetType, ValidationError
from msgspec.json import Decoder, Encoder

from typedagents.core.errors import ConfigError, ProviderError, TraceError
from typedagents.interpreter.ports import Headers

_canonical = Encoder(order="deterministic")
DIGEST = 10
"""Hexadecimal digits of a digest in an id."""


class Source(Struct, frozen=True):
    """Where an exchange was recorded."""

    repo: str = ""
    path: str = ""
    index: int = 0
    licence: str = ""


class Request(Struct, frozen=True):
    """What was asked."""

    method: str = "POST"
    path: str = ""
    headers: dict[str, str] = {}
    json: object = None
    body: str | UnsetType = UNSET

    @property
    def asked(self) -> dict[str, object]:
        """What makes one request another than the next: headers do not."""
        body = {} if self.body is UNSET else {"body": self.body}
        return {"method": self.method, "path": self.path, "json": self.json, **body}

    @property
    def key(self) -> bytes:
        """The digest of that; the order of JSON's keys does not count."""
        return sha256(_canonical.encode(self.asked)).digest()


class Response(Struct, frozen=True):
    """What was answered."""

    status: int
    headers: dict[str, str] = {}
    encoding: Literal["utf-8", "base64"] = "utf-8"
    body: str = ""
    chunks: tuple[int, ...] | UnsetType = UNSET


class Fault(Struct, frozen=True):
    """What the transport said."""

    kind: str
    text: str
    facts: dict[str, str] = {}

    @property
    def error(self) -> ProviderError:
        return ProviderError(self.text, kind=self.kind, facts=self.facts)


class Expected(Struct, frozen=True):
    """What a hand-made fault must come to. ``retry_after`` is in seconds, or ``"date"`` for an HTTP date."""

    kind: str
    retryable: bool
    retry_after: float | str | None


class Exchange(Struct, frozen=True):
    """One line."""

    id: str
    endpoint: str
    response: Response
    request: Request = Request()
    provider: str = ""
    model: str | None = ""
    stream: bool = False
    tags: tuple[str, ...] = ()
    group: str = ""
    turn: int = 0
    source: Source | UnsetType = UNSET
    fault: Fault | UnsetType = UNSET
    expect: Expected | UnsetType = UNSET

    @property
    def status(self) -> int:
        return self.response.status

    @property
    def headers(self) -> Headers:
        return tuple(self.response.headers.items())

    @property
    def body(self) -> bytes:
        """The answer's bytes."""
        text = self.response.body
        return text.encode() if self.response.encoding == "utf-8" else b64decode(text, validate=True)

    @property
    def pieces(self) -> tuple[bytes, ...]:
        """The answer's bytes in the pieces they came in; in one, where that was not written down."""
        body, sizes = self.body, self.response.chunks
        if sizes is UNSET:
            return (body,) if body else ()
        ends = itertools.accumulate(sizes, initial=0)
        return tuple(body[start:end] for start, end in itertools.pairwise(ends))

    @property
    def succeeded(self) -> bool:
        return 200 <= self.status < 300

    @property
    def streamed(self) -> bool:
        """Whether the answer is a stream; a refusal of one is not."""
        return self.stream and self.succeeded


_decoder = Decoder(Exchange)
_encoder = Encoder()


def written(exchange: Exchange) -> bytes:
    """An exchange as a line, with its line break."""
    return _encoder.encode(exchange) + b"\n"


def as_text(body: bytes) -> tuple[Literal["utf-8", "base64"], str]:
    """A body as JSON can hold it."""
    try:
        return "utf-8", body.decode()
    except UnicodeDecodeError:
        return "base64", b64encode(body).decode()


def parsed(lines: Iterable[bytes], name: str) -> Iterator[Exchange]:
    """The exchanges in ``lines``; a last line that a crash has torn is left out, anything else that is none is a ``TraceError``."""
    for number, line in enumerate(lines, 1):
        try:
            yield _exchange(number, line, name)
        except TraceError:
            if line.endswith(b"\n"):
                raise


def _exchange(number: int, line: bytes, name: str) -> Exchange:
    try:
        found = _decoder.decode(line)
        size = len(found.body)
    except (ValidationError, DecodeError, UnicodeDecodeError, NotBase64) as error:
        raise TraceError(
            f"{name}, line {number}: {error}; this is no recorded exchange: take the line out, or record it anew"
        ) from error
    chunks = found.response.chunks
    if chunks is not UNSET and (sum(chunks) != size or min(chunks, default=0) < 0):
        raise TraceError(f"{name}, line {number}: chunks of {sum(chunks)} bytes in a body of {size}")
    return found


def read_exchanges(file: str | os.PathLike[str]) -> tuple[Exchange, ...]:
    """The exchanges of a file that ``record`` wrote, or of a corpus of this format."""
    try:
        lines = Path(file).read_bytes().splitlines(keepends=True)
    except OSError as error:
        raise ConfigError(
            f"cannot read the recording {os.fspath(file)}: {error.strerror}; make it with transport=record(...)"
        ) from error
    return tuple(parsed(lines, os.fspath(file)))
