"""Values as a log has them."""

from __future__ import annotations

import inspect
import json
from collections.abc import Mapping
from datetime import UTC, datetime

from attrs import fields, has

from typedagents.autogen.layer.python import Python

__all__ = ["SECRET", "get_current_ts", "safe_serialize", "to_dict"]

SECRET = (
    *("self", "__class__", "api_key", "organization", "base_url", "azure_endpoint"),
    *("azure_ad_token", "azure_ad_token_provider", "aws_access_key", "aws_secret_key", "aws_session_token"),
    *("default_headers", "bot_token"),
)
"""What is never written."""


def get_current_ts() -> str:
    """The time now, as logs have it (UTC)."""
    return datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")


def to_dict(obj: object, exclude: tuple[str, ...] = (), no_recursive: type | tuple[type, ...] = ()) -> object:
    """``obj`` as dicts, lists and plain values, without the names in ``exclude``; objects by their attributes.

    Functions are their source; what is of the classes in ``no_recursive`` is its ``str``.
    """

    def told(value: object) -> object:
        return str(value) if isinstance(value, no_recursive) else to_dict(value, exclude, no_recursive)

    if obj is None or isinstance(obj, int | float | str | bool):
        return obj
    if isinstance(obj, list | tuple):
        return [told(value) for value in obj]
    named = _named(obj)
    if named is not None:
        return {f"{name}": told(value) for name, value in named.items() if name not in exclude}
    return _source(obj) if callable(obj) else f"{obj}"


def _named(obj: object) -> Mapping[str, object] | None:
    """What ``obj`` holds by name; None where it is a function, or holds nothing."""
    if isinstance(obj, Mapping):
        return obj
    if callable(obj):
        return None
    kind = type(obj)
    if has(kind):
        return {field.name: getattr(obj, field.name) for field in fields(kind) if field.repr}
    return vars(obj) if hasattr(obj, "__dict__") else None


def _source(function: Python) -> str:
    try:
        return inspect.getsource(function).strip()
    except (OSError, TypeError):  # there is none, as of what is built in or was typed
        return f"{getattr(function, '__qualname__', type(function).__qualname__)}"


def safe_serialize(obj: object) -> str:
    """``obj`` as JSON; what JSON cannot hold is named by its type."""
    return json.dumps(obj, default=lambda one: f"<<non-serializable: {type(one).__qualname__}>>")
