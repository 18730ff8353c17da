"""What model clients of a program's own share: parameters that are proved, and tools that have done their work."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence

from typedagents.autogen.exception_utils import InvalidType
from typedagents.providers.configuration.options import dicts_in

__all__ = ["should_hide_tools", "validate_parameter"]

logger = logging.getLogger(__name__)

Bound = tuple[float | None, float | None]
HIDING = ("if_all_run", "if_any_run", "never")


def validate_parameter(
    params: Mapping[str, object],
    param_name: str,
    allowed_types: type | tuple[type, ...],
    allow_None: bool,  # noqa: N803  # its name in AutoGen
    default_value: object,
    numerical_bound: Bound | None,
    allowed_values: Sequence[object] | None,
) -> object:
    """The parameter, where it is of a type, within bounds and among the values allowed; else the default, with a warning.

    ``numerical_bound`` is the least and the most, None for either: no bound.
    """
    if allowed_values is not None and not isinstance(allowed_values, list):
        raise InvalidType(f"allowed_values is a list; found {type(allowed_values).__name__}")
    value = params.get(param_name, default_value)
    if value is None and allow_None:
        return None
    possible = isinstance(value, allowed_types) and _within(value, numerical_bound or (None, None))
    if possible and (allowed_values is None or value in allowed_values):
        return value
    logger.warning("parameter %s: %r is not possible; %r is used", param_name, value, default_value)
    return default_value


def _within(value: object, bound: Bound) -> bool:
    least, most = bound
    if not isinstance(value, int | float):
        return True
    return (least is None or value >= least) and (most is None or value <= most)


def should_hide_tools(
    messages: Sequence[Mapping[str, object]], tools: Sequence[Mapping[str, object]], hide_tools_param: str
) -> bool:
    """Whether a model need not be told of tools any more: all of them, or any, were called, and answered."""
    if hide_tools_param not in HIDING:
        raise InvalidType(f"hide_tools is one of {', '.join(HIDING)}; found {hide_tools_param!r:.60}")
    if hide_tools_param == "never" or not tools:
        return False
    answered = {message.get("tool_call_id") for message in messages} - {None}
    called = [call for message in messages for call in dicts_in(message, "tool_calls")]
    run = set(_names(call for call in called if call.get("id") in answered))
    known = set(_names(iter(tools)))
    return known <= run if hide_tools_param == "if_all_run" else bool(known & run)


def _names(told: Iterator[Mapping[str, object]]) -> Iterator[object]:
    for one in told:
        function = one.get("function")
        if isinstance(function, Mapping):
            yield function.get("name")
