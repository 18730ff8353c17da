"""The keys of an entry: given, in a variable of the environment, or asked for before each request."""

from __future__ import annotations

from collections.abc import Callable
from inspect import isawaitable

from attrs import field, frozen

from typedagents.core.errors import ConfigError
from typedagents.interpreter.secrets import Secret
from typedagents.providers.keys import Credential, Key, NoKey, from_env
from typedagents.providers.signing import AwsKeys

from .errors import InvalidValue
from .fields import called
from .options import Options, text_in


def key_of(entry: Options) -> Key | None:
    """What the entry says of its key; None: what is usual for its service."""
    pair = text_in(entry, "aws_access_key"), text_in(entry, "aws_secret_key")
    found = [one for one in (_given(entry), _in_variable(entry), _signing(entry, *pair)) if one is not None]
    if len(found) > 1:
        raise InvalidValue(
            f"{called(entry)} names several keys; give one of api_key, api_key_env, and aws_access_key with aws_secret_key"
        )
    return found[0] if found else None


def _given(entry: Options) -> Key | None:
    told = entry.get("api_key")
    match told:
        case None | "":
            return None
        case str():
            return Secret(told)
        case Secret() | AwsKeys() | NoKey():
            return told
        case _ if callable(told):
            return Asked(told)
        case _:
            raise InvalidValue(
                f"{called(entry)}: api_key is a text, a Secret, AwsKeys, NoKey(), or a function that gives one; "
                f"found {type(told).__name__}"
            )


def _in_variable(entry: Options) -> Secret | None:
    name = text_in(entry, "api_key_env")
    if name is None:
        return None
    try:
        return from_env(name)
    except ConfigError as error:
        raise InvalidValue(f"{called(entry)}: {error}") from error


def _signing(entry: Options, access: str | None, secret: str | None) -> AwsKeys | None:
    if access is None and secret is None:
        return None
    if access is None or secret is None:
        raise InvalidValue(
            f"{called(entry)}: aws_access_key and aws_secret_key are given together, or neither"
        )
    return AwsKeys(access, secret, text_in(entry, "aws_session_token"))


def azure_key_of(entry: Options) -> tuple[Key, bool]:
    """The key, and whether it is a token of the user's directory."""
    token, asked = text_in(entry, "azure_ad_token"), entry.get("azure_ad_token_provider")
    if callable(asked):
        return Asked(asked), True
    if token is not None:
        return Secret(token), True
    return key_of(entry) or from_env("AZURE_OPENAI_API_KEY"), False


@frozen
class Asked:
    """Asks the program's own function for a key before each request."""

    function: Callable[[], object] = field(repr=False)

    async def __call__(self) -> Credential:
        found = self.function()
        found = await found if isawaitable(found) else found
        return found if isinstance(found, Secret | AwsKeys) else Secret(f"{found}")
