"""How policies print: as they were written, without what was left out."""

from __future__ import annotations

from attrs import AttrsInstance, fields

from typedagents.core.model import Prompt

MOST = 60
"""Longer texts are cut: a policy prints in one line."""


def named(value: object) -> str:
    """How ``value`` is written: a function by its name, a prompt by its name and version, anything else as it prints."""
    if isinstance(value, Prompt):
        return f"<prompt {value.name} {value.version}>" if value.name else named(value.text)
    if isinstance(value, str):
        return repr(value if len(value) <= MOST else f"{value[: MOST - 3]}...")
    name: object = getattr(value, "__qualname__", None)
    return name if isinstance(name, str) else repr(value)


def written(function: str, value: AttrsInstance, *first: object, **more: object) -> str:
    """The call of ``function`` that makes ``value``: ``first``, the fields that differ from their defaults, ``more``."""
    arguments = [named(argument) for argument in first]
    for attribute in fields(type(value)):
        given: object = getattr(value, attribute.name)
        if given != attribute.default and given not in first:
            arguments.append(f"{attribute.name}={named(given)}")
    arguments += [f"{name}={named(given)}" for name, given in more.items()]
    return f"{function}({', '.join(arguments)})"
