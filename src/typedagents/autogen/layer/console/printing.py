"""What a run shows on the console, in AutoGen's forms. Policies tell it as they go, so that a replay shows it as well."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from attrs import frozen

from typedagents.autogen.formatting_utils import colored
from typedagents.autogen.io.base import OutputStream
from typedagents.autogen.layer.messages import Plain, classic, text_of
from typedagents.core.message import Message

RULE = "-" * 80
STARS = "*" * 80


@frozen(eq=False)
class Spoken:
    """A message is sent."""

    sender: str
    receiver: str
    message: Message


@frozen
class Line:
    """A line of its own, in a colour."""

    text: str
    colour: str


@frozen
class Executes(Line):
    """The line that says that something is about to be called or run."""


@frozen
class Speaks(Line):
    """The line that says who of a group speaks next."""

    name: str


def speaks(name: str) -> Speaks:
    """Somebody in a group speaks next."""
    return Speaks(f"\nNext speaker: {name}\n", "green", name)


@frozen
class Begins:
    """A chat of several begins; ``words`` say with what, where that is asked for."""

    words: str = ""


Shown: TypeAlias = Spoken | Line | Begins


def executing(name: str, *, is_async: bool) -> Line:
    """A function is about to be called."""
    return Executes(f"\n>>>>>>>> EXECUTING {'ASYNC ' if is_async else ''}FUNCTION {name}...", "magenta")


def executing_code(languages: Sequence[str]) -> Line:
    """Code is about to be run."""
    if len(languages) == 1:
        return Executes(f"\n>>>>>>>> EXECUTING CODE BLOCK (inferred language is {languages[0]})...", "red")
    listed = ", ".join(languages)
    return Executes(
        f"\n>>>>>>>> EXECUTING {len(languages)} CODE BLOCKS (inferred languages are [{listed}])...", "red"
    )


AUTO_REPLY = Line("\n>>>>>>>> USING AUTO REPLY...", "red")
NO_INPUT = Line("\n>>>>>>>> NO HUMAN INPUT RECEIVED.", "red")


def show(shown: Shown, to: OutputStream) -> None:
    """Print it, unless whoever follows the run is told of it as an event."""
    if getattr(to, "is_told_events", False):
        return
    match shown:
        case Line(text, colour):
            to.print(colored(text, colour), flush=True)
        case Begins(words):
            to.print(colored(f"\n{STARS}", "blue"), flush=True, sep="")
            to.print(colored("Starting a new chat....", "blue"), flush=True)
            if words:
                to.print(colored(words, "blue"), flush=True)
            to.print(colored(f"\n{STARS}", "blue"), flush=True, sep="")
        case Spoken(sender, receiver, message):
            _head(sender, receiver, to)
            _message(shown, classic(message, sender), to)


def _head(sender: str, receiver: str, to: OutputStream) -> None:
    to.print(colored(sender, "yellow"), f"(to {receiver}):\n", flush=True)


def _message(shown: Spoken, message: Plain, to: OutputStream) -> None:
    responses = message.get("tool_responses")
    if isinstance(responses, list) and responses:
        for response in responses:
            if isinstance(response, Mapping):
                _head(shown.sender, shown.receiver, to)
                _response(response, to)
        if message.get("role") == "tool":
            return
    if message.get("role") in ("function", "tool"):
        _response(message, to)
        return
    if message.get("content") is not None:
        to.print(text_of(message["content"]), flush=True)
    legacy = message.get("function_call")
    if isinstance(legacy, Mapping):
        _call(f"Suggested function call: {legacy['name']}", legacy, to)
    calls = message.get("tool_calls")
    for call in calls if isinstance(calls, list) else ():
        function = call["function"]
        _call(f"Suggested tool call ({call['id']}): {function['name']}", function, to)
    to.print(f"\n{RULE}", flush=True)


def _call(title: str, function: Mapping[str, object], to: OutputStream) -> None:
    head = f"***** {title} *****"
    to.print(colored(head, "green"), flush=True)
    to.print("Arguments: \n", function.get("arguments", ""), flush=True, sep="")
    to.print(colored("*" * len(head), "green"), flush=True)


def _response(response: Mapping[str, object], to: OutputStream) -> None:
    if response.get("role") == "function":
        head = f"***** Response from calling function ({response.get('name', '')}) *****"
    else:
        head = f"***** Response from calling tool ({response.get('tool_call_id', '')}) *****"
    to.print(colored(head, "green"), flush=True)
    to.print(response.get("content", ""), flush=True)
    to.print(colored("*" * len(head), "green"), flush=True)
    to.print(f"\n{RULE}", flush=True)
