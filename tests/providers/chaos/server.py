"""A model's server on a very bad day: it resets, stalls, refuses, lies and mixes up, by a seed.

What happens to an attempt follows from the seed, the call and the number of the attempt, and from nothing else. The
server keeps account of the attempts for which it has done the work: these are what a service would be paid for.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from asyncio.trsock import TransportSocket
from collections import Counter
from collections.abc import Callable, Mapping
from random import Random
from typing import Literal, TypeAlias

import msgspec
from attrs import define, field, frozen

from tests.providers.loopback import DONE, Asked, Loopback, piece, refusing, said, streamed, whole
from typedagents.providers.service import Delivery

After: TypeAlias = Literal["keep", "close", "close later", "reset", "stall"]


@frozen
class Deed:
    """What is sent, what becomes of the connection, whether the work was done, and whether the answer is as it should be."""

    pieces: tuple[bytes, ...] = ()
    after: After = "keep"
    worked: bool = False
    well: bool = False


def text_of(call: str) -> str:
    """What the model says to a call."""
    return f"answer to {call} in a few words"


def whole_answer(call: str) -> tuple[bytes, ...]:
    usage = {"prompt_tokens": 10, "completion_tokens": 6, "total_tokens": 16}
    return whole(said(text_of(call), usage=usage)).pieces


def events(call: str) -> list[dict[str, object]]:
    return [piece(f"{word} ") for word in text_of(call).split()]


def stream(*words: dict[str, object], end: bool = True) -> tuple[bytes, ...]:
    return streamed(*words, piece(reason="stop"), DONE).pieces if end else streamed(*words, end=False).pieces


def answered(call: str, how: Delivery) -> tuple[bytes, ...]:
    return stream(*events(call)) if how == "streamed" else whole_answer(call)


def half(call: str, how: Delivery) -> tuple[bytes, ...]:
    """The beginning of an answer."""
    if how == "streamed":
        return stream(*events(call)[:3], end=False)
    return (whole_answer(call)[0][:-20],)


def mixed(
    call: str, how: Delivery, order: Callable[[list[dict[str, object]]], list[dict[str, object]]]
) -> Deed:
    """A stream whose pieces come in another order, or twice; an answer in one piece is as it should be."""
    if how == "whole":
        return Deed(whole_answer(call), worked=True, well=True)
    return Deed(stream(*order(events(call))), worked=True)


PAGE = b"<html><head><title>Bad gateway</title></head></html>"
DEEDS: Mapping[str, Callable[[str, Delivery], Deed]] = {
    "reset at once": lambda call, how: Deed(after="reset"),
    "reset when the work is done": lambda call, how: Deed(after="reset", worked=True),
    "reset in the middle": lambda call, how: Deed(half(call, how), "reset", worked=True),
    "cut": lambda call, how: Deed(half(call, how), "close", worked=True),
    "stall": lambda call, how: Deed(half(call, how), "stall", worked=True),
    "429 with a hint": lambda call, how: Deed(
        whole({"error": {"message": "slow"}}, status="429 No", more="retry-after-ms: 40\r\n").pieces
    ),
    "429": lambda call, how: Deed(refusing("slow", "429 No").pieces),
    "500": lambda call, how: Deed(refusing("oh", "500 Oh").pieces),
    "529": lambda call, how: Deed(refusing("busy", "529 Busy").pieces),
    "529 with a hint": lambda call, how: Deed(
        whole({"error": {"message": "busy"}}, status="529 Busy", more="retry-after: 0.05\r\n").pieces
    ),
    "page": lambda call, how: Deed(whole(PAGE, kind="text/html").pieces),
    "page of an error": lambda call, how: Deed(whole(PAGE, status="502 Bad", kind="text/html").pieces),
    "twice": lambda call, how: mixed(call, how, lambda words: [*words[:2], *words[1:]]),
    "turned round": lambda call, how: mixed(call, how, lambda words: words[::-1]),
    "closed when idle": lambda call, how: Deed(answered(call, how), "close later", worked=True, well=True),
}


@define(eq=False)
class Chaos(Loopback):
    """``rate`` of the attempts go wrong. ``worked`` and ``asked_for`` count attempts by call."""

    seed: int = 0
    rate: float = 0.5
    latency_s: float = 0.0
    worked: Counter[str] = field(factory=Counter, init=False)
    asked_for: Counter[str] = field(factory=Counter, init=False)
    last: dict[str, Deed] = field(factory=dict, init=False)
    done: Counter[str] = field(factory=Counter, init=False)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while (asked := await self.request(reader)) is not None:
                await asyncio.sleep(self.latency_s)
                deed = self.deed(asked)
                for part in deed.pieces:
                    writer.write(part)
                await writer.drain()
                if not await _kept(deed.after, reader, writer):
                    break
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    def deed(self, asked: Asked) -> Deed:
        """What happens to this attempt."""
        body = msgspec.json.decode(asked.body, type=_Body)
        call = f"{body.model}/{len(body.messages)}"
        dice = Random(f"{self.seed}/{call}/{self.asked_for[call]}")
        self.asked_for[call] += 1
        name = dice.choice(list(DEEDS)) if dice.random() < self.rate else "well"
        how: Delivery = "streamed" if body.stream else "whole"
        deed = Deed(answered(call, how), worked=True, well=True) if name == "well" else DEEDS[name](call, how)
        self.done[name] += 1
        self.worked[call] += deed.worked
        self.last[call] = deed
        return deed


class _Body(msgspec.Struct):
    model: str
    messages: list[msgspec.Raw]
    stream: bool = False


async def _kept(after: After, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
    """Do to the connection what is to be done; whether it can be used again."""
    if after == "stall":
        await reader.read()
    if after == "reset":
        held: object = writer.get_extra_info("socket")
        if isinstance(held, TransportSocket):
            held.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()
    if after == "close later":
        await asyncio.sleep(0.001)
    return after == "keep"
