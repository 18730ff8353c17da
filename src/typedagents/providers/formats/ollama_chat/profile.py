"""How servers that speak Ollama's own format differ in what they want to be sent, as data."""

from __future__ import annotations

from attrs import frozen

from typedagents.providers.formats.outputs import Outputs


@frozen(cache_hash=True)
class OllamaProfile:
    """One kind of server. ``provider`` names where replies came from; a server's own state goes back to the same name.

    ``outputs``: how answers of a certain shape are asked for.
    """

    provider: str = "ollama"
    path: str = "/api/chat"
    key_header: str = "authorization"
    key_prefix: str = "Bearer "
    outputs: Outputs = Outputs(dialect=None, json_mode=(("format", '"json"'),))


OLLAMA = OllamaProfile()
"""Ollama's own server."""
