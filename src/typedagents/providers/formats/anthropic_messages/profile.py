"""How servers that speak the Messages format differ in what they want to be sent, as data."""

from __future__ import annotations

from attrs import frozen

from typedagents.providers.formats.outputs import Outputs


@frozen(cache_hash=True)
class MessagesProfile:
    """One kind of server.

    ``provider`` names where replies came from; a server's own state goes back to the same name only. The format
    demands a limit: ``max_tokens`` is sent where a request names none. ``features`` are sent as ``anthropic-beta``.
    ``first_words`` stand before a conversation that the model itself begins, ``last_words`` behind one in which it spoke
    last: the format begins and ends with a user. ``outputs``: how answers of a certain shape are asked for.
    """

    provider: str = "anthropic"
    path: str = "/v1/messages"
    version: str = "2023-06-01"
    max_tokens: int = 8192
    features: tuple[str, ...] = ()
    first_words: str = "(The conversation begins.)"
    last_words: str = "(Go on.)"
    outputs: Outputs = Outputs(dialect="anthropic", otherwise="tool")


ANTHROPIC = MessagesProfile()
"""Anthropic's own API."""
