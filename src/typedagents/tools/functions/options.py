"""What can be said of a tool beside its function: names, and the manner in which it is called."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from math import isfinite
from typing import Never, TypedDict, get_args

from attrs import field, frozen

from typedagents.core.effect import Repetition
from typedagents.core.errors import ConfigError
from typedagents.core.limits import Unlimited
from typedagents.core.parts import ResultContent
from typedagents.tools.rendering import MOST_CHARACTERS, rendered

MOST_LETTERS = 64
_NAME = re.compile(r"[a-zA-Z0-9_-]+")


def tool_name(name: str) -> str:
    """``name``, where every provider takes it: 1 to 64 of the letters a-z, A-Z, digits, ``_`` and ``-``."""
    if len(name) > MOST_LETTERS:
        raise ConfigError(
            f"the name of a tool has at most {MOST_LETTERS} letters; {name!r} has {len(name)}: give it a shorter name"
        )
    if not _NAME.fullmatch(name):
        found = f"{name!r}" if name else "no name"
        raise ConfigError(
            f"the name of a tool is made of a-z, A-Z, 0-9, '_' and '-'; found {found}: give it a name"
        )
    return name


class CallOptions(TypedDict, total=False):
    """How a tool is called: see ``Manner``. ``strict``: the provider is to hold the model to the schema, where it can."""

    strict: bool
    timeout_s: float | None
    repeats: Repetition
    exclusive: bool
    blocking: bool
    render: Callable[[Never], object]
    max_chars: int | None


class ToolOptions(CallOptions, total=False):
    """What ``tool`` takes beside a function: what a model is told instead of the function's name and docstring."""

    name: str
    description: str


def _seconds(value: float | None) -> float | None:
    if value is None or (isfinite(value) and value > 0):
        return value
    raise ConfigError(f"timeout_s is a number of seconds above 0, or None for no limit; found {value!r}")


def _repetition(value: Repetition) -> Repetition:
    if value in get_args(Repetition):
        return value
    raise ConfigError(f"repeats is one of {', '.join(map(repr, get_args(Repetition)))}; found {value!r}")


def _characters(value: int | None) -> int | None:
    if value is None or value > 0:
        return value
    raise ConfigError(f"max_chars is a number above 0, or None for no limit; found {value!r}")


@frozen(kw_only=True)
class Manner:
    """How a tool is called, and what becomes of what it returns.

    ``timeout_s``: seconds after which a call has failed; None: it may take for ever. ``repeats``: what calling it
    twice means, which decides what is done after a crash. ``exclusive``: no other call of the same message is under
    way beside one of it. ``blocking``: it is a plain function that takes long, and runs in a thread. ``render`` makes
    of the returned value what the model is shown of it; ``max_chars`` is the most characters of it.
    """

    timeout_s: float | None = field(default=None, converter=_seconds)
    repeats: Repetition = field(default="at_most_once", converter=_repetition)
    exclusive: bool = False
    blocking: bool = False
    render: Callable[[Never], object] | None = None
    max_chars: int | None = field(default=MOST_CHARACTERS, converter=_characters)

    def rendered(self, value: object) -> tuple[ResultContent, ...]:
        """What a model is shown of ``value``; ``CannotRender`` where that cannot be."""
        most = Unlimited if self.max_chars is None else self.max_chars
        if self.render is None:
            return rendered(value, most)
        render: partial[object] = partial(
            self.render
        )  # of what type its argument is, only the tool's author knows
        return rendered(render(value), most)


def manner_of(options: CallOptions) -> Manner:
    """The manner that the options say."""
    return Manner(
        timeout_s=options.get("timeout_s"),
        repeats=options.get("repeats", "at_most_once"),
        exclusive=options.get("exclusive", False),
        blocking=options.get("blocking", False),
        render=options.get("render"),
        max_chars=options.get("max_chars", MOST_CHARACTERS),
    )
