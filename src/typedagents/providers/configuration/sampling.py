"""What an entry says of a call, as the settings of the typed core."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import msgspec

from typedagents.core.model import Settings

from .errors import InvalidValue
from .fields import HOW, SETTINGS, UNHEEDED, WHOM
from .options import Options, flag_in, number_in, text_in, whole_in

NOT_SENT = WHOM | HOW | SETTINGS | UNHEEDED


def settings_of(options: Options, unsent: Collection[str] = ()) -> Settings:
    """How to sample; what no field of ours is for is sent to the service as it is, but for what is ``unsent``."""
    choice = options.get("tool_choice")
    if isinstance(choice, Mapping):
        function = choice.get("function")
        choice = function.get("name") if isinstance(function, Mapping) else None
    try:
        return Settings(
            temperature=number_in(options, "temperature"),
            top_p=number_in(options, "top_p"),
            max_tokens=whole_in(options, "max_tokens", "max_completion_tokens"),
            seed=whole_in(options, "seed"),
            stop=_stops(options.get("stop")),
            reasoning_effort=text_in(options, "reasoning_effort"),
            tool_choice=None if choice is None else str(choice),
            parallel_tool_calls=flag_in(options, "parallel_tool_calls"),
            extra=_extra(options, unsent),
        )
    except InvalidValue:
        raise
    except ValueError as error:
        raise InvalidValue(f"an option of a call is out of its bounds: {error}") from error


def _stops(told: object) -> tuple[str, ...]:
    match told:
        case None:
            return ()
        case str():
            return (told,)
        case list() | tuple():
            return tuple(map(str, told))
        case _:
            raise InvalidValue(f"stop is a text or a list of texts; found {type(told).__name__}")


def _extra(options: Options, unsent: Collection[str]) -> tuple[tuple[str, str], ...]:
    more = options.get("extra") or {}
    if not isinstance(more, Mapping):
        raise InvalidValue(f"extra holds further fields of a service by name; found {type(more).__name__}")
    sent = {name: value for name, value in options.items() if name not in NOT_SENT and name not in unsent}
    sent |= {f"{name}": value for name, value in more.items()}
    return tuple((name, _written(name, value)) for name, value in sent.items() if value is not None)


def _written(name: str, value: object) -> str:
    try:
        return msgspec.json.encode(value).decode()
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidValue(f"the option {name!r} cannot be sent to a service: {error}") from error
