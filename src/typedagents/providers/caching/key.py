"""By what an answer is found again: all of the request, who is asked, and a seed. Only the order of JSON's keys is free.

JSON that stands in a request as text (arguments, schemas) counts as what it says: its objects by their sorted keys, its
numbers as they are written, keys that stand twice as often as they do.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from hashlib import sha256

from attrs import evolve, fields, has

from typedagents.core.chain import Fold
from typedagents.core.errors import ConfigError, TraceError
from typedagents.core.message import Message
from typedagents.core.model import CallModel
from typedagents.interpreter.ports import ModelProvider
from typedagents.providers.recording.scrubbing import kept
from typedagents.providers.service import Service
from typedagents.providers.wrappers.wrapping import Wrapper
from typedagents.trace.codec import canonical, plain

VERSION = 1
"""Goes up when what is hashed changes, so that no old answer is taken for that to another request."""

HOLD_JSON = frozenset({"arguments", "json", "parameters", "schema"})
"""The fields of our values that hold JSON as text."""

NO_MATTER = frozenset({"api_key", "deadlines", "delivery", "headers", "start_within_s", "transport"})
"""What a provider is told that does not change what is answered; of headers those count that are no secrets."""


def _pairs(pairs: Iterable[tuple[str, object]]) -> object:
    return ["object", sorted(pairs, key=lambda pair: pair[0])]


def _number(text: str) -> object:
    return ["number", text]


def normal(text: str) -> object:
    """JSON text as what it says; other text as it is."""
    try:
        said: object = json.loads(
            text, object_pairs_hook=_pairs, parse_float=_number, parse_int=_number, parse_constant=_number
        )
    except (ValueError, RecursionError):
        return ["text", text]
    return ["json", said]


def normalized(value: object) -> object:
    """``value``, which is JSON-like, with its fields of JSON text as what they say."""
    if isinstance(value, dict):
        return {
            name: normal(inner) if name in HOLD_JSON and isinstance(inner, str) else normalized(inner)
            for name, inner in value.items()
        }
    return [normalized(item) for item in value] if isinstance(value, list) else value


def _with_message(digest: bytes, message: Message) -> bytes:
    return sha256(digest + canonical(normalized(plain(message)))).digest()


MESSAGES: Fold[Message, bytes] = Fold(b"", _with_message)
"""The digest of a conversation; each message is hashed once in its life."""


def key_of(request: CallModel, identity: bytes) -> str:
    """The key of a request to the provider of this identity."""
    settings = request.settings
    effect: dict[str, object] = {field.name: getattr(request, field.name) for field in fields(CallModel)}
    effect |= {"transcript": None, "settings": evolve(settings, extra=())}  # both are told below
    data = normalized(plain(effect))
    extra = [[name, normal(text)] for name, text in sorted(settings.extra, key=lambda pair: pair[0])]
    said = (len(request.transcript), request.transcript.fold(MESSAGES).hex())
    return sha256(canonical([VERSION, identity.hex(), said, data, extra])).hexdigest()


def identity_of(provider: ModelProvider, name: str, seed: int | str) -> bytes:
    """Who is asked, as a digest; ``name`` says so where nothing else does."""
    return sha256(canonical([VERSION, seed, name or _who(provider)])).digest()


def _who(provider: ModelProvider) -> object:
    if isinstance(provider, Wrapper):
        inner = [_who(each) for each in provider.wrapped]
        return inner[0] if len(inner) == 1 else inner
    kind = type(provider)
    described: dict[str, object] = {}
    if not has(kind):
        raise _nameless(provider, "what it is made of")
    for field in fields(kind):
        if field.init and field.name not in NO_MATTER:
            try:
                described[field.name] = plain(getattr(provider, field.name))
            except TraceError as error:
                if field.repr:
                    raise _nameless(provider, f"its {field.name}") from error
    headers: Mapping[str, str] = kept(provider.headers, str) if isinstance(provider, Service) else {}
    return [f"{kind.__module__}.{kind.__qualname__}", described, headers]


def _nameless(provider: ModelProvider, what: str) -> ConfigError:
    return ConfigError(
        f"cache cannot tell this {type(provider).__name__} from another one by {what}; say which it is: "
        "cache(..., identity='a name that changes when its answers do')"
    )
