"""A model's answer as a value of a type: the schema it is asked for by, and how what it wrote is read.

Providers ask for an object. Where values of the type are none, such as numbers, lists and choices, the model is asked for
an object that holds the value as its one property, ``value``; the part that is said holds the value alone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import lru_cache

from attrs import field, frozen
from typing_extensions import TypeForm, TypeIs, TypeVar

from typedagents.core.errors import ConfigError
from typedagents.core.message import Message
from typedagents.core.model import OutputSpec
from typedagents.core.parts import Data

from .bad_arguments import BadArguments
from .decoding import decode
from .decoding.json_reading import read_json
from .reading import Parameter, parameters_of, shape_of
from .schema import schema_of, schema_text
from .shapes import Foreign, Record, Shaped, Table, members

T = TypeVar("T")

VALUE = "value"
ANSWER = "an object with the answer"
MOST_PLACES = 20
"""In a text around JSON: places at which a value is tried to be read."""

_NO_NAME = re.compile(r"[^A-Za-z0-9_-]+")
_READER = json.JSONDecoder(strict=False)


@frozen(eq=False)
class AnswerForm:
    """How an answer of one type is asked for, and read.

    ``held``: the object that holds the value, where the value is none by itself.
    """

    spec: OutputSpec
    shaped: Shaped = field(repr=False)
    held: Shaped | None = field(default=None, repr=False)

    def read(self, text: str) -> Data:
        """The value in what a model wrote, which may stand in a fence or among words; ``BadArguments`` where none fits.

        What is wrong is told of the longest piece of JSON in the text. O(length).
        """
        problems: BadArguments | None = None
        for data in _values(text):
            try:
                value = self._taken(data)
            except BadArguments as error:
                problems = problems or error
            else:
                return Data(json.dumps(value, ensure_ascii=False, separators=(",", ":")))
        assert problems is not None, "there is at least one value"
        raise problems

    def value(self, data: Data) -> object:
        """What ``data`` stands for; ``BadArguments`` where it does not fit."""
        return decode(read_json(data.json, ANSWER), self.shaped)

    def _taken(self, data: object) -> object:
        """``data`` without the object that holds it, where it fits."""
        if self.held is None:
            decode(data, self.shaped)
            return data
        try:
            decode(data, self.held)
        except BadArguments as error:
            return self._alone(data, error)
        return data[VALUE] if isinstance(data, dict) else data

    def _alone(self, data: object, otherwise: BadArguments) -> object:
        """Of models that nothing holds to the schema some write the value alone."""
        try:
            decode(data, self.shaped)
        except BadArguments:
            raise otherwise from None
        return data


def form_of(kind: object) -> AnswerForm:
    """How an answer of the type ``kind`` is asked for. ``ConfigError`` where JSON cannot say it."""
    try:
        return _kept(kind)
    except TypeError:  # an annotation that cannot be hashed
        return _form(kind)


@lru_cache(maxsize=256)
def _kept(kind: object) -> AnswerForm:
    return _form(kind)


def _form(kind: object) -> AnswerForm:
    shaped = shape_of(kind, "the type of the answer")
    held = None if _is_object(shaped) else parameters_of([Parameter(VALUE, kind)], "the type of the answer")
    return AnswerForm(OutputSpec(_name(kind), schema_text(held or shaped)), shaped, held)


def _is_object(shaped: Shaped) -> bool:
    """Whether all values are JSON objects of one kind."""
    match list(members(shaped.shape, shaped.definitions)):
        case [Record() | Table()]:
            return True
        case [Foreign()]:
            return schema_of(shaped).get("type") == "object"
        case _:
            return False


def _name(kind: object) -> str:
    """What providers are told it is called: of a class its name."""
    name = kind.__name__ if isinstance(kind, type) else ""
    return _NO_NAME.sub("_", name)[:64].strip("_") or "answer"


# --- reading ----------------------------------------------------------------------------------------------------


def _values(text: str) -> Iterator[object]:
    """The JSON values in ``text``, the longest first: itself, or those that stand in it. ``BadArguments``: there is none."""
    try:
        whole = read_json(text.strip(), ANSWER)
    except BadArguments as error:
        pieces = sorted(_pieces(text), key=len, reverse=True)
        if not pieces:
            raise
        for piece in pieces:
            try:
                value = read_json(piece, ANSWER)
            except BadArguments:
                raise error from None
            yield value
    else:
        yield whole


def _pieces(text: str) -> Iterator[str]:
    """Lists and objects that stand in ``text``, none of them in another."""
    place = 0
    for _ in range(MOST_PLACES):
        start = min(
            (found for found in (text.find("{", place), text.find("[", place)) if found >= 0), default=-1
        )
        if start < 0:
            return
        try:
            _, place = _READER.raw_decode(text, start)
        except (ValueError, RecursionError):
            place = start + 1
        else:
            yield text[start:place]


# --- typed ------------------------------------------------------------------------------------------------------


def value_of(data: Data, kind: TypeForm[T]) -> T:
    """What ``data`` stands for, as a value of ``kind``; ``BadArguments`` where it is none."""
    value = form_of(kind).value(data)
    assert _is_made(value, kind)
    return value


def _is_made(value: object, kind: TypeForm[T]) -> TypeIs[T]:
    """What was decoded by the shape of ``kind`` is of that type."""
    return True


def answer_in(message: Message, kind: TypeForm[T]) -> T:
    """The value that ``message`` holds: its last ``Data`` part, as a ``kind``.

    ``ConfigError`` where it holds none, and where it is no ``kind``.
    """
    found = [part for part in message.parts if isinstance(part, Data)]
    if not found:
        raise ConfigError(
            f"the message of {message.sender!r} holds no typed answer: {message.text!r:.80}; give its policy the type: "
            "model_reply(..., output=...)"
        )
    try:
        return value_of(found[-1], kind)
    except BadArguments as error:
        name = getattr(kind, "__name__", None) or repr(kind)
        raise ConfigError(f"the answer of {message.sender!r} is no {name}:{error.told}") from error
