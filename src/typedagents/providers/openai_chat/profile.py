"""How servers that speak the chat-completions format differ in what they want to be sent, as data."""

from __future__ import annotations

from typing import Literal, TypeAlias

from attrs import frozen

SpeakerNames: TypeAlias = Literal["field", "prefix", "none"]
ReasoningBack: TypeAlias = Literal["with_calls", "always", "never"]


@frozen(cache_hash=True)
class Profile:
    """One kind of server.

    ``provider`` names where replies came from; a server's own state goes back to the same name only. Secrets go into
    ``key_header`` behind ``key_prefix``. ``names``: how other speakers are named, in the ``name`` field, in front of
    their words, or not at all. ``reasoning_back``: when a model is shown its earlier thoughts, in the field they came
    in (some servers demand them beside calls, and refuse them elsewhere).
    """

    provider: str = ""
    path: str = "/chat/completions"
    query: str = ""
    key_header: str = "authorization"
    key_prefix: str = "Bearer "
    idempotency_header: str = ""
    system_role: Literal["system", "developer"] = "system"
    max_tokens_field: str = "max_tokens"
    stream_usage: bool = True
    names: SpeakerNames = "field"
    reasoning_back: ReasoningBack = "with_calls"


OPENAI = Profile(
    provider="openai", idempotency_header="idempotency-key", max_tokens_field="max_completion_tokens"
)
"""OpenAI's own API: its reasoning models refuse ``max_tokens``."""

COMPATIBLE = Profile()
"""What every server that claims the format understands."""
