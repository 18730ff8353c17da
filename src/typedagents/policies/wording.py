"""Instructions that read context variables.

    NAME = Variable("name", str, "a customer")
    wording("You serve {who}. Be brief.", who=NAME)

The text is filled in once a turn, from the context as it stands. What a variable holds is put in as it is: braces in it
mean nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from string import Formatter
from typing import Protocol

from attrs import field, frozen

from typedagents.core.context import Context
from typedagents.core.errors import ConfigError, listed
from typedagents.core.json_text import json_text
from typedagents.core.model import Prompt
from typedagents.core.parts import cleaned

NO_CONTEXT = Context()


class AnyVariable(Protocol):
    """A context variable of any type."""

    @property
    def name(self) -> str: ...
    @property
    def default(self) -> object: ...
    def read(self, json: str) -> object: ...


@frozen
class _Slot:
    """Words, and the variable that follows them, shown as ``spec`` says."""

    words: str
    name: str = ""
    variable: AnyVariable | None = None
    spec: str = ""

    def shown(self, context: Context) -> str:
        if self.variable is None:
            return self.words
        json = context.values.get(self.variable.name)
        value = self.variable.default if json is None else self.variable.read(json)
        if self.spec:
            return f"{self.words}{value:{self.spec}}"
        return self.words + (value if isinstance(value, str) else json_text(value))


@frozen(repr=False)
class Wording:
    """See ``wording``."""

    text: str = field(converter=cleaned)
    slots: tuple[_Slot, ...]
    name: str = ""
    version: str = ""

    def read(self, context: Context) -> Prompt:
        """The instructions as they are now."""
        return Prompt("".join([slot.shown(context) for slot in self.slots]), self.name, self.version)

    def __repr__(self) -> str:
        named = [f"{slot.name}={slot.variable!r}" for slot in self.slots if slot.variable is not None]
        return f"wording({', '.join([repr(self.text), *named])})"


def wording(text: str, /, **variables: AnyVariable) -> Wording:
    """Instructions with context variables in them: each ``{name}`` stands for the variable of that name.

    Texts are put in as they are, other values as JSON, or as a format says: ``{price:.2f}``. Braces are doubled.
    ``ConfigError`` names a place without a variable, a variable without a place, and one that has no default: its
    place would be empty until it is set.
    """
    slots = tuple(_slots(text, variables))
    used = {slot.name for slot in slots}
    unused = [name for name in variables if name not in used]
    if unused:
        raise ConfigError(f"no place in the wording {text!r:.60} is named {listed(unused)}")
    made = Wording(text, slots)
    try:
        made.read(NO_CONTEXT)
    except (ValueError, TypeError) as error:
        raise ConfigError(f"the wording {text!r:.60} cannot show its variables: {error}") from error
    return made


def _slots(text: str, variables: Mapping[str, AnyVariable]) -> Iterator[_Slot]:
    try:
        pieces = list(Formatter().parse(text))
    except ValueError as error:
        raise ConfigError(f"the wording {text!r:.60} is no format: {error}") from error
    for words, name, spec, conversion in pieces:
        if name is None:
            yield _Slot(words)
            continue
        if not name.isidentifier() or conversion or (spec and "{" in spec):
            raise ConfigError(
                f"a place in a wording is a name and perhaps a format, such as {{price}} or {{price:.2f}}; found "
                f"{{{name}}} in {text!r:.60}; write {{{{ and }}}} for braces"
            )
        variable = variables.get(name)
        if variable is None:
            known = ", ".join(variables) or "none"
            raise ConfigError(f"the wording {text!r:.60} names {name!r}; its variables are: {known}")
        if variable.default is None:
            raise ConfigError(
                f"the wording {text!r:.60} shows context variable {variable.name!r}, which has no default; give it one, "
                "for as long as it is not set"
            )
        yield _Slot(words, name, variable, spec or "")
