"""Decoding what validates itself, such as a pydantic model."""

from __future__ import annotations

from collections.abc import Collection

from typedagents.tools.shapes import Foreign, Misfit, Step

Steps = tuple[Step, ...]


def foreign_value(shape: Foreign, data: object) -> object:
    """The value that the type makes of ``data``, or ``Misfit`` with all that is wrong.

    A ``null`` that it refuses counts as left out where that mends it.
    """
    first = _validated(shape, data)
    if not isinstance(first, Misfit):
        return first
    slim = _left_out(data, [path for path, _ in first.problems])
    if slim == data:
        return first
    second = _validated(shape, slim)
    if isinstance(second, Misfit) and not set(second.problems) <= set(first.problems):
        return first  # what was left out is missed
    return second


def _validated(shape: Foreign, data: object) -> object:
    try:
        return shape.validate(data)
    except Misfit as misfit:
        return misfit
    except Exception as error:  # the type's own code, given what it did not think of
        return Misfit((((), f"{shape.name} cannot be made of it: {type(error).__name__}: {error}"),))


def _left_out(data: object, paths: Collection[Steps]) -> object:
    """``data`` without the keys at ``paths`` that are null."""
    match data:
        case dict():
            below = {key: _below(key, paths) for key in data}
            return {
                key: _left_out(one, below[key]) if below[key] else one
                for key, one in data.items()
                if one is not None or () not in below[key]
            }
        case list():
            nested = (_below(index, paths) for index in range(len(data)))
            return [_left_out(one, under) if under else one for one, under in zip(data, nested, strict=True)]
        case _:
            return data


def _below(step: Step, paths: Collection[Steps]) -> list[Steps]:
    return [path[1:] for path in paths if path and path[0] == step]
