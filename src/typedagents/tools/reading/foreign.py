"""Types that are pydantic's: their schema is the one they give themselves, and they validate what is sent.

A type is pydantic's where it, or a note in its ``Annotated``, has pydantic's hook. Pydantic is looked at only where
the program has imported it already: before that, no annotation can be its.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, get_args, get_origin

import msgspec
from attrs import field, frozen

from typedagents.core.errors import ConfigError
from typedagents.tools.schema.walk import inlined
from typedagents.tools.shapes import Foreign, Misfit, Step

if TYPE_CHECKING:
    from pydantic import TypeAdapter, ValidationError

_HOOKS = ("__get_pydantic_core_schema__", "__pydantic_validator__")
# JSON text of decoded JSON, for validation that knows what JSON cannot say (a set, a date) from what it can.
_ENCODER = msgspec.json.Encoder(decimal_format="number")


def is_foreign(annotation: object) -> bool:
    """Whether pydantic describes and validates this type."""
    if "pydantic" not in sys.modules:
        return False
    origin = get_origin(annotation)
    if origin is Annotated:
        inner, *notes = get_args(annotation)
        return any(map(_is_pydantics, notes)) or is_foreign(inner)
    kind = origin or annotation
    return isinstance(kind, type) and any(hasattr(kind, hook) for hook in _HOOKS)


def _is_pydantics(note: object) -> bool:
    return type(note).__module__.partition(".")[0] == "pydantic" or hasattr(note, _HOOKS[0])


@frozen
class _Adapted:
    """Two readings of one annotation are equal, whatever adapters they hold."""

    annotation: object
    adapter: TypeAdapter[object] = field(eq=False, repr=False)


@frozen
class _Validated(_Adapted):
    def __call__(self, data: object, /) -> object:
        from pydantic import ValidationError

        try:
            return self.adapter.validate_json(_ENCODER.encode(data))
        except ValidationError as error:
            raise Misfit(tuple(_problems(error))) from error


def _problems(error: ValidationError) -> Iterator[tuple[tuple[Step, ...], str]]:
    for one in error.errors(include_url=False, include_context=False):
        came = "" if one["type"] == "missing" else f"; got {one['input']!r:.80}"
        yield one["loc"], one["msg"] + came


@frozen
class _Written(_Adapted):
    def __call__(self, value: object, /) -> str:
        return self.adapter.dump_json(value, by_alias=True, warnings="error").decode()


def foreign_of(annotation: object, at: str) -> Foreign:
    """``annotation``, for which ``is_foreign`` holds. ``ConfigError`` where pydantic has no schema for it."""
    from pydantic.errors import PydanticUserError

    try:
        adapter: TypeAdapter[object] = sys.modules["pydantic"].TypeAdapter(annotation)
        schema = inlined(adapter.json_schema())
    except (PydanticUserError, NameError) as error:
        raise ConfigError(f"{at}: pydantic gives no JSON Schema for {annotation}: {error}") from error
    kind = get_origin(annotation) or annotation
    return Foreign(
        name=kind.__name__ if isinstance(kind, type) else str(annotation),
        schema=msgspec.json.encode(schema).decode(),
        validate=_Validated(annotation, adapter),
        written=_Written(annotation, adapter),
        hashable=getattr(kind, "__hash__", None) is not None,
    )
