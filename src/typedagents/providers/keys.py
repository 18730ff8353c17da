"""Where a provider's key comes from. It is looked for when the provider is made, so that a missing one is seen then."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Sequence
from inspect import isawaitable
from ipaddress import ip_address
from typing import TypeAlias

from attrs import frozen

from typedagents.core.errors import ConfigError, ProviderError
from typedagents.interpreter.secrets import Secret

from .signing import AwsKeys


@frozen
class NoKey:
    """The service needs none."""


Credential: TypeAlias = Secret | AwsKeys
"""What proves who asks: a key that is sent, or keys that sign what is sent."""

KeyFunction: TypeAlias = Callable[[], str | Credential | Awaitable[str | Credential]]
"""Asked before each request: for keys that change."""

Key: TypeAlias = Credential | KeyFunction | NoKey


def from_env(*names: str) -> Secret:
    """The key in the first of these environment variables that is set."""
    for name in names:
        if value := os.environ.get(name, "").strip():
            return Secret(value)
    raise ConfigError(f"no key found; looked at {_variables(names)}; set it, or give api_key another value")


def usual_key(host: str, names: Sequence[str], own_hosts: Sequence[str]) -> Secret | NoKey:
    """The key that is meant where none was given. A service's variable is never sent to somebody else's host."""
    if host in own_hosts:
        for name in names:
            if value := os.environ.get(name, "").strip():
                return Secret(value)
        places = f"the argument api_key, and {_variables(names)}"
        remedy = f"set {names[0]}, or give api_key"
    elif is_local(host):
        return NoKey()
    else:
        places = "the argument api_key"
        remedy = (
            "give api_key=from_env('NAME_OF_THE_VARIABLE'), or api_key=NoKey() where the service needs none"
        )
    raise ConfigError(
        f"no key for {host}; looked at {places}; {remedy}. "
        "A local server needs no key (base_url='http://localhost:8080/v1'), nor does a scripted model"
    )


def _variables(names: Sequence[str]) -> str:
    return f"the environment variable{'s' if len(names) > 1 else ''} {', '.join(names)}"


def is_local(host: str) -> bool:
    """Whether ``host`` is this very machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def resolved(key: str | Key) -> Key:
    """A key given as plain text is hidden at once."""
    return Secret(key) if isinstance(key, str) else key


async def current(key: Key, asked: str) -> Credential | None:
    """The key for the next request; None where the service needs none."""
    if isinstance(key, NoKey):
        return None
    if isinstance(key, Secret | AwsKeys):
        return key
    try:
        found = key()
        found = await found if isawaitable(found) else found
        return Secret(found) if isinstance(found, str) else found
    except Exception as error:
        name = getattr(key, "__qualname__", type(key).__name__)
        problem = f"{asked}: the key function {name} raised {type(error).__name__}"
    # Outside of the handler: the error's own text may hold the key, and would be shown as this one's context.
    raise ProviderError(f"{problem}; mend it, or give api_key=Secret(...)", kind="auth")
