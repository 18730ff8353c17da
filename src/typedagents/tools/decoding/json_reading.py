"""The arguments of a call, as a model wrote them: JSON text, read strictly.

A plain reader keeps the last of two equal keys, and lets NaN pass; models do write both. One parser reads everything,
Python's own, in one of two manners: as it is for what is harmless, and with a look at each value where something may
be wrong. Measured on arguments of 20 to 100 bytes: 1.5 to 3 us, as fast as a faster parser with a search for lost keys.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from json import JSONDecodeError
from math import isfinite
from typing import TypeAlias

from attrs import field, frozen, mutable

from typedagents.tools.bad_arguments import BadArguments, Problem, quoted
from typedagents.tools.shapes import Step

ARGUMENTS = "an object with the arguments"
MOST_LEVELS = 100
"""Of lists and objects in one another, the arguments themselves included."""
MOST_DIGITS = 600
"""Of a whole number: what Python reads however it is set up, as the time that takes grows with their square."""

Pairs: TypeAlias = Sequence[tuple[str, object]]


def read_arguments(text: str) -> dict[str, object]:
    """The JSON object that ``text`` is; blank text is an empty one, and raw line ends inside of texts are let pass.

    ``BadArguments`` for anything else: keys written twice, NaN and numbers that no float holds, halves of surrogate
    pairs, more than ``MOST_LEVELS`` levels, text after the end. O(length).
    """
    if not text.strip(" \t\r\n"):
        return {}
    value = read_json(text, ARGUMENTS)
    if isinstance(value, dict):
        return value
    raise BadArguments([Problem((), ARGUMENTS, _kind(value))])


def read_json(text: str, what: str) -> object:
    """The JSON value that ``text`` is, held to the same; ``what`` says what it should have been."""
    try:
        return _harmless(text) if _looks_harmless(text) else _looked_at(text)
    except JSONDecodeError as error:
        raise _none(text, what, error) from error
    except RecursionError as error:
        raise BadArguments([_too_deep(())]) from error


def _looks_harmless(text: str) -> bool:
    """Whether it can have neither too many levels nor halves of surrogate pairs."""
    if "\\u" in text or text.count("[") + text.count("{") > MOST_LEVELS:
        return False
    try:
        return text.isascii() or bool(text.encode())
    except UnicodeEncodeError:
        return False


# --- what is harmless -------------------------------------------------------------------------------------------


class _Doubtful(Exception):
    """Something is wrong somewhere."""


def _only_once(pairs: Pairs) -> dict[str, object]:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise _Doubtful
    return made


def _finite(digits: str) -> float:
    value = float(digits)
    if not isfinite(value):
        raise _Doubtful
    return value


def _short(digits: str) -> int:
    if len(digits) > MOST_DIGITS:
        raise _Doubtful
    return int(digits)


def _refused(name: str) -> object:
    raise _Doubtful


def _decoder(
    of_pairs: Callable[[list[tuple[str, object]]], object],
    of_float: Callable[[str], object],
    of_int: Callable[[str], object],
    of_name: Callable[[str], object],
) -> json.JSONDecoder:
    return json.JSONDecoder(
        object_pairs_hook=of_pairs,
        parse_float=of_float,
        parse_int=of_int,
        parse_constant=of_name,
        strict=False,  # models write line ends and tabs inside of texts as they are
    )


_QUICK = _decoder(_only_once, _finite, _short, _refused)


def _harmless(text: str) -> object:
    try:
        value: object = _QUICK.decode(text)
        return value
    except _Doubtful:
        return _looked_at(text)


# --- what has to be looked at -----------------------------------------------------------------------------------


@frozen
class _Object:
    pairs: Pairs


@frozen
class _Wrong:
    expected: str
    found: str


def _float(digits: str) -> object:
    value = float(digits)
    return value if isfinite(value) else _Wrong("a number that fits into 64 bits", f"{digits:.60}")


def _int(digits: str) -> object:
    if len(digits) > MOST_DIGITS:
        return _Wrong(f"a number of at most {MOST_DIGITS} digits", f"one of {len(digits)}")
    return int(digits)


def _name(name: str) -> object:
    return _Wrong("a number, which JSON writes in digits", name)


_CAREFUL = _decoder(_Object, _float, _int, _name)


def _looked_at(text: str) -> object:
    """``text``, of which everything that is wrong is told at once."""
    look = _Look()
    value = look.plain(_CAREFUL.decode(text), ())
    if look.problems:
        raise BadArguments(look.problems)
    return value


@mutable(eq=False)
class _Look:
    problems: list[Problem] = field(factory=list)

    def plain(self, value: object, path: tuple[Step, ...]) -> object:
        match value:
            case str():
                self._whole(value, path)
                return value
            case _Wrong(expected, found):
                self.problems.append(Problem(path, expected, found))
                return None
            case _Object() | list() if len(path) >= MOST_LEVELS:
                self.problems.append(_too_deep(path))
                return None
            case _Object(pairs):
                return self._object(pairs, path)
            case list():
                return [self.plain(one, (*path, index)) for index, one in enumerate(value)]
            case _:
                return value

    def _object(self, pairs: Pairs, path: tuple[Step, ...]) -> dict[str, object]:
        made: dict[str, object] = {}
        times: dict[str, int] = {}
        for key, one in pairs:
            times[key] = times.get(key, 0) + 1
            self._whole(key, (*path, key))
            made[key] = self.plain(one, (*path, key))
        for key, found in times.items():
            if found > 1:
                self.problems.append(Problem((*path, key), "this key once", f"it {found} times"))
        return made

    def _whole(self, text: str, path: tuple[Step, ...]) -> None:
        try:
            text.encode()
        except UnicodeEncodeError as error:
            half = f"\\u{ord(text[error.start]):x}"
            self.problems.append(Problem(path, "whole characters", f"{half}, half of a surrogate pair"))


# --- words ------------------------------------------------------------------------------------------------------


def _too_deep(path: tuple[Step, ...]) -> Problem:
    return Problem(path, f"at most {MOST_LEVELS} levels of lists and objects in one another", "more")


def _none(text: str, what: str, error: JSONDecodeError) -> BadArguments:
    rest = text[error.pos :]
    there = f"before {quoted(rest)}" if rest else "at its end"
    found = f"text that is no JSON ({error.msg.lower()}, {there})"
    return BadArguments([Problem((), f"{what}, as JSON", found)])


def _kind(value: object) -> str:
    match value:
        case None:
            return "null"
        case list():
            return "a list"
        case str():
            return f"the text {quoted(value)}"
        case _:
            return json.dumps(value)[:60]
