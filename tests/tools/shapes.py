"""Random types: ``random_types()`` as a user would write them, and ``signatures()``, the parameters of functions.

Records are made on the spot. What JSON they take is in ``instances``.
"""

from __future__ import annotations

import dataclasses
import typing
from collections import abc
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from types import GenericAlias
from uuid import UUID

import attrs
import msgspec
import typing_extensions
from hypothesis import strategies as st

from tests.tools import types_for_tests as types
from typedagents.tools.constraints import Bounds, Doc
from typedagents.tools.reading import Parameter

# Special forms that are given their arguments at run time, which no checker follows.
_FORMS = vars(typing)
_LEAVES: tuple[object, ...] = (
    int,
    str,
    float,
    bool,
    None,
    datetime,
    date,
    timedelta,
    UUID,
    Path,
    types.Level,
)
_OWN_LEAVES: tuple[object, ...] = (
    time,  # pydantic too, but a time without an offset is no RFC 3339, so its instances differ
    bytes,
    Decimal,
    types.Colour,
    types.Corner,
    types.Celsius,
    types.Score,
    object,
    _FORMS["Any"],
    types.Json,
    types.Expression,
    types.Node,
    types.Person,
    types.Account,
    types.Review,
    types.Span,
    types.Trip,
)
_LITERALS: st.SearchStrategy[list[object]] = st.lists(
    st.sampled_from(["a", "b", "USD", "", "é", 0, 1, 2, -5, True, False, None]), min_size=1, max_size=4
)
_BOUNDED: tuple[tuple[object, Bounds], ...] = (
    (int, Bounds(ge=1, le=9)),
    (int, Bounds(gt=-3, lt=3)),
    (int, Bounds(multiple_of=7)),
    (float, Bounds(ge=0, lt=1)),
    (float, Bounds(gt=0.5)),
    (str, Bounds(min_length=1, max_length=4)),
    (str, Bounds(pattern="^[a-z]{2,5}-[0-9]+$")),
)


def _generic(origin: type, *arguments: object) -> object:
    return GenericAlias(origin, arguments)


def _annotated(inner: object, *notes: object) -> object:
    made: object = _FORMS["Annotated"][(inner, *notes)]
    return made


def _either(options: list[object]) -> object:
    made: object = _FORMS["Union"][tuple(options)]
    return made


def _literal(values: list[object]) -> object:
    made: object = _FORMS["Literal"][tuple(values)]
    return made


def random_types(*, common: bool = False) -> st.SearchStrategy[object]:
    """Types of tools' parameters; with ``common``, only those that pydantic describes in the same way."""
    leaves = st.one_of(
        st.sampled_from(_LEAVES if common else _LEAVES + _OWN_LEAVES),
        _LITERALS.map(_literal),
        st.sampled_from(_BOUNDED).map(lambda one: _annotated(*one)) if not common else st.nothing(),
    )
    return st.recursive(leaves, lambda inner: _wider(inner, common=common), max_leaves=8)


def _wider(inner: st.SearchStrategy[object], *, common: bool) -> st.SearchStrategy[object]:
    several = st.lists(inner, min_size=1, max_size=3)
    hashable = st.sampled_from([int, str, bool, UUID, date, types.Level])
    keys = st.sampled_from([str] if common else [str, int, UUID, types.Colour])
    described = st.builds(_annotated, inner, st.sampled_from(["words", Doc("other words")]))
    sized = st.just(Bounds(min_length=1, max_length=3))
    own = [
        described,
        st.builds(_generic, st.sampled_from([abc.Collection, abc.MutableSequence]), inner),
        st.builds(lambda item, note: _annotated(_generic(list, item), note), inner, sized),
        st.builds(lambda item, note: _annotated(_generic(dict, str, item), note), inner, sized),
        _records(inner, st.sampled_from([_attrs, _struct, _named_tuple])),
    ]
    return st.one_of(
        st.builds(_generic, st.sampled_from([list, abc.Sequence]), inner),
        st.builds(_generic, st.sampled_from([set, frozenset, abc.Set]), hashable),
        st.builds(_generic, st.just(dict) | st.just(abc.Mapping), keys, inner),
        several.map(lambda items: _generic(tuple, *items)),
        inner.map(lambda item: _generic(tuple, item, ...)),
        several.map(_either),
        inner.map(lambda one: _either([one, None])),
        _records(inner, st.sampled_from([_dataclass, _typed_dict])),
        *([] if common else own),
    )


_NAMES = ("alpha", "beta", "gamma", "delta", "epsilon")


@dataclasses.dataclass(frozen=True)
class _Item:
    """A field of a record that is made on the spot: its default is None, which few types allow, or a factory's."""

    name: str
    annotation: object
    default: str


Maker = abc.Callable[[list[_Item]], object]


def _records(inner: st.SearchStrategy[object], makers: st.SearchStrategy[Maker]) -> st.SearchStrategy[object]:
    held = st.lists(st.tuples(inner, st.sampled_from(["no", "none", "made"])), min_size=1, max_size=4)
    return st.builds(lambda make, chosen: make(_items(chosen)), makers, held)


def _items(chosen: list[tuple[object, str]]) -> list[_Item]:
    """The fields of a record, those that have to be sent first."""
    items = [_Item(name, held, default) for name, (held, default) in zip(_NAMES, chosen, strict=False)]
    return sorted(items, key=lambda one: one.default != "no")


def _dataclass(items: list[_Item]) -> object:
    defaults: dict[str, object] = {
        "none": dataclasses.field(default=None),
        "made": dataclasses.field(default_factory=list),
    }
    return dataclasses.make_dataclass(
        "Made", [(one.name, one.annotation, defaults.get(one.default, dataclasses.field())) for one in items]
    )


def _attrs(items: list[_Item]) -> object:
    defaults: dict[str, object] = {"no": attrs.NOTHING, "none": None, "made": attrs.Factory(list)}
    made = attrs.make_class("Made", {one.name: attrs.field(default=defaults[one.default]) for one in items})
    made.__annotations__ = {one.name: one.annotation for one in items}
    return made


def _struct(items: list[_Item]) -> object:
    defaults: dict[str, object] = {"none": None, "made": msgspec.field(default_factory=list)}
    return msgspec.defstruct(
        "Made",
        [
            (one.name, one.annotation, defaults[one.default])
            if one.default != "no"
            else (one.name, one.annotation)
            for one in items
        ],
        namespace={"__module__": __name__},
    )


def _named_tuple(items: list[_Item]) -> object:
    made: object = _FORMS["NamedTuple"]("Made", [(one.name, one.annotation) for one in items])
    return made


def _typed_dict(items: list[_Item]) -> object:
    optional = vars(typing_extensions)["NotRequired"]
    fields = {one.name: one.annotation if one.default == "no" else optional[one.annotation] for one in items}
    made: object = vars(typing_extensions)["TypedDict"]("Made", fields)
    return made


def signatures(*, common: bool = False) -> st.SearchStrategy[list[Parameter]]:
    """The parameters of a function: some have a default, and some a description."""
    held = st.tuples(
        random_types(common=common), st.sampled_from([attrs.NOTHING, None]), st.sampled_from(["", "What"])
    )
    return st.lists(held, max_size=5).map(
        lambda chosen: [Parameter(name, *one) for name, one in zip(_NAMES, chosen, strict=False)]
    )
