"""How servers that speak the Responses format differ in what they want to be sent, as data."""

from __future__ import annotations

from attrs import frozen

from typedagents.providers.formats.outputs import Outputs


@frozen(cache_hash=True)
class ResponsesProfile:
    """One kind of server.

    ``provider`` names where replies came from; a server's own state goes back to the same name only. ``stateless``: the
    server is told to store nothing and to give its thoughts in a form that can be handed back, because the conversation
    is here and is sent whole each time. ``outputs``: how answers of a certain shape are asked for.
    """

    provider: str = ""
    path: str = "/responses"
    query: str = ""
    key_header: str = "authorization"
    key_prefix: str = "Bearer "
    idempotency_header: str = ""
    stateless: bool = True
    outputs: Outputs = Outputs()


RESPONSES = ResponsesProfile(provider="openai", idempotency_header="idempotency-key")
"""OpenAI's own API."""
