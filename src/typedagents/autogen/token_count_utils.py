"""Tokens, roughly: a text is cut into words, numbers and signs as tokenizers do it, without any table of theirs.

No tokenizer is loaded and nothing is fetched. The room of a model is what its maker says of that family.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator, Mapping, Sequence

from typedagents.policies.transforms.measures import ENVELOPE

logger = logging.getLogger(__name__)

USUAL = "gpt-3.5-turbo-0613"
UNKNOWN_ROOM = 4096
ROOM: tuple[tuple[str, int], ...] = (
    ("gpt-4o", 128_000),
    ("gpt-4-turbo", 128_000),
    ("gpt-4-1106", 128_000),
    ("gpt-4-0125", 128_000),
    ("gpt-4-32k", 32_768),
    ("gpt-4.1", 1_047_576),
    ("gpt-4", 8_192),
    ("gpt-3.5-turbo-instruct", 4_096),
    ("gpt-3.5-turbo-16k", 16_384),
    ("gpt-3.5-turbo-1106", 16_384),
    ("gpt-3.5-turbo-0125", 16_384),
    ("gpt-3.5-turbo", 4_096),
    ("gpt-5", 400_000),
    ("o1", 200_000),
    ("o3", 200_000),
    ("o4", 200_000),
)
"""The beginnings of models' names, the longest of a family first, and how many tokens they take."""


OTHERWISE = re.compile(r"^gpt-?(35|4)(?![.\d])")
"""How Azure, and some programs, write ``gpt-3.5`` and ``gpt-4``."""


def _usual(found: re.Match[str]) -> str:
    return {"35": "gpt-3.5", "4": "gpt-4"}[found[1]]


def get_max_token_limit(model: str = USUAL) -> int:
    """How many tokens ``model`` takes. For one that is not known it is 4,096, and a warning says so."""
    name = OTHERWISE.sub(_usual, model.rpartition("/")[2])
    for beginning, room in ROOM:
        if name.startswith(beginning):
            return room
    logger.warning("how many tokens %r takes is not known here; %d is assumed", model, UNKNOWN_ROOM)
    return UNKNOWN_ROOM


def count_token(input: str | Sequence[object] | Mapping[str, object], model: str = USUAL) -> int:
    """The tokens of a text, a message or a list of messages, roughly."""
    match input:
        case str():
            return _tokens(input)
        case Mapping():
            return _of_message(input) + ENVELOPE
        case Sequence():
            return sum(_of_message(one) + ENVELOPE for one in input)
        case _:
            raise ValueError(
                f"tokens are counted of a text, a message or messages; found {type(input).__name__}"
            )


def num_tokens_from_functions(functions: Sequence[Mapping[str, object]], model: str = USUAL) -> int:
    """The tokens that these descriptions of functions take, roughly."""
    return sum(map(_of_function, functions)) + AROUND_FUNCTIONS


def token_left(input: str | Sequence[object] | Mapping[str, object], model: str = USUAL) -> int:
    """How many tokens are left to ``model`` beside these."""
    return get_max_token_limit(model) - count_token(input, model)


def percentile_used(input: str | Sequence[object] | Mapping[str, object], model: str = USUAL) -> float:
    """Which part of the room of ``model`` these take."""
    return count_token(input, model) / get_max_token_limit(model)


PIECE = re.compile(
    r"(?P<one>'[a-z]{1,2}(?![a-z])|\d{1,3})"
    r"| ?(?P<ascii>[A-Za-z]+|[!-/:-@\[-`{-~]+)"
    r"| ?(?P<other>[^\s\d!-/:-@A-~]+)"
    r"|(?P<space>\s+)"
)
LETTERS, BYTES = 10, 3
"""How many letters of a common word, and how many bytes of any other, a token has at most."""


def pieces(text: str) -> Iterator[tuple[str, int]]:
    """The pieces of a text, and how many tokens each is, roughly."""
    for found in PIECE.finditer(text):
        words, others = found["ascii"] or "", (found["other"] or "").encode()
        yield found[0], max(1, -(-len(words) // LETTERS), -(-len(others) // BYTES))


def first_tokens(text: str, most: int) -> str:
    """The first so many tokens of a text, roughly."""
    kept: list[str] = []
    for piece, count in pieces(text):
        if count > most:
            size = BYTES if len(piece) < len(piece.encode()) else LETTERS
            kept.append(piece.encode()[: most * size].decode(errors="ignore"))
            break
        kept.append(piece)
        most -= count
    return "".join(kept)


def _tokens(text: str) -> int:
    return sum(count for _, count in pieces(text))


AROUND_FUNCTIONS, A_FUNCTION, A_FIELD = 12, 9, 2
"""What names of fields and signs between them take: of all functions, of each, and of what is said of a parameter."""


def _of_function(function: Mapping[str, object]) -> int:
    """The words that are said of a function and its parameters, and what stands around them."""
    words = [str(function.get(name, "")) for name in ("name", "description")]
    parameters = function.get("parameters")
    properties = parameters.get("properties") if isinstance(parameters, Mapping) else None
    fields = 0
    for name, told in properties.items() if isinstance(properties, Mapping) else ():
        said = [one for one in told.values() if one is not None] if isinstance(told, Mapping) else []
        words += [str(name), *(one if isinstance(one, str) else json.dumps(one, default=str) for one in said)]
        fields += len(said)
    return sum(map(_tokens, words)) + fields * A_FIELD + A_FUNCTION


def _of_message(message: object) -> int:
    if isinstance(message, str):
        return _tokens(message)
    if not isinstance(message, Mapping):
        raise ValueError(f"a message is a dict; found {type(message).__name__}")
    return sum(
        _tokens(value if isinstance(value, str) else json.dumps(value, default=str))
        for value in message.values()
        if value is not None
    )
