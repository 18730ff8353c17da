"""What a model is shown of a conversation: the transcript as the history of one speaker, in items that have roles.

Roles exist here and in the wire formats that are made from these items, nowhere else. For the speaker ``me``:

    what me said                       assistant
    what anybody else said             user, with the sender's name
    a result that answers me's call    tool, directly behind the item that holds the call
    what me's code printed             user: the model did not write it

A history is well-formed whatever the transcript holds. An item with calls is *awaited* until each of its calls is
answered; whatever else is said first settles it, and the answers that are still missing are made up. A result that
answers nothing is told as words. ``advance`` does this one message at a time, so that a running fold can keep what
is settled; ``project`` does it for a whole transcript.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar, Literal, TypeAlias, assert_never

from attrs import evolve, frozen

from typedagents.core.code import CodeResult
from typedagents.core.message import AgentName, Message
from typedagents.core.model import Prompt
from typedagents.core.parts import (
    Audio,
    Data,
    File,
    Image,
    Opaque,
    Reasoning,
    Refusal,
    Text,
    ToolCall,
    ToolResult,
    Unknown,
)

Heard: TypeAlias = Text | Image | Audio | File
"""What can be shown to a model as somebody else's words."""

Uttered: TypeAlias = Text | Image | Audio | File | Refusal | Reasoning | ToolCall | Opaque
"""What a model can have said itself."""

Worded: TypeAlias = Text | Refusal | Data | CodeResult | ToolCall | Unknown
Other: TypeAlias = Worded | Image | Audio | File | Reasoning | Opaque
"""Every part but results, which belong to a call and not to whoever hands them in."""

INTERRUPTED = "no result: this call was interrupted before it ended"
CUT = "no result: this call was cut off before it was complete, and was not made"


@frozen
class SystemItem:
    """The instructions."""

    text: str
    role: ClassVar[Literal["system"]] = "system"


@frozen
class UserItem:
    """What the model hears. ``name`` is who said it; empty where it is no agent's words."""

    parts: tuple[Heard, ...]
    name: str = ""
    role: ClassVar[Literal["user"]] = "user"


@frozen
class AssistantItem:
    """What the model said. A ``ToolItem`` for each of its calls follows directly, in the order of the calls."""

    parts: tuple[Uttered, ...]
    role: ClassVar[Literal["assistant"]] = "assistant"

    @property
    def calls(self) -> tuple[ToolCall, ...]:
        return tuple(part for part in self.parts if isinstance(part, ToolCall))


@frozen
class ToolItem:
    """What a call of the item before it came to."""

    result: ToolResult
    role: ClassVar[Literal["tool"]] = "tool"


Item: TypeAlias = SystemItem | UserItem | AssistantItem | ToolItem


@frozen
class Awaited:
    """An item whose calls are not all answered yet; ``answers`` has a place for each call."""

    item: AssistantItem
    calls: tuple[ToolCall, ...]
    answers: tuple[ToolResult | None, ...]

    @property
    def settled(self) -> tuple[Item, ...]:
        """The item and its answers; those that are missing are made up."""
        pairs = zip(self.calls, self.answers, strict=True)
        return (self.item, *(ToolItem(answer or _made_up(call)) for call, answer in pairs))

    def answered(self, result: ToolResult) -> Awaited | None:
        """This, with ``result`` in the first free place of its call; None where no call waits for it."""
        for place, (call, answer) in enumerate(zip(self.calls, self.answers, strict=True)):
            if answer is None and call.id == result.call_id:
                return evolve(self, answers=(*self.answers[:place], result, *self.answers[place + 1 :]))
        return None


def _made_up(call: ToolCall) -> ToolResult:
    return ToolResult(call.id, call.name, (Text(INTERRUPTED if call.complete else CUT),), failed=True)


def project(
    transcript: Iterable[Message], me: AgentName, instructions: Prompt | None = None
) -> tuple[Item, ...]:
    """The whole history of ``me``; O(size)."""
    items: list[Item] = [SystemItem(instructions.text)] if instructions and instructions.text else []
    awaited: Awaited | None = None
    for message in transcript:
        awaited, settled = advance(awaited, message, me)
        items.extend(settled)
    return (*items, *awaited.settled) if awaited else tuple(items)


def advance(
    awaited: Awaited | None, message: Message, me: AgentName
) -> tuple[Awaited | None, tuple[Item, ...]]:
    """One message more: what is awaited now, and the items that nothing can change any more."""
    results = [part for part in message.parts if isinstance(part, ToolResult)]
    awaited, strays = _answered(awaited, results)
    others = [part for part in message.parts if not isinstance(part, ToolResult)]
    if message.sender == me:
        heard, item = _own(others)
    else:
        heard, item = tuple(_heard(others)), None
    opened = Awaited(item, item.calls, (None,) * len(item.calls)) if item and item.calls else None
    opened, strays = _answered(opened, strays)
    heard = (*_told(strays), *heard)
    items: list[Item] = []
    if awaited and (heard or item or None not in awaited.answers):
        items.extend(awaited.settled)
        awaited = None
    if item and not opened:
        items.append(item)
    if heard:
        items.append(UserItem(heard, "" if message.sender == me else message.sender))
    if opened and None not in opened.answers:
        return None, (*items, *opened.settled)
    return opened or awaited, tuple(items)


def _answered(
    awaited: Awaited | None, results: Sequence[ToolResult]
) -> tuple[Awaited | None, Sequence[ToolResult]]:
    """``awaited`` with the results that answer its calls, and the results that do not."""
    if awaited is None:
        return None, results
    strays: list[ToolResult] = []
    for result in results:
        after = awaited.answered(result)
        if after is None:
            strays.append(result)
        else:
            awaited = after
    return awaited, strays


def _own(parts: Iterable[Other]) -> tuple[tuple[Heard, ...], AssistantItem | None]:
    """What of its own message a model hears, and what it said; an item of thoughts alone is left out."""
    heard: list[Heard] = []
    said: list[Uttered] = []
    for part in parts:
        match part:
            case CodeResult():
                heard.append(Text(part.text))
            case Reasoning() | Refusal() | ToolCall() | Opaque():
                said.append(part)
            case _:
                said.extend(_heard((part,)))
    speaks = any(not isinstance(part, Reasoning | Opaque) for part in said)
    return tuple(heard), AssistantItem(tuple(said)) if speaks else None


def _told(results: Iterable[ToolResult]) -> Iterable[Heard]:
    """Results whose call is not in the history, as words."""
    for result in results:
        yield Text(f"[result of {result.name}] {result.text}")
        yield from (part for part in result.content if not isinstance(part, Text))


def _heard(parts: Iterable[Other]) -> Iterable[Heard]:
    """What others can see of parts: no thoughts, no provider's state, calls told as words."""
    for part in parts:
        match part:
            case Image() | Audio() | File():
                yield part
            case Reasoning() | Opaque():
                pass
            case _:
                if words := _words(part):
                    yield Text(words)


def _words(part: Worded) -> str:
    match part:
        case Text(text) | Refusal(text) | CodeResult(text=text):
            return text
        case Data(json):
            return json
        case ToolCall():
            return f"[calls {part.name} with {part.arguments}]"
        case Unknown(tag):
            return f"[a part of kind {tag} that cannot be shown]"
        case _:
            assert_never(part)
