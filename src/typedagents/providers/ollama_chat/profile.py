"""How servers that speak Ollama's own format differ in what they want to be sent, as data."""

from __future__ import annotations

from attrs import frozen


@frozen(cache_hash=True)
class OllamaProfile:
    """One kind of server. ``provider`` names where replies came from; a server's own state goes back to the same name."""

    provider: str = "ollama"
    path: str = "/api/chat"
    key_header: str = "authorization"
    key_prefix: str = "Bearer "


OLLAMA = OllamaProfile()
"""Ollama's own server."""
