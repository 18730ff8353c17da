"""The parent's side: one server a process for each ``LocalModel``, started when first needed.

A *slot* holds at most one running server. Whoever needs it takes the slot's lock, finds the server alive, or starts
one; so threads and event loops share it, and one that died is replaced. The child lives as long as the pipe to its
stdin: it ends when this process closes the pipe or is killed. A process forked from this one may use the server while
this one lives, and never stops it: what it starts itself is kept apart.
"""

from __future__ import annotations

import atexit
import os
import secrets
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Hashable
from contextlib import suppress
from functools import cache
from importlib.util import find_spec
from typing import IO

import msgspec
from attrs import define, field

from typedagents.core.errors import ConfigError, ProviderError
from typedagents.interpreter.secrets import Secret

from .server import Orders, Ready
from .weights import Weights

LAST_WORDS = 2000
"""Bytes of the child's stderr that an error shows."""

GRACE_S = 2.0


@define(eq=False)
class Server:
    """A child process that serves a model at ``address`` to whoever knows ``key``."""

    address: str
    model: str
    key: Secret
    process: subprocess.Popen[bytes] = field(repr=False)

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    def ends_within(self, seconds: float) -> bool:
        """Whether it is dead, or dies in this time; blocks."""
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True


@define(eq=False)
class Slot:
    """Room for one running server."""

    lock: threading.Lock = field(factory=threading.Lock)
    server: Server | None = None


@define(eq=False)
class Servers:
    """The servers of one process."""

    slots: dict[Hashable, Slot] = field(factory=dict)
    children: set[subprocess.Popen[bytes]] = field(factory=set)
    owner: int = field(factory=os.getpid)

    def running(self, wanted: Hashable) -> Server | None:
        """The server in this slot, if it is alive; O(1), never blocks."""
        slot = self.slots.get(wanted)
        server = slot.server if slot else None
        return server if server and server.alive else None

    def get(self, wanted: Hashable, start: Callable[[], Server]) -> Server:
        """The server in this slot, started if there is none or it died; blocks meanwhile."""
        slot = self.slots.setdefault(wanted, Slot())
        with slot.lock:
            if slot.server is None or not slot.server.alive:
                if slot.server is not None:
                    self.stop(slot.server.process)
                slot.server = start()
            return slot.server

    def drop(self, wanted: Hashable) -> None:
        """Stop the server in this slot, if there is one; blocks until it has ended."""
        slot = self.slots.get(wanted)
        if slot:
            with slot.lock:
                if slot.server:
                    self.stop(slot.server.process)
                slot.server = None

    def stop(self, child: subprocess.Popen[bytes]) -> None:
        """End a child and let go of its pipes; blocks for ``GRACE_S`` at most, then kills it."""
        self.children.discard(child)
        for pipe in (child.stdin, child.stdout):
            if pipe:
                _close(pipe)
        try:
            child.wait(GRACE_S)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()

    def stop_all(self) -> None:
        """At exit. Takes no lock: a start that is under way may hold it for long."""
        if os.getpid() == self.owner:
            for child in list(self.children):
                self.stop(child)


def _close(pipe: IO[bytes]) -> None:
    """Close ``pipe``; the other end may be gone, and unsent bytes are lost then."""
    with suppress(OSError):
        pipe.close()


def servers() -> Servers:
    """The servers of this very process."""
    return _servers_of(os.getpid())


@cache
def _servers_of(process: int) -> Servers:
    found = Servers(owner=process)
    atexit.register(found.stop_all)
    return found


def start(weights: Weights, orders: Orders, within_s: float) -> Server:
    """Start a server and wait until its model is loaded; about 1 s for 500 MB.

    ``ConfigError`` where xllamacpp is missing; ``ProviderError`` of kind ``unavailable`` where the server does not
    come up, with its last words.
    """
    if find_spec("xllamacpp") is None:
        raise ConfigError(
            "the embedded model needs the package xllamacpp, which is not installed; do: pip install 'typedagents[local]'. "
            "Any endpoint that speaks the chat-completions format does as well: OpenAIChat(base_url=...)"
        )
    # The child finds modules where this process does, the working directory (-P) excepted.
    command = [sys.executable, "-P", "-m", "typedagents.providers.local", str(weights.path)]
    places = {**os.environ, "PYTHONPATH": os.pathsep.join(place for place in sys.path if place)}
    pipe = subprocess.PIPE
    with tempfile.TemporaryFile() as errors:
        child = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=errors, env=places)
        mine = servers()
        mine.children.add(child)
        ready = _ready(child, orders, within_s)
        if ready is None:
            mine.stop(child)
            failure = _failure(weights, child.returncode, within_s, _tail(errors))
            raise ProviderError(failure, kind="unavailable")
    return Server(ready.address, weights.name, Secret(orders.key), child)


def new_key() -> str:
    """A key that nobody guesses."""
    return secrets.token_hex(16)


def _ready(child: subprocess.Popen[bytes], orders: Orders, within_s: float) -> Ready | None:
    """What the child says once it serves; None where it ends before, or is ended because it takes too long."""
    if child.stdin is None or child.stdout is None:
        return None
    alarm = threading.Timer(within_s, child.kill)
    alarm.daemon = True
    alarm.start()
    try:
        child.stdin.write(msgspec.json.encode(orders) + b"\n")
        child.stdin.flush()
        return msgspec.json.decode(child.stdout.readline(), type=Ready)
    except (OSError, msgspec.DecodeError):
        return None
    finally:
        alarm.cancel()


def _failure(weights: Weights, code: int | None, within_s: float, last_words: str) -> str:
    return (
        f"the server of the embedded model {weights.name!r} did not start: asked to load {str(weights.path)!r} within "
        f"{within_s:g} s, it ended with code {code}; name another GGUF file, or allow more time or a smaller context. "
        f"It said:\n{last_words or '(nothing)'}"
    )


def _tail(file: IO[bytes]) -> str:
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - LAST_WORDS))
    return file.read().decode("utf-8", "replace").strip()
