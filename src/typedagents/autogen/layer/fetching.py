"""One HTTP request of a program's own, outside of any conversation's loop."""

from __future__ import annotations

from anyio.from_thread import start_blocking_portal

from typedagents import __version__
from typedagents.interpreter.lifetime import keeping
from typedagents.interpreter.ports import Deadlines, HttpReply, HttpRequest
from typedagents.providers.faults import classify
from typedagents.providers.http import shared_transport

AGENT = ("user-agent", f"typedagents/{__version__}")


def fetched(request: HttpRequest, asked: str, deadlines: Deadlines | None = None) -> HttpReply:
    """The answer to ``request``, waited for; ``ProviderError`` where there is none, or where it refuses."""
    with start_blocking_portal() as portal:
        reply: HttpReply = portal.call(_sent, request, deadlines or Deadlines())
    if 200 <= reply.status < 300:
        return reply
    raise classify(reply.status, reply.headers, reply.body, asked=asked)


async def _sent(request: HttpRequest, deadlines: Deadlines) -> HttpReply:
    async with keeping():
        return await shared_transport().send(request, deadlines)
