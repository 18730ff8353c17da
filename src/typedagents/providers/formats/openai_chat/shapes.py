"""The answers of chat-completions servers, as loosely as they are written.

Every field is optional, unknown ones are skipped, and a leaf may be of any type: servers send null, lists, objects,
numbers or text in the same place. A whole message and a streamed delta have one shape, so that one fold reads both.
"""

from __future__ import annotations

from msgspec import Struct
from msgspec.json import Decoder


class Function(Struct):
    """What is called."""

    name: object = None
    arguments: object = None


class Custom(Struct):
    """A call whose argument is free text."""

    name: object = None
    input: object = None


class Call(Struct):
    """A call, or a fragment of one."""

    index: object = None
    id: object = None
    function: Function | None = None
    custom: Custom | None = None
    extra_content: object = None


class Delta(Struct):
    """A message, or a fragment of one."""

    content: object = None
    refusal: object = None
    reasoning_content: object = None
    reasoning: object = None
    tool_calls: list[Call] | None = None
    function_call: Function | None = None
    audio: object = None
    reasoning_details: object = None
    extra_content: object = None
    thought_signature: object = None


class Choice(Struct):
    """One of several answers, or a fragment of one."""

    index: object = None
    delta: Delta | None = None
    message: Delta | None = None
    finish_reason: object = None
    error: object = None


class Answer(Struct):
    """A whole body, or one event of a stream."""

    id: object = None
    model: object = None
    choices: list[Choice] | None = None
    usage: object = None
    x_groq: object = None
    error: object = None


ANSWER = Decoder(Answer)
