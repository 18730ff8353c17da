"""How servers that speak Cohere's chat format differ in what they want to be sent, as data."""

from __future__ import annotations

from attrs import frozen

from typedagents.providers.formats.outputs import Outputs


@frozen(cache_hash=True)
class CohereProfile:
    """One kind of server. ``provider`` names where replies came from; a server's own state goes back to the same name.

    ``outputs``: how answers of a certain shape are asked for.
    """

    provider: str = "cohere"
    path: str = "/v2/chat"
    key_header: str = "authorization"
    key_prefix: str = "Bearer "
    outputs: Outputs = Outputs(dialect=None)


COHERE = CohereProfile()
"""Cohere's own API."""
