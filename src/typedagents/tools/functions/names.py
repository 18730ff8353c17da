"""What functions are called and where they stand, whatever kind of callable they are."""

from __future__ import annotations

import sys
from functools import partial
from inspect import isroutine

from .parameters import written


def underlying(function: object) -> object:
    """The function that a ``partial`` of a ``partial`` fills."""
    while isinstance(function, partial):
        function = function.func
    return function


def name_of(function: object) -> str:
    """The function's name; for an object that can be called, its class's."""
    plain = underlying(function)
    return f"{getattr(plain, '__name__', type(plain).__name__)}"


def docstring_of(function: object) -> str:
    """The function's docstring; for an object that can be called, that of its ``__call__`` or else of its class."""
    plain = underlying(function)
    if isroutine(plain):
        return plain.__doc__ or ""
    call = written(plain)
    words = (call and call.__doc__) or type(plain).__doc__ or ""
    return (
        "" if words.startswith(f"{type(plain).__name__}(") else words
    )  # written by dataclasses, not by people


def found_at(function: object) -> object:
    """What stands in a module under the name and in the place that ``function`` says are its own; None for nothing."""
    module, name = getattr(function, "__module__", None), getattr(function, "__qualname__", None)
    found: object = sys.modules.get(f"{module}")
    for step in f"{name}".split("."):
        found = getattr(found, step, None)
    return found
