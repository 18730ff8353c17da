"""Keys in dicts that users print: texts like any other, but for how they show themselves."""

from __future__ import annotations

from collections.abc import Mapping

from typedagents.interpreter.secrets import HIDDEN

SECRET_OPTIONS = frozenset(
    {
        *("api_key", "azure_ad_token", "aws_access_key", "aws_secret_key", "aws_session_token"),
        "default_headers",
    }
)
ADDRESSES = frozenset({"base_url", "api_base", "azure_endpoint", "client_host"})


class HiddenText(str):
    """A text that ``repr`` does not show, so that neither logs nor tracebacks of dicts hold it; ``str`` is the text."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"'{HIDDEN}'"


def hidden(config: Mapping[str, object]) -> dict[str, object]:
    """A copy of an entry, or of a dict with a ``config_list`` of them, whose keys are not shown."""
    return {name: _hidden(name, value) for name, value in config.items()}


def _hidden(name: str, value: object) -> object:
    match value:
        case str() if name in SECRET_OPTIONS or (name in ADDRESSES and any(sign in value for sign in "@?")):
            return HiddenText(value)
        case Mapping() if name in SECRET_OPTIONS:
            return {key: HiddenText(one) if isinstance(one, str) else one for key, one in value.items()}
        case list() if name == "config_list":
            return [hidden(one) if isinstance(one, Mapping) else one for one in value]
        case _:
            return value
