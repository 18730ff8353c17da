"""A transport that answers from a file, and never asks anybody."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from threading import Lock
from typing import Literal, TypeAlias

from attrs import Factory, define, field, frozen
from msgspec import UNSET

from typedagents.core.errors import Divergence
from typedagents.interpreter.ports import Deadlines, Headers, HttpReply, HttpRequest, HttpStream
from typedagents.interpreter.secrets import Secret
from typedagents.trace.difference import differences

from .exchange import Exchange, Request, read_exchanges
from .scrubbing import scrubbed

Order: TypeAlias = Literal["strict", "by_key"]
"""``strict``: the n-th request must be the n-th recorded one. ``by_key``: any order, each recorded answer once."""

SHOWN = 8
"""Differences that an error lists."""


@define(eq=False)
class Played:
    """An answer of the recording, and its pieces that were not read yet."""

    _exchange: Exchange
    _pieces: Iterator[bytes] = field(
        default=Factory(lambda self: iter(self._exchange.pieces), takes_self=True), init=False
    )

    @property
    def status(self) -> int:
        return self._exchange.status

    @property
    def headers(self) -> Headers:
        return self._exchange.headers

    def chunks(self) -> AsyncIterator[bytes]:
        return self

    def __aiter__(self) -> Played:
        return self

    async def __anext__(self) -> bytes:
        for piece in self._pieces:
            return piece
        if self._exchange.fault is not UNSET:
            raise self._exchange.fault.error
        raise StopAsyncIteration

    async def read(self) -> bytes:
        return b"".join([piece async for piece in self])


@define(eq=False)
class _Left:
    """The exchanges that were not played yet, and how many were."""

    exchanges: list[Exchange]
    played: int = 0
    lock: Lock = field(factory=Lock)


@frozen(eq=False)
class Player:
    """See ``play``. ``left``: how many recorded answers nobody has asked for yet."""

    file: str
    exchanges: tuple[Exchange, ...] = field(repr=False)
    order: Order = "strict"
    hide: tuple[Secret, ...] = ()
    _left: _Left = field(
        default=Factory(lambda self: _Left(list(self.exchanges)), takes_self=True),
        init=False,
        repr=False,
    )

    @property
    def left(self) -> int:
        return len(self._left.exchanges)

    async def send(self, request: HttpRequest, deadlines: Deadlines, /) -> HttpReply:
        async with self.open(request, deadlines) as stream:
            return HttpReply(stream.status, stream.headers, await stream.read())

    def open(self, request: HttpRequest, deadlines: Deadlines, /) -> AbstractAsyncContextManager[HttpStream]:
        del deadlines  # nothing here takes time
        return self._open(request)

    @asynccontextmanager
    async def _open(self, request: HttpRequest) -> AsyncIterator[HttpStream]:
        exchange = self._answer_to(scrubbed(request, self.hide)[0])
        if not exchange.status and exchange.fault is not UNSET:
            raise exchange.fault.error
        yield Played(exchange)

    def _answer_to(self, request: Request) -> Exchange:
        with self._left.lock:
            left = self._left.exchanges
            candidates = left[:1] if self.order == "strict" else left
            for i, exchange in enumerate(candidates):
                if exchange.request.key == request.key:
                    self._left.played += 1
                    return left.pop(i)
            raise Divergence(self._unmatched(request, candidates))

    def _unmatched(self, request: Request, candidates: list[Exchange]) -> str:
        number = self._left.played + 1
        asked = f"{self.file}: request {number} ({request.method} {request.path})"
        remedy = "where the change is meant, record it anew; the network is never asked"
        if not candidates:
            known = any(exchange.request.key == request.key for exchange in self.exchanges)
            what = "was recorded, and is asked once more than that" if known else "was never recorded"
            return f"{asked} {what}; all {len(self.exchanges)} recorded answers were given; {remedy}"
        found = [
            (list(differences(exchange.request.asked, request.asked)), exchange) for exchange in candidates
        ]
        diff, nearest = min(found, key=lambda pair: len(pair[0]))
        which = "line" if self.order == "strict" else "any line; the nearest is"
        shown = [*diff[:SHOWN], *([f"and {len(diff) - SHOWN} more"] if len(diff) > SHOWN else [])]
        at = self.exchanges.index(nearest) + 1
        return "\n  ".join([f"{asked} is not that of {which} {at} ({nearest.id}):", *shown, remedy])


def play(file: str | os.PathLike[str], *, order: Order = "strict", hide: tuple[Secret, ...] = ()) -> Player:
    """A transport that answers from ``file``, which ``record`` wrote; it never asks anybody.

    ``OpenAIChat(model="...", api_key=NoKey(), transport=play("tests/recordings/sum.jsonl"))``. A request that was not
    recorded breaks off the run with a ``Divergence`` that names what differs. A stream comes in the pieces it came in
    then; a connection that broke breaks again. ``hide``: as for ``record``.
    """
    return Player(os.fspath(file), read_exchanges(file), order, hide)
