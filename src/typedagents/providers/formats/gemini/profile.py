"""How servers that speak the generateContent format differ in what they want to be sent, as data."""

from __future__ import annotations

from attrs import frozen

from typedagents.providers.formats.outputs import Outputs


@frozen(cache_hash=True)
class GeminiProfile:
    """One kind of server.

    ``provider`` names where replies came from; a server's own state goes back to the same name only. ``models`` stands
    before the model's name in the path (of Vertex: ``/v1/projects/P/locations/L/publishers/google/models``).
    ``first_words`` stand before a conversation that the model itself begins, ``last_words`` behind one in which it spoke
    last: the format begins and ends with a user. ``outputs``: how answers of a certain shape are asked for.
    ``counts_requests``: whether tokens are counted of a whole request, or (at Vertex AI) of its parts.
    """

    provider: str = "google"
    models: str = "/v1beta/models"
    key_header: str = "x-goog-api-key"
    key_prefix: str = ""
    first_words: str = "(The conversation begins.)"
    last_words: str = "(Go on.)"
    outputs: Outputs = Outputs(dialect="gemini")
    counts_requests: bool = True


GEMINI = GeminiProfile()
"""Google's own API (AI Studio)."""
