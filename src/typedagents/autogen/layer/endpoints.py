"""Whom one entry of a ``config_list`` asks: the provider of the typed core that its ``api_type`` and address mean."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from inspect import isawaitable

from attrs import evolve, field, frozen

from typedagents.autogen.exception_utils import InvalidValue
from typedagents.interpreter.ports import Deadlines, ModelProvider
from typedagents.interpreter.secrets import Secret
from typedagents.providers import Key, OpenAIChat, Profile, from_env
from typedagents.providers.local import LocalModel
from typedagents.providers.openai import OPENAI_URL
from typedagents.providers.service import Delivery

from .options import Options, flag_in, number_in, text_in, whole_in

DEFAULT_AZURE_API_VERSION = "2024-02-01"
KNOWN_TYPES = ("openai", "azure", "local")
USUAL = Deadlines()


def endpoint_of(entry: Options) -> ModelProvider:
    """The provider that this entry names, without its options of a call. ``ConfigError`` says what is missing in it."""
    own = entry.get("provider")
    if isinstance(own, ModelProvider):
        return own
    if own is not None:
        raise InvalidValue(
            f"provider is an object with complete(request, call), a ModelProvider; found {type(own).__name__}"
        )
    kind = (text_in(entry, "api_type") or "openai").lower()
    match kind:
        case "openai" | "open_ai":
            return _openai(entry)
        case "azure":
            return _azure(entry)
        case "local":
            return _local(entry)
        case _:
            raise InvalidValue(
                f"api_type {kind!r} comes with a later version; there are: {', '.join(KNOWN_TYPES)}. Many services"
                " speak OpenAI's format too: give the base_url where this one does, and no api_type"
            )


def _model(entry: Options) -> str:
    model = text_in(entry, "model")
    if model is None:
        raise InvalidValue(
            f"a configuration names its model; found the options {', '.join(sorted(entry)) or 'none'}"
        )
    return model


# --- OpenAI's format --------------------------------------------------------------------------------------------


def _openai(entry: Options) -> OpenAIChat:
    model, key = _model(entry), text_in(entry, "api_key")
    told = os.environ.get("OPENAI_BASE_URL", "")
    url = text_in(entry, "base_url", "api_base") or told or OPENAI_URL
    if key is not None:
        return _as_told(entry, OpenAIChat(model=model, base_url=url, api_key=Secret(key)))
    if url == told and os.environ.get("OPENAI_API_KEY"):
        # Whoever sets both variables means them for each other; a key is sent to nobody else's server.
        return _as_told(entry, OpenAIChat(model=model, base_url=url, api_key=from_env("OPENAI_API_KEY")))
    return _as_told(entry, OpenAIChat(model=model, base_url=url))


def _as_told(entry: Options, chat: OpenAIChat) -> OpenAIChat:
    """``chat`` with what entries of all services say in one way."""
    delivery: Delivery = "streamed" if flag_in(entry, "stream") else "whole"
    return evolve(chat, deadlines=_deadlines(entry), headers=tuple(_headers(entry)), delivery=delivery)


def _deadlines(entry: Options) -> Deadlines:
    timeout = number_in(entry, "timeout", "request_timeout")
    if timeout is None:
        return USUAL
    if timeout <= 0:
        raise InvalidValue(f"timeout is a number of seconds above 0; found {timeout:g}")
    return Deadlines(read_s=timeout, total_s=timeout)


def _headers(entry: Options) -> Iterator[tuple[str, str]]:
    for option, header in (("organization", "openai-organization"), ("project", "openai-project")):
        value = text_in(entry, option)
        if value is not None:
            yield header, value
    more = entry.get("default_headers")
    if isinstance(more, Mapping):
        for name, value in more.items():
            yield f"{name}", str(value)


# --- Azure ------------------------------------------------------------------------------------------------------


def _azure(entry: Options) -> OpenAIChat:
    url = text_in(entry, "azure_endpoint", "base_url", "api_base") or os.environ.get("AZURE_OPENAI_ENDPOINT")
    if not url:
        raise InvalidValue(
            "a configuration with api_type 'azure' needs the address of the resource; looked at base_url,"
            " azure_endpoint and the environment variable AZURE_OPENAI_ENDPOINT"
        )
    # Names of deployments have no dots.
    deployment = text_in(entry, "azure_deployment") or _model(entry).replace(".", "")
    version = text_in(entry, "api_version") or DEFAULT_AZURE_API_VERSION
    key, by_token = _azure_key(entry)
    profile = Profile(
        provider="azure",
        path=f"/openai/deployments/{deployment}/chat/completions",
        query=f"api-version={version}",
        key_header="authorization" if by_token else "api-key",
        key_prefix="Bearer " if by_token else "",
    )
    base = url.rstrip("/").removesuffix("/openai")
    return _as_told(entry, OpenAIChat(model=deployment, base_url=base, api_key=key, profile=profile))


def _azure_key(entry: Options) -> tuple[Key, bool]:
    """The key, and whether it is a token of the user's directory."""
    token, asked = text_in(entry, "azure_ad_token"), entry.get("azure_ad_token_provider")
    if callable(asked):
        return _TokenOf(asked), True
    if token is not None:
        return Secret(token), True
    key = text_in(entry, "api_key")
    return (Secret(key) if key is not None else from_env("AZURE_OPENAI_API_KEY")), False


@frozen
class _TokenOf:
    """Asks the program's own function for a token before each request."""

    function: Callable[[], object] = field(repr=False)

    async def __call__(self) -> Secret:
        found = self.function()
        found = await found if isawaitable(found) else found
        return found if isinstance(found, Secret) else Secret(f"{found}")


# --- this machine -----------------------------------------------------------------------------------------------


def _local(entry: Options) -> LocalModel:
    """The embedded model. ``path``, or a ``model`` that is a path, names a GGUF file."""
    model = text_in(entry, "model")
    path = text_in(entry, "path") or (model if model is not None and model.endswith(".gguf") else None)
    usual = LocalModel(path, delivery="whole" if flag_in(entry, "stream") is False else "streamed")
    return evolve(
        usual,
        context_tokens=whole_in(entry, "context_tokens") or usual.context_tokens,
        threads=whole_in(entry, "threads") or usual.threads,
    )
