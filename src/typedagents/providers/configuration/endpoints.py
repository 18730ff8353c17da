"""Whom one entry asks: the provider that its ``api_type`` and address mean."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import TypeAlias

from attrs import evolve

from typedagents.core.errors import listed
from typedagents.interpreter.ports import Deadlines, ModelProvider
from typedagents.providers.anthropic import AnthropicMessages
from typedagents.providers.bedrock import Bedrock, usual_region, usual_url
from typedagents.providers.cohere import Cohere
from typedagents.providers.compatible import compatible
from typedagents.providers.formats.openai_chat import PROFILES, azure_deployment
from typedagents.providers.google import Gemini
from typedagents.providers.keys import Key, from_env
from typedagents.providers.local import LocalModel
from typedagents.providers.ollama import Ollama
from typedagents.providers.openai import OPENAI_URL, OpenAIChat, OpenAIResponses
from typedagents.providers.service import Delivery, Service

from .credentials import azure_key_of, key_of
from .errors import InvalidValue
from .fields import called
from .options import Options, flag_in, number_in, text_in, whole_in

DEFAULT_AZURE_API_VERSION = "2024-02-01"
USUAL = Deadlines()

InOneWay: TypeAlias = "type[AnthropicMessages | Gemini | Ollama | Cohere]"

OWN_FORMATS: Mapping[str, InOneWay] = {
    "anthropic": AnthropicMessages,
    "google": Gemini,
    "gemini": Gemini,
    "ollama": Ollama,
    "cohere": Cohere,
}
OTHERS = ("openai", "responses", "azure", "bedrock", "local")
KINDS: tuple[str, ...] = tuple(dict.fromkeys((*OTHERS, *OWN_FORMATS, *PROFILES)))
"""What an ``api_type`` may be."""

ALIASES: Mapping[str, str] = {
    "open_ai": "openai",
    "openai_chat": "openai",
    "openai_responses": "responses",
    "azure_openai": "azure",
}


def endpoint_of(entry: Options) -> ModelProvider:
    """The provider that this entry names, without its options of a call. ``ConfigError`` says what is missing in it."""
    own = entry.get("provider")
    if own is not None:
        if isinstance(own, ModelProvider):
            return own
        raise InvalidValue(
            f"provider is an object with complete(request, call), a ModelProvider; found {type(own).__name__}"
        )
    kind = kind_of(entry)
    return _local(entry) if kind == "local" else _as_told(entry, _service(kind, entry))


def kind_of(entry: Options) -> str:
    """The ``api_type`` of an entry, by its usual name."""
    told = (text_in(entry, "api_type") or "openai").lower()
    kind = ALIASES.get(told, told)
    if kind in KINDS:
        return kind
    near = get_close_matches(kind, KINDS, 1)
    hint = f"did you mean {near[0]!r}? " if near else ""
    raise InvalidValue(
        f"{called(entry)}: there is no api_type {told!r}; {hint}There are: {listed(KINDS)}. Many services speak "
        "OpenAI's format too: give the base_url where this one does, and no api_type"
    )


def _service(kind: str, entry: Options) -> Service:
    match kind:
        case "openai":
            return _openai(entry)
        case "responses":
            return _responses(entry)
        case "azure":
            return _azure(entry)
        case "bedrock":
            return _bedrock(entry)
        case _ if kind in OWN_FORMATS:
            return _own_format(OWN_FORMATS[kind], entry)
        case _:
            url = _url(entry)
            return compatible(kind, _model(entry), base_url=url or "", api_key=key_of(entry))


def _model(entry: Options) -> str:
    model = text_in(entry, "model")
    if model is None:
        raise InvalidValue(f"an entry names its model; found the fields {', '.join(sorted(entry)) or 'none'}")
    return model


def _url(entry: Options) -> str | None:
    return text_in(entry, "base_url", "api_base", "client_host")


# --- formats ----------------------------------------------------------------------------------------------------


def _openai_place(entry: Options) -> tuple[str, Key | None]:
    """Address and key of OpenAI's formats, with what the environment holds."""
    told = os.environ.get("OPENAI_BASE_URL", "").strip()
    own, key = _url(entry), key_of(entry)
    if told and own in (None, told) and key is None and os.environ.get("OPENAI_API_KEY", "").strip():
        # Whoever sets both variables means them for each other; a key is sent to nobody else's server.
        key = from_env("OPENAI_API_KEY")
    return own or told or OPENAI_URL, key


def _openai(entry: Options) -> OpenAIChat:
    model, (url, key) = _model(entry), _openai_place(entry)
    if key is None:
        return OpenAIChat(model=model, base_url=url)
    return OpenAIChat(model=model, base_url=url, api_key=key)


def _responses(entry: Options) -> OpenAIResponses:
    model, (url, key) = _model(entry), _openai_place(entry)
    if key is None:
        return OpenAIResponses(model=model, base_url=url)
    return OpenAIResponses(model=model, base_url=url, api_key=key)


def _own_format(kind: InOneWay, entry: Options) -> Service:
    model, url, key = _model(entry), _url(entry), key_of(entry)
    if url is None:
        return kind(model=model) if key is None else kind(model=model, api_key=key)
    return kind(model=model, base_url=url) if key is None else kind(model=model, base_url=url, api_key=key)


def _bedrock(entry: Options) -> Bedrock:
    model, key = _model(entry), key_of(entry)
    region = text_in(entry, "aws_region") or usual_region()
    url = _url(entry) or usual_url(region)
    if key is None:
        return Bedrock(model=model, region=region, base_url=url)
    return Bedrock(model=model, region=region, base_url=url, api_key=key)


def _azure(entry: Options) -> OpenAIChat:
    variable = "AZURE_OPENAI_ENDPOINT"
    url = text_in(entry, "azure_endpoint", "base_url", "api_base") or os.environ.get(variable, "").strip()
    if not url:
        raise InvalidValue(
            f"{called(entry)}: api_type 'azure' needs the address of the resource; looked at base_url,"
            f" azure_endpoint and the environment variable {variable}"
        )
    # Names of deployments have no dots.
    deployment = text_in(entry, "azure_deployment") or _model(entry).replace(".", "")
    profile = azure_deployment(deployment, text_in(entry, "api_version") or DEFAULT_AZURE_API_VERSION)
    key, by_token = azure_key_of(entry)
    if by_token:
        profile = evolve(profile, key_header="authorization", key_prefix="Bearer ")
    base = url.rstrip("/").removesuffix("/openai")
    return OpenAIChat(model=deployment, base_url=base, api_key=key, profile=profile)


def _local(entry: Options) -> LocalModel:
    """The embedded model. ``path``, or a ``model`` that is a path, names a GGUF file."""
    model = text_in(entry, "model")
    path = text_in(entry, "path") or (model if model is not None and model.endswith(".gguf") else None)
    usual = LocalModel(path, delivery="whole" if flag_in(entry, "stream") is False else "streamed")
    return evolve(
        usual,
        context_tokens=_counted(entry, "context_tokens", usual.context_tokens),
        threads=_counted(entry, "threads", usual.threads),
    )


def _counted(entry: Options, name: str, usual: int) -> int:
    number = whole_in(entry, name)
    if number is not None and number < 1:
        raise InvalidValue(f"{called(entry)}: {name} is a whole number above 0; found {number}")
    return usual if number is None else number


# --- what entries of all services say in one way ----------------------------------------------------------------


def _as_told(entry: Options, service: Service) -> Service:
    delivery: Delivery = "streamed" if flag_in(entry, "stream") else "whole"
    return evolve(service, deadlines=_deadlines(entry), headers=tuple(_headers(entry)), delivery=delivery)


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
    elif more is not None:
        raise InvalidValue(f"default_headers is a dict of texts; found {type(more).__name__}")
