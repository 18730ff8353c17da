"""How servers that speak the Converse format differ in what they want to be sent, as data."""

from __future__ import annotations

from attrs import frozen

from typedagents.providers.formats.outputs import Outputs


@frozen(cache_hash=True)
class ConverseProfile:
    """One kind of server.

    ``provider`` names where replies came from; a server's own state goes back to the same name only. ``first_words``
    stand before a conversation that the model itself begins, ``last_words`` behind one in which it spoke last: the
    format begins and ends with a user. ``outputs``: how answers of a certain shape are asked for.
    """

    provider: str = "bedrock"
    key_header: str = "authorization"
    key_prefix: str = "Bearer "
    first_words: str = "(The conversation begins.)"
    last_words: str = "(Go on.)"
    outputs: Outputs = Outputs(dialect="anthropic", otherwise="tool")


BEDROCK = ConverseProfile()
"""Amazon's own service."""
