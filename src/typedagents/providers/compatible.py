"""Servers that speak the chat-completions format, by name."""

from __future__ import annotations

import os
import re

from typedagents.core.errors import ConfigError, listed
from typedagents.core.model import Settings

from .formats.openai_chat import PROFILES, Profile
from .keys import Key, is_local, resolved, usual_key
from .openai import OpenAIChat
from .service import NO_DEFAULTS, Delivery, address, host_of


def compatible(
    server: str | Profile,
    model: str = "",
    *,
    base_url: str = "",
    api_key: str | Key | None = None,
    delivery: Delivery = "whole",
    settings: Settings = NO_DEFAULTS,
) -> OpenAIChat:
    """A model behind a server that is known by name (``PROFILES``), or described by a profile.

    Its address and key are the profile's, with what the environment holds. With another ``base_url`` the key is one that
    is given here: a service's key is never sent to somebody else's host.
    """
    profile = server if isinstance(server, Profile) else _named(server)
    url = address(base_url or _filled(profile))
    if api_key is None:
        host = host_of(url)
        own = () if base_url or is_local(host) or not profile.keys else (host,)
        key: Key = usual_key(host, profile.keys, own)
    else:
        key = resolved(api_key)
    return OpenAIChat(
        model=model, base_url=url, api_key=key, profile=profile, delivery=delivery, settings=settings
    )


def _named(name: str) -> Profile:
    known = PROFILES.get(name)
    if known is not None:
        return known
    raise ConfigError(
        f"no server is known as {name!r}; known are {listed(PROFILES)}. For another one give its base_url "
        "to OpenAIChat, or a Profile"
    )


def _filled(profile: Profile) -> str:
    """The address of a profile, with what the environment holds for its places."""
    if not profile.base_url:
        raise ConfigError(
            f"the profile of {profile.provider!r} names no base_url; give base_url='http://...'"
        )
    missing = [name for name in PLACE.findall(profile.base_url) if not os.environ.get(name, "").strip()]
    if missing:
        raise ConfigError(
            f"the address of {profile.provider} is {profile.base_url}, and the environment does not hold "
            f"{', '.join(missing)}; set it, or give base_url"
        )
    filled = PLACE.sub(lambda place: os.environ[place[1]].strip().rstrip("/"), profile.base_url)
    return filled if "://" in filled else f"https://{filled}"


PLACE = re.compile(r"\{(\w+)\}")
