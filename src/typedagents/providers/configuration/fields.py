"""The fields that an entry may have. One that is not known is an error: a slip would go unnoticed for months."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from difflib import get_close_matches
from typing import Final

from .errors import InvalidType, InvalidValue

WHOM: Final = frozenset(
    {
        *("name", "tags", "model", "provider", "model_client_cls", "api_type", "path"),
        *("api_key", "api_key_env", "base_url", "api_base", "client_host", "api_version", "default_headers"),
        *("azure_endpoint", "azure_deployment", "azure_ad_token", "azure_ad_token_provider"),
        *("aws_region", "aws_access_key", "aws_secret_key", "aws_session_token"),
        *("organization", "project", "context_tokens", "threads", "http_client"),
    }
)
"""Whom to ask."""

HOW: Final = frozenset(
    {
        *("timeout", "request_timeout", "stream", "max_retries", "price"),
        *("concurrency", "requests_per_minute", "tokens_per_minute", "api_rate_limit"),
    }
)
"""How to ask."""

SETTINGS: Final = frozenset(
    {
        *("temperature", "top_p", "max_tokens", "max_completion_tokens", "seed", "stop", "reasoning_effort"),
        *("tool_choice", "function_call", "parallel_tool_calls", "n", "extra"),
    }
)
"""What is said by fields of ``Settings``; ``extra`` holds any others, by their names at the service."""

UNHEEDED: Final = frozenset(
    {"cache", "cache_seed", "seed_cache", "use_cache", "hide_tools", "default_query", "routing_method"}
)
"""What lists written for AutoGen hold, and no entry by itself goes by."""

SENT: Final = frozenset(
    {
        *("frequency_penalty", "presence_penalty", "repetition_penalty", "repeat_penalty", "repeat_last_n"),
        *(
            "logit_bias",
            "logprobs",
            "top_logprobs",
            "top_k",
            "top_a",
            "min_p",
            "typical_p",
            "tfs_z",
            "k",
            "p",
        ),
        *("user", "metadata", "store", "service_tier", "verbosity", "safety_identifier", "prompt_cache_key"),
        *("prediction", "web_search_options", "modalities", "audio", "reasoning", "thinking", "think"),
        *("include_reasoning", "plugins", "models", "route", "transforms", "random_seed", "safe_prompt"),
        *(
            "safety_settings",
            "safety_mode",
            "raw_prompting",
            "num_ctx",
            "num_predict",
            "num_gpu",
            "num_thread",
        ),
        *("mirostat", "mirostat_eta", "mirostat_tau", "keep_alive", "grammar", "best_of", "truncation"),
    }
)
"""What services know besides: sent as it is."""

KNOWN: Final = WHOM | HOW | SETTINGS | UNHEEDED | SENT


def check_fields(entry: Mapping[str, object], also: Collection[str] = ()) -> None:
    """``InvalidValue`` names a field that is not known, and the nearest that is. Values are not shown."""
    if entry.get("model_client_cls") is not None:
        return  # whose fields only that class knows
    known = KNOWN.union(also)
    for name in entry:
        if name not in known:
            near = get_close_matches(name, sorted(known), 1)
            hint = f"did you mean {near[0]!r}? " if near else ""
            raise InvalidValue(
                f"{called(entry)}: there is no field {name!r}; {hint}What only a service knows goes into "
                "extra = {name: value}"
            )
    if entry.get("http_client") is not None:
        raise InvalidType(
            "http_client: connections are made here, and no client of one's own is taken; proxies are those of the "
            "environment, and a provider of one's own can be given as provider"
        )
    if entry.get("n") not in (None, 1):
        raise InvalidValue(f"n={entry['n']!r}: a model is asked for one answer at a time")


def called(entry: Mapping[str, object]) -> str:
    """What errors call an entry."""
    name = entry.get("name") or entry.get("model") or entry.get("api_type")
    return f"the entry {str(name)!r}" if name else "an entry without a name"
