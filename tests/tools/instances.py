"""Random JSON that a shape takes: what its schema accepts, formats included."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import date, datetime, timedelta, timezone
from math import inf, nextafter
from typing import assert_never

from hypothesis import strategies as st

from typedagents.tools.constraints import Bounds
from typedagents.tools.shapes import (
    Anything,
    Array,
    Boolean,
    Choices,
    Described,
    FixedTuple,
    Foreign,
    Formatted,
    Integer,
    Null,
    Number,
    OneOf,
    Record,
    Reference,
    Shape,
    Shaped,
    String,
    Table,
)


@st.composite
def instances(draw: st.DrawFn, shaped: Shaped) -> object:
    """JSON data that ``shaped`` takes by its schema: formats too, but durations of whole days and seconds, whole
    numbers of 64 bits, and no leap seconds. Not for what is pydantic's.
    """
    return draw(_data(shaped.shape, shaped.definitions, fuel=3))


def _data(shape: Shape, definitions: Mapping[str, Shape], fuel: int) -> st.SearchStrategy[object]:
    match shape:
        case Array() | Table() | FixedTuple() | Record():
            return _several(shape, definitions, fuel)
        case OneOf(options):
            ending = [option for option in options if not _leads_on(option)]
            return st.one_of(
                [_data(one, definitions, fuel) for one in (ending if ending and not fuel else options)]
            )
        case Described(inner):
            return _data(inner, definitions, fuel)
        case Reference(name):
            return st.deferred(lambda: _data(definitions[name], definitions, max(0, fuel - 1)))
        case Foreign():
            return st.nothing()
        case Formatted():
            return _written(shape)
        case Anything() | Null() | Boolean() | Integer() | Number() | String() | Choices():
            return _plain(shape)
        case _ as never:
            assert_never(never)


def _later(shape: Shape, definitions: Mapping[str, Shape], fuel: int) -> st.SearchStrategy[object]:
    """The same, shown in a few words: what a list or a dict retries, Hypothesis writes out each time."""
    return st.deferred(lambda: _data(shape, definitions, fuel))


def _leads_on(shape: Shape) -> bool:
    """Whether data of this shape always hold some of a definition."""
    match shape:
        case Reference():
            return True
        case Described(inner):
            return _leads_on(inner)
        case FixedTuple(items):
            return any(map(_leads_on, items))
        case OneOf(options):
            return all(map(_leads_on, options))
        case Record(fields=fields):
            return any(one.required and _leads_on(one.shape) for one in fields)
        case _:
            return False


def _several(
    shape: Array | Table | FixedTuple | Record, definitions: Mapping[str, Shape], fuel: int
) -> st.SearchStrategy[object]:
    most = 3 if fuel else 0
    match shape:
        case Array(items, _, bounds):
            low = bounds.min_length or 0
            inner = _later(items, definitions, fuel)
            return st.lists(
                inner, min_size=low, max_size=max(low, most), unique_by=_sameness if shape.unique else None
            )
        case Table(keys, values, bounds):
            low = bounds.min_length or 0
            names = (
                _data(keys, definitions, 0).map(_whole)
                if isinstance(keys, Integer)
                else _data(keys, definitions, 0)
            )
            return st.dictionaries(
                names, _later(values, definitions, fuel), min_size=low, max_size=max(low, most)
            )
        case FixedTuple(items):
            return st.tuples(*[_data(one, definitions, fuel) for one in items]).map(list)
        case Record(fields=fields):
            required = {one.name: _data(one.shape, definitions, fuel) for one in fields if one.required}
            optional = {one.name: _data(one.shape, definitions, fuel) for one in fields if not one.required}
            return st.fixed_dictionaries(required, optional=optional if fuel else {})
        case _ as never:
            assert_never(never)


def _whole(value: object) -> object:
    assert isinstance(value, int | float)
    return str(int(value))


def _sameness(value: object) -> object:
    """What JSON Schema calls equal: 1 and 1.0 are, 1 and true are not."""
    return isinstance(value, bool), value


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
JSON: st.SearchStrategy[object] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=5,
)


def _plain(
    shape: Anything | Null | Boolean | Integer | Number | String | Choices,
) -> st.SearchStrategy[object]:
    match shape:
        case Anything():
            return JSON
        case Null():
            return st.none()
        case Boolean():
            return st.booleans()
        case Integer(bounds):
            whole = _integers(bounds)
            return whole | whole.filter(lambda one: abs(one) < 2**53).map(float)
        case Number(bounds):
            return _floats(bounds)
        case String(bounds) if bounds.pattern is not None:
            # Python's `$` also matches before a last line's end, ECMA's does not.
            return st.from_regex(bounds.pattern).filter(lambda text: not text.endswith("\n"))
        case String(bounds):
            return st.text(
                st.characters(exclude_categories=["Cs"]),
                min_size=bounds.min_length or 0,
                max_size=bounds.max_length if bounds.max_length is not None else 8,
            )
        case Choices(options):
            return st.sampled_from([option.json for option in options])
        case _ as never:
            assert_never(never)


def _integers(bounds: Bounds) -> st.SearchStrategy[int]:
    low = max(
        -(2**63), -inf if bounds.ge is None else bounds.ge, -inf if bounds.gt is None else bounds.gt + 1
    )
    high = min(2**63, inf if bounds.le is None else bounds.le, inf if bounds.lt is None else bounds.lt - 1)
    step = int(bounds.multiple_of or 1)
    return st.integers(-(-int(low) // step), int(high) // step).map(lambda one: one * step)


def _floats(bounds: Bounds) -> st.SearchStrategy[object]:
    low = max(
        -1e300 if bounds.ge is None else bounds.ge, -inf if bounds.gt is None else nextafter(bounds.gt, inf)
    )
    high = min(
        1e300 if bounds.le is None else bounds.le, inf if bounds.lt is None else nextafter(bounds.lt, -inf)
    )
    some = st.floats(low, high)
    return some | some.filter(lambda one: one.is_integer() and abs(one) < 2**63).map(int)


def _written(shape: Formatted) -> st.SearchStrategy[object]:
    zones = st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
    match shape.form:
        case "date-time":
            return st.datetimes(timezones=zones).map(datetime.isoformat)
        case "date":
            return st.dates().map(date.isoformat)
        case "time":
            return st.builds(lambda at, zone: at.replace(tzinfo=zone).isoformat(), st.times(), zones)
        case "duration":
            days = st.integers(0, 99999)
            return st.builds(lambda d, s: f"P{d}DT{s}S", days, days) | days.map(lambda weeks: f"P{weeks}W")
        case "uuid":
            return st.uuids().map(str)
        case "decimal" if shape.bounds != Bounds():
            return _floats(shape.bounds)
        case "decimal":
            digits = st.from_regex(r"^-?[0-9]{1,20}(\.[0-9]{1,9})?$", fullmatch=True, alphabet="0123456789.-")
            return digits | _floats(Bounds())
        case "path":
            return TEXT
        case "bytes":
            return st.binary(max_size=9).map(lambda data: base64.b64encode(data).decode())
        case _ as never:
            assert_never(never)
