"""What an agent has of a conversation after it: what it had, and what was said since, but for what was cleared; and what a
group chat has of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from attrs import frozen
from msgspec.json import decode

from typedagents.autogen.code_utils import content_str
from typedagents.autogen.layer.messages import Plain, classic, message_of
from typedagents.core.chain import Fold
from typedagents.core.log import Changed, Entry, Log, Opened, Said, Transcript
from typedagents.core.message import Message, agent_name
from typedagents.core.view import STANDING

from .snapshots import last_of

CLEARED: Final = "autogen.cleared"
"""The context variable that says whose history is cleared (empty: everybody's), and how many messages are left of it."""


@frozen
class Onward:
    """The step by which ``past`` goes on with what is said since a log was opened."""

    past: Transcript

    def __call__(self, so_far: Transcript, entry: Entry) -> Transcript:
        if isinstance(entry, Opened):
            return self.past.fork()
        return so_far.append(entry.message) if isinstance(entry, Said) else so_far


def going_on(past: Transcript) -> Fold[Entry, Transcript]:
    """The fold that is ``past`` with what was said since a log was opened; O(1) a message."""
    return Fold(past.fork(), Onward(past))


def grown(past: Transcript, log: Log) -> Transcript:
    """``past`` with what was said since ``log`` was opened."""
    return log.transcript if before_opening(log) == past else log.fold(going_on(past))


def before_opening(log: Log) -> Transcript:
    """What was said before ``log`` was opened."""
    return log.transcript.prefix(len(log.transcript) - log.fold(STANDING).messages)


def since_opening(log: Log) -> Iterator[Message]:
    """What was said since ``log`` was opened."""
    return log.transcript.since(len(before_opening(log)))


def remembered(past: Transcript, log: Log, whose: str = "") -> Transcript:
    """``past`` with what was said since ``log`` was opened, but for what was cleared for ``whose`` or for everybody."""
    if CLEARED not in log.context.values:
        return grown(past, log)
    kept = before = past.fork()
    for entry in log:
        match entry:
            case Opened():
                kept = before
            case Said(message):
                kept = kept.append(message)
            case Changed(variable=variable, json=json) if variable == CLEARED:
                name, most = decode(json)
                if name in ("", whose):
                    kept = last_of(kept, most) if most else Transcript()
            case _:
                pass
    return kept


def group_message(given: Mapping[str, object], speaker: str) -> Message:
    """A dict of a group chat as a message."""
    plain = {key: value for key, value in given.items() if key != "name" or given.get("role") == "function"}
    return message_of(plain, agent_name(speaker))


def group_dict(message: Message) -> Plain:
    """A message as a group chat has it: with its speaker, and its content as text."""
    said = classic(message, "", grouped=True)
    return {**said, "content": content_str(said["content"])}  # type: ignore[arg-type]  # as ``classic`` makes it
