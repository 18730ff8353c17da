"""Which options of a union data may be meant as, and what to say where none of them fits."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias, assert_never

from attrs import frozen

from typedagents.tools.shapes import (
    Anything,
    Array,
    Boolean,
    Choices,
    Described,
    Field,
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
    String,
    Table,
)

from .problems import Path, Problems
from .scalars import chosen
from .words import expected, found

PlainScalar: TypeAlias = Null | Boolean | Integer | Number | String | Formatted | Choices


@frozen
class Trial:
    """What data came to as one option, and what was wrong with that."""

    option: Shape
    value: object
    problems: Problems


def candidates(options: Iterable[Shape], data: object) -> Sequence[Shape]:
    """The options that ``data`` may be meant as by the look of it, the nearest first.

    A number prefers the option that writes it so: of ``float | int``, 1 is an int and 1.0 a float.
    """
    possible = [option for option in options if takes(option, data)]
    return sorted(possible, key=lambda option: _rewritten(option, data)) if len(possible) > 1 else possible


def _rewritten(option: Shape, data: object) -> bool:
    match option, data:
        case (Integer(), float()) | (Number(), int()):
            return True
        case _:
            return False


def takes(shape: Shape, data: object) -> bool:
    """Whether data of this kind can be meant as ``shape``, without a look inside but at tags."""
    match shape:
        case Record():
            return isinstance(data, dict) and _conflict(shape, data) is None
        case Table():
            return isinstance(data, dict)
        case Array() | FixedTuple():
            return isinstance(data, list)
        case Anything() | Foreign() | Described() | Reference() | OneOf():
            return True  # the last three are taken apart before
        case _:
            return _scalar_takes(shape, data)


def _scalar_takes(shape: PlainScalar, data: object) -> bool:
    match shape:
        case Null():
            return data is None
        case Boolean():
            return isinstance(data, bool)
        case Integer() | Number():
            return isinstance(data, int | float) and not isinstance(data, bool)
        case Formatted(form="decimal"):
            return isinstance(data, str | int | float) and not isinstance(data, bool)
        case String() | Formatted():
            return isinstance(data, str)
        case Choices(options):
            return chosen(options, data) is not None
        case _ as never:
            assert_never(never)


def _conflict(shape: Record, data: dict[str, object]) -> Field | None:
    """The tag by which ``data`` say that they are no such record: a property that has one possible value only."""
    for one in shape.fields:
        match one.shape:
            case Choices((only,)) if one.name in data:
                sent = data[one.name]
                if chosen((only,), sent) is None and (sent is not None or one.required):
                    return one
            case Choices((_,)) if one.required:
                return one
            case _:
                pass
    return None


def misfits(options: Sequence[Shape], tried: Sequence[Trial], data: object, at: Path) -> Problems:
    """What to say of ``data`` that fit none of the options, of which some were tried."""
    said = Problems()
    nearest = min(tried, key=lambda trial: _distance(trial, data), default=None)
    if nearest is not None and (isinstance(data, dict | list) or _says_more(nearest)):
        if len(tried) > 1 and not nearest.problems.nearest:
            names = _any_of(trial.option for trial in tried)
            said.add(at, names, f"{found(data)}, which is nearest to {expected(nearest.option)}")
            said.nearest = True
        said.extend(nearest.problems)
        return said
    tags = _tags(options, data)
    if tags and isinstance(data, dict):
        name = tags[0].name
        sent = found(data[name]) if name in data else "nothing, though it is required"
        said.add((at, name), _any_of(tag.shape for tag in tags), sent)
    else:
        said.add(at, _any_of(options), found(data))
    return said


def _distance(trial: Trial, data: object) -> tuple[int, int]:
    """How far from an option data are: by the keys that differ first, so that what is deeper down says less."""
    match trial.option, data:
        case Record(fields=fields), dict():
            names = {one.name for one in fields}
            missing = sum(one.required and one.name not in data for one in fields)
            return missing + sum(key not in names for key in data), len(trial.problems)
        case _:
            return 0, len(trial.problems)


def _says_more(trial: Trial) -> bool:
    return trial.problems.kept[0].expected != expected(trial.option)


def _any_of(shapes: Iterable[Shape]) -> str:
    return " or ".join(dict.fromkeys(map(expected, shapes)))


def _tags(options: Iterable[Shape], data: object) -> Sequence[Field]:
    """What tells records apart from ``data``, where all of them have it in one property."""
    if not isinstance(data, dict):
        return ()
    tags = [tag for one in options if isinstance(one, Record) and (tag := _conflict(one, data)) is not None]
    sent = [tag for tag in tags if tag.name in data] or tags
    return sent if len({tag.name for tag in sent}) == 1 else ()
