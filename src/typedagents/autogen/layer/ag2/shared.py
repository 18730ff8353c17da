"""Context variables that the agents of a group share: as the program's object has them, and as the log does.

``target``: where the function that goes on now wants the floor to go.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from attrs import define, field
from msgspec.json import decode

from typedagents.autogen.exception_utils import InvalidValue
from typedagents.core.errors import ConfigError
from typedagents.core.json_text import json_text
from typedagents.core.log import Changed, Log
from typedagents.core.message import AgentName

if TYPE_CHECKING:
    from typedagents.autogen.agentchat.group.context_variables import ContextVariables

OURS: Final = "autogen."
"""How the variables begin that are the layer's own."""
TARGET: Final = "autogen.next_target"
"""Where a function wants the floor to go."""
REMOVED: Final = "null"


@define(eq=False)
class Shared:
    """``live`` is the program's object; ``known``, what the log says, or will when what goes on now is recorded."""

    live: ContextVariables
    known: dict[str, str] = field(factory=dict)
    target: list[object] | None = None

    def changed(self) -> tuple[tuple[str, str], ...]:
        """What the program changed since it was last asked, and where it wants the floor to go."""
        now = {name: told(name, value) for name, value in self.live.items()}
        gone = {name: REMOVED for name, json in self.known.items() if name not in now and json != REMOVED}
        changes = {name: json for name, json in (now | gone).items() if self.known.get(name) != json}
        self.known.update(changes)
        goes, self.target = self.target, None
        return (*changes.items(), *(() if goes is None else ((TARGET, json_text(goes)),)))

    def heed(self, log: Log) -> None:
        """Have the object hold what the log says."""
        for name, json in log.context.values.items():
            if self.known.get(name) != json and not name.startswith(OURS):
                self.live[name] = decode(json)
                self.known[name] = json

    def opened(self, log: Log, by: AgentName) -> Log:
        """``log``, in which the variables are set."""
        found = log.extend([Changed(by, name, json) for name, json in self.changed()])
        self.heed(found)
        return found


def told(name: str, value: object) -> str:
    """A variable's value as JSON; ``ValueError`` where JSON cannot say it."""
    try:
        return json_text(value)
    except ConfigError as error:
        raise InvalidValue(f"context variable {name!r} holds what JSON cannot say: {error}") from error


def values_of(given: object) -> Mapping[str, object]:
    """Variables as they are given: a mapping, an object of them, or nothing."""
    data: object = getattr(given, "data", given)
    return data if isinstance(data, Mapping) else {}
