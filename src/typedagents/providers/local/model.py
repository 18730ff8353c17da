"""The embedded model as a ``ModelProvider``."""

from __future__ import annotations

import os
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from anyio import to_thread
from attrs import evolve, field, frozen
from attrs.validators import ge, gt

from typedagents.core.errors import ProviderError
from typedagents.core.handler import Call
from typedagents.core.model import CallModel, ModelReply
from typedagents.providers.codec import Encoded
from typedagents.providers.counting import Counting, below
from typedagents.providers.formats.openai_chat import Profile
from typedagents.providers.openai import OpenAIChat
from typedagents.providers.service import Delivery

from .process import Server, new_key, servers, start
from .server import Orders
from .weights import find_weights

if TYPE_CHECKING:
    from pathlib import Path

PROFILE = Profile(provider="local")
"""Replies name this as where they came from: the port is another one each time."""

LOST = ("connection", "stream_incomplete")
"""What a request meets when the server dies under it."""

FREE = Decimal(0)

DEATH_S = 1.0
"""How long a process may take to be known as dead after its connections broke."""


@cache
def chat_template() -> str:
    """How this package writes a conversation for a ChatML model: Jinja text, from which calls of tools are parsed."""
    return (files("typedagents.providers.local") / "chat_template.jinja").read_text(encoding="utf-8")


def _as_path(path: str | Path | None) -> str | None:
    return None if path is None else os.fspath(path)


@frozen(kw_only=True)
class LlamaServer(OpenAIChat, Counting):
    """llama.cpp's own server, which counts what a request of the chat-completions format comes to."""

    def count_request(self, written: Encoded, model: str, /) -> Encoded:
        return evolve(written, path=below(written.path, "input_tokens"))


@frozen
class LocalModel:
    """A language model in a child process of this one, for use without network or key.

    ``path`` names a GGUF file; left out, the weights are looked for (``weights``). The server is started at the first
    call, or by ``start()``; all equal values in a process share it, whatever thread or event loop they are used in.
    It answers one call at a time. One that dies is started anew, and a call that it took with it is made once more.

    What a request leaves open is reproducible: temperature 0, ``seed``, no prompt cache, at most ``max_tokens``.
    More ``threads`` are faster only on cores that nobody else uses. ``template`` is Jinja text; left out, it is
    ``chat_template()`` for the known models and the file's own for others.
    """

    path: str | None = field(default=None, converter=_as_path)
    context_tokens: int = field(default=4096, validator=gt(0), kw_only=True)
    max_tokens: int = field(default=1024, validator=gt(0), kw_only=True)
    seed: int = field(default=0, validator=ge(0), kw_only=True)
    threads: int = field(default=1, validator=gt(0), kw_only=True)
    template: str | None = field(default=None, repr=False, kw_only=True)
    delivery: Delivery = field(default="streamed", kw_only=True)
    start_within_s: float = field(default=120.0, validator=gt(0), kw_only=True)

    async def complete(self, request: CallModel, call: Call, /) -> ModelReply:
        """The model's answer. ``ConfigError`` where model or server are not installed, otherwise ``ProviderError``."""
        server = await self._server()
        try:
            reply = await self._chat(server).complete(request, call)
        except ProviderError as error:
            if error.kind not in LOST or not await to_thread.run_sync(server.ends_within, DEATH_S):
                raise
            reply = await self._chat(await self._server()).complete(request, call)
        return evolve(reply, cost_usd=FREE)

    async def count_tokens(self, request: CallModel, /) -> int:
        """The tokens that ``request`` sends, by the model's own vocabulary and chat template; starts the server."""
        return await self._chat(await self._server()).count_tokens(request)

    def start(self) -> None:
        """Start the server now, so that what is missing is known before anything runs; blocks until it is ready."""
        servers().get(self, self._start)

    def stop(self) -> None:
        """Stop the server; the next call starts another. At the end of the process this happens by itself."""
        servers().drop(self)

    async def _server(self) -> Server:
        # A start that its caller gives up goes on, for whoever asks next.
        mine = servers()
        running = mine.running(self)
        if running is not None:
            return running
        return await to_thread.run_sync(mine.get, self, self._start, abandon_on_cancel=True)

    def _start(self) -> Server:
        weights = find_weights(self.path)
        template = self.template
        if template is None:
            template = chat_template() if weights.chatml else ""
        orders = Orders(
            key=new_key(),
            name=weights.name,
            context_tokens=self.context_tokens,
            max_tokens=self.max_tokens,
            threads=self.threads,
            seed=self.seed,
            chat_template=template,
        )
        return start(weights, orders, self.start_within_s)

    def _chat(self, server: Server) -> LlamaServer:
        return LlamaServer(
            model=server.model,
            base_url=f"{server.address}/v1",
            api_key=server.key,
            delivery=self.delivery,
            profile=PROFILE,
            # The server closes idle connections early, now and then just when the next request is sent on one.
            headers=(("connection", "close"),),
        )
