"""From the JSON that a model wrote to typed values, by the shapes from which its schema was written too.

Everything that is wrong is told, each with its path. What a schema accepts decodes, and what it refuses is refused, but:

* ``null`` for a property that may be left out, and whose type has no null, counts as left out: where a provider makes
  every property required, models have nothing else to send;
* a date-time or time may lack its offset, a UUID its hyphens, and a Decimal with bounds may be a text as well;
* refused though schemas accept it: a value that a class's own checks refuse, a key that is not known, two items of a set
  or two keys that are equal in Python (``1`` and ``true``), a number too large for a float, a duration in months or years,
  a leap second, and what is no base64 where bytes are meant.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from difflib import get_close_matches
from typing import assert_never

from attrs import field, mutable

from typedagents.core.errors import ConfigError
from typedagents.tools.bad_arguments import BadArguments, Problem, quoted
from typedagents.tools.constraints import FREE
from typedagents.tools.shapes import (
    Array,
    Described,
    Field,
    FixedTuple,
    Foreign,
    Integer,
    Misfit,
    OneOf,
    Record,
    Reference,
    Shape,
    Shaped,
    String,
    Table,
    members,
)

from .foreign import foreign_value
from .json_reading import read_arguments
from .problems import BAD, Path, Problems
from .scalars import Scalar, Unfit, has_length, scalar_value, whole_key
from .unions import Trial, candidates, misfits
from .words import counted, expected, found, listed

MOST_HINTS = 10
"""Unknown keys for which a known one is looked for; each look takes time."""
MOST_OF_A_KEY = 100
"""Characters of a key that are compared with known ones."""


def decoded(arguments: str, shaped: Shaped) -> Mapping[str, object]:
    """The values that the arguments text of a call stands for, by the parameters' names.

    Defaults are left out: the function fills them in. ``BadArguments`` where something does not fit.
    """
    value = decode(read_arguments(arguments), shaped)
    if isinstance(value, Mapping):
        return value
    raise ConfigError(f"arguments are decoded to a mapping; the shape makes {type(value).__name__} of them")


def decode(data: object, shaped: Shaped) -> object:
    """The value that JSON ``data`` stand for. ``BadArguments`` names everything that does not fit."""
    decoding = _Decoding(shaped.definitions)
    try:
        value = decoding.value(shaped.shape, data, None)
    except RecursionError as error:
        raise BadArguments([Problem((), "data that are nested less deeply", "too many levels")]) from error
    if decoding.problems:
        raise BadArguments(decoding.problems.kept, decoding.problems.more)
    return value


@mutable(eq=False)
class _Decoding:
    """One decoding. Each method returns the value, or ``BAD`` when it has noted down why there is none."""

    definitions: Mapping[str, Shape]
    problems: Problems = field(factory=Problems)
    options: dict[int, Sequence[Shape]] = field(factory=dict)
    """Of unions, by the identity of their shapes, which outlive the decoding."""
    trials: dict[tuple[int, int], Trial] = field(factory=dict)
    """What lists and objects came to as one option of a union, by identity: without it, unions in one another would be
    tried again and again, twice as often with each level."""

    def value(self, shape: Shape, data: object, at: Path) -> object:
        while isinstance(shape, Described | Reference):
            shape = shape.shape if isinstance(shape, Described) else self.definitions[shape.name]
        match shape:
            case Record():
                return self._record(shape, data, at)
            case Array():
                return self._array(shape, data, at)
            case Table():
                return self._table(shape, data, at)
            case FixedTuple():
                return self._fixed(shape, data, at)
            case OneOf():
                return self._either(shape, data, at)
            case Foreign():
                return self._foreign(shape, data, at)
            case _:
                return self._scalar(shape, data, at)

    def _scalar(self, shape: Scalar, data: object, at: Path) -> object:
        value = scalar_value(shape, data)
        return self.problems.add(at, value.expected, value.found) if isinstance(value, Unfit) else value

    def _refused(self, shape: Shape, data: object, at: Path) -> object:
        return self.problems.add(at, expected(shape), found(data))

    # --- objects ------------------------------------------------------------------------------------------------

    def _record(self, shape: Record, data: object, at: Path) -> object:
        if not isinstance(data, dict):
            return self._refused(shape, data, at)
        before = len(self.problems)
        values: dict[str, object] = {}
        known = 0
        for one in shape.fields:
            if one.name not in data:
                if one.required:
                    self._missing(one, at)
                continue
            known += 1
            sent: object = data[one.name]
            if sent is None and not one.required and not self._has_null(one.shape):
                continue
            values[one.attribute] = self.value(one.shape, sent, (at, one.name))
        if known < len(data):
            self._unknown(shape, data, at)
        return BAD if len(self.problems) > before else self._made(shape, values, at)

    def _missing(self, one: Field, at: Path) -> None:
        shape = self.definitions[one.shape.name] if isinstance(one.shape, Reference) else one.shape
        self.problems.add((at, one.name), expected(shape), "nothing, though it is required")

    def _has_null(self, shape: Shape) -> bool:
        return self._tried(shape, None) is not BAD

    def _unknown(self, shape: Record, data: Mapping[str, object], at: Path) -> None:
        names = [one.name for one in shape.fields]
        known = f"one of the keys {listed(map(quoted, names))}" if names else "no key, as there are none"
        strange = [key for key in data if key not in names]
        for number, key in enumerate(strange):
            near = get_close_matches(key[:MOST_OF_A_KEY], names, 1) if number < MOST_HINTS else []
            hint = f", perhaps {quoted(near[0])}" if near else ""
            self.problems.add((at, key), known + hint, "a key that is not known")

    def _made(self, shape: Record, values: Mapping[str, object], at: Path) -> object:
        try:
            return shape.make(values)
        except Exception as error:  # what the class checks by itself
            why = f"{type(error).__name__}: {error}"
            return self.problems.add(at, f"{shape.name or 'this'} cannot be made of it: {why}")

    def _table(self, shape: Table, data: object, at: Path) -> object:
        if not isinstance(data, dict):
            return self._refused(shape, data, at)
        before = len(self.problems)
        if not has_length(len(data), shape.bounds):
            self.problems.add(at, expected(shape), f"one of {counted(len(data), 'key')}")
        made: dict[object, object] = {}
        for key, one in data.items():
            name = self._key(shape.keys, key, (at, key))
            value = self.value(shape.values, one, (at, key))
            if name in made and name is not BAD:
                self.problems.add((at, key), "keys that differ", "another spelling of an earlier key")
            made[name] = value
        return BAD if len(self.problems) > before else made

    def _key(self, shape: Shape, key: str, at: Path) -> object:
        if isinstance(shape, String) and shape.bounds is FREE:
            return key
        value = whole_key(shape, key) if isinstance(shape, Integer) else self._tried(shape, key)
        if isinstance(value, Unfit) or value is BAD:
            return self.problems.add(at, f"a key that is {expected(shape)}", found(key))
        return value

    # --- lists --------------------------------------------------------------------------------------------------

    def _array(self, shape: Array, data: object, at: Path) -> object:
        if not isinstance(data, list):
            return self._refused(shape, data, at)
        before = len(self.problems)
        if not has_length(len(data), shape.bounds):
            self._refused(shape, data, at)
        made: list[object] = []
        for index, one in enumerate(data):
            made.append(self.value(shape.items, one, (at, index)))
        if shape.unique and len(self.problems) == before:
            self._all_different(made, data, at)
        if len(self.problems) > before:
            return BAD
        match shape.into:
            case "list":
                return made
            case "tuple":
                return tuple(made)
            case "set":
                return set(made)
            case "frozenset":
                return frozenset(made)
            case _ as never:
                assert_never(never)

    def _all_different(self, made: Sequence[object], data: Sequence[object], at: Path) -> None:
        """As Python values, and as JSON: objects of some classes are all different."""
        values: set[object] = set()
        sent: set[Hashable] = set()
        for index, (value, one) in enumerate(zip(made, data, strict=True)):
            try:
                again = value in values or _sameness(one) in sent
                values.add(value)
            except TypeError as error:
                self.problems.add((at, index), f"this cannot be in a set: {error}")
                continue
            sent.add(_sameness(one))
            if again:
                self.problems.add((at, index), "no repetition", f"{found(one)} again")

    def _fixed(self, shape: FixedTuple, data: object, at: Path) -> object:
        if not isinstance(data, list) or len(data) != len(shape.items):
            return self._refused(shape, data, at)
        before = len(self.problems)
        made: list[object] = []
        for index, item in enumerate(shape.items):
            made.append(self.value(item, data[index], (at, index)))
        return BAD if len(self.problems) > before else tuple(made)

    # --- unions, and what validates itself ----------------------------------------------------------------------

    def _either(self, shape: OneOf, data: object, at: Path) -> object:
        options = self.options.get(id(shape))
        if options is None:
            options = self.options[id(shape)] = tuple(members(shape, self.definitions))
        possible = candidates(options, data)
        if len(possible) == 1 and isinstance(data, dict | list):
            return self.value(possible[0], data, at)  # as below, in fewer frames
        tried: list[Trial] = []
        for option in possible:
            trial = self.trials.get((id(option), id(data)))
            if trial is None:
                outer, self.problems = self.problems, Problems()
                value = self.value(option, data, at)
                trial = Trial(option, value, self.problems)
                self.problems = outer
                if isinstance(data, dict | list):  # others may be one object in several places
                    self.trials[id(option), id(data)] = trial
            if not trial.problems:
                return trial.value
            tried.append(trial)
        return self.problems.extend(misfits(options, tried, data, at))

    def _tried(self, shape: Shape, data: object) -> object:
        """What ``data`` come to as ``shape``, or ``BAD``; no problem is noted down."""
        outer, self.problems = self.problems, Problems()
        value = self.value(shape, data, None)
        self.problems = outer
        return value

    def _foreign(self, shape: Foreign, data: object, at: Path) -> object:
        value = foreign_value(shape, data)
        if not isinstance(value, Misfit):
            return value
        for path, text in value.problems:
            there = at
            for step in path:
                there = (there, step)
            self.problems.add(there, text)
        return BAD


def _sameness(data: object) -> Hashable:
    """Equal for what JSON Schema calls equal: 1 and 1.0 are, 1 and true are not."""
    match data:
        case dict():
            return frozenset((key, _sameness(one)) for key, one in data.items())
        case list():
            return tuple(map(_sameness, data))
        case _:
            return isinstance(data, bool), data
