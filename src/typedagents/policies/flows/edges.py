"""The edges of a flow: where it goes on after a node has spoken, and on what condition."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, TypeAlias, final, overload

from attrs import field, frozen

from typedagents.core.errors import ConfigError
from typedagents.core.log import Log
from typedagents.core.message import AgentName, Message, agent_name
from typedagents.core.rule import AlwaysHolds, Rule
from typedagents.policies.words import written


@final
@frozen(repr=False)
class Otherwise:
    """See ``OTHERWISE``."""

    def __repr__(self) -> str:
        return "OTHERWISE"


OTHERWISE: Final = Otherwise()
"""The condition that holds where no other condition out of the same node does."""

Condition: TypeAlias = str | Rule | Otherwise | Callable[[Message], bool]


@frozen(repr=False)
class Edge:
    """See ``edge``."""

    source: AgentName = field(converter=agent_name)
    target: AgentName = field(converter=agent_name)
    when: Condition | None = None
    group: str = ""

    def __attrs_post_init__(self) -> None:
        if self.when == "":
            raise ConfigError(f"{self!r} needs a text to look for; leave 'when' out where it is always taken")
        if not (self.when is None or isinstance(self.when, str | Otherwise) or callable(self.when)):
            raise ConfigError(
                f"the condition of an edge is a text, a rule, OTHERWISE or a function; found {self.when!r:.60}"
            )

    @property
    def always(self) -> bool:
        """Whether it is taken whatever was said."""
        return self.when is None or isinstance(self.when, AlwaysHolds)

    @property
    def label(self) -> str:
        """Its condition in words; empty where it has none."""
        match self.when:
            case None:
                return ""
            case str() as text:
                return f"says {text!r}"
            case Rule() as rule:
                return str(rule)
            case Otherwise():
                return "otherwise"
            case function:
                own: object = getattr(function, "__name__", None)
                return own if isinstance(own, str) else repr(function)

    def taken(self, said: Message | None, log: Log) -> bool:
        """Whether its condition holds after its source said this last, or nothing; ``OTHERWISE`` not by itself."""
        match self.when:
            case None:
                return True
            case str() as text:
                return said is not None and text in said.text
            case Rule() as rule:
                return rule(log)
            case Otherwise():
                return False
            case function:
                return said is not None and bool(function(said))

    def __repr__(self) -> str:
        return written("edge", self, self.source, self.target)


# A union alone would say the same, but pyright takes the parameter of a lambda from whatever in it can be called first.
@overload
def edge(
    source: str, target: str, when: str | Rule | Otherwise | None = ..., *, group: str = ...
) -> Edge: ...
@overload
def edge(source: str, target: str, when: Callable[[Message], bool], *, group: str = ...) -> Edge: ...
def edge(source: str, target: str, when: Condition | None = None, *, group: str = "") -> Edge:
    """After ``source`` has spoken the flow goes to ``target``: always, or where ``when`` holds.

    ``when`` is a text that the last message of ``source`` in its turn must hold, a pure function of that message, a
    ``Rule`` over the log as it is after its turn, or ``OTHERWISE``. A source that passes has said nothing: only rules,
    ``OTHERWISE`` and edges without a condition are taken.

    Edges of one ``group`` wait for each other where they join; those of another group let ``target`` speak by themselves.
    """
    return Edge(source, target, when, group)


def taken(edges: Sequence[Edge], said: Message | None, log: Log) -> tuple[Edge, ...]:
    """Those of ``edges``, which leave one node, that are taken."""
    held = tuple([edge for edge in edges if edge.taken(said, log)])
    return held or tuple([edge for edge in edges if isinstance(edge.when, Otherwise)])
