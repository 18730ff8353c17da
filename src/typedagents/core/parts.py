"""What messages are made of. Each part is a small frozen value; ``part`` is its tag in traces."""

from __future__ import annotations

from typing import Literal, TypeAlias

from attrs import field, frozen
from msgspec.json import decode

from .code import CodeResult
from .context import Change
from .json_text import json_text


def cleaned(text: str) -> str:
    """``text`` as any JSON or UTF-8 reader takes it: no NUL, no lone surrogates. Free for ASCII."""
    if not text.isascii():
        text = text.encode("utf-8", "replace").decode("utf-8")
    return text.replace("\0", "") if "\0" in text else text


@frozen
class Text:
    """Words."""

    text: str = field(converter=cleaned)
    part: Literal["text"] = field(default="text", init=False, repr=False)


@frozen
class Inline:
    """Media carried in the message itself."""

    data: bytes = field(repr=lambda data: f"<{len(data)} bytes>")
    mime: str
    at: Literal["inline"] = field(default="inline", init=False, repr=False)


@frozen
class Link:
    """Media somewhere else. ``mime`` is empty where it is not known."""

    url: str
    mime: str = ""
    at: Literal["link"] = field(default="link", init=False, repr=False)


Media: TypeAlias = Inline | Link


@frozen
class Image:
    """A picture; ``detail`` is the provider's hint (``low``, ``high``), or empty."""

    media: Media
    detail: str = ""
    part: Literal["image"] = field(default="image", init=False, repr=False)


@frozen
class Audio:
    """A sound."""

    media: Media
    part: Literal["audio"] = field(default="audio", init=False, repr=False)


@frozen
class File:
    """A document, or any other file."""

    media: Media
    name: str = ""
    part: Literal["file"] = field(default="file", init=False, repr=False)


@frozen
class Opaque:
    """A provider's own state, as JSON text: handed back unchanged, and only to the provider it came from."""

    provider: str
    kind: str
    json: str
    part: Literal["opaque"] = field(default="opaque", init=False, repr=False)


@frozen
class Reasoning:
    """What the model thought before it answered. ``state`` is the provider's proof of it (signature, id)."""

    text: str = field(converter=cleaned)
    state: Opaque | None = None
    part: Literal["reasoning"] = field(default="reasoning", init=False, repr=False)


@frozen
class Refusal:
    """The model declined, in these words."""

    text: str = field(converter=cleaned)
    part: Literal["refusal"] = field(default="refusal", init=False, repr=False)


@frozen
class ToolCall:
    """The model asks for a tool. ``arguments`` is the JSON text it wrote; ``complete`` is False where it was cut."""

    id: str
    name: str
    arguments: str = field(default="{}", converter=cleaned)
    complete: bool = True
    state: Opaque | None = None
    part: Literal["tool_call"] = field(default="tool_call", init=False, repr=False)


ResultContent: TypeAlias = Text | Image | Audio | File


@frozen
class ToolResult:
    """What a call came to. ``failed`` tells the model that it did not work.

    ``changes`` set context variables, ``hand_to`` names who speaks next, ``ends`` is why the conversation ends here, as
    in a reply; no model is shown any of them.
    """

    call_id: str
    name: str
    content: tuple[ResultContent, ...]
    failed: bool = False
    changes: tuple[Change, ...] = ()
    hand_to: str | None = None
    ends: str | None = None
    part: Literal["tool_result"] = field(default="tool_result", init=False, repr=False)

    @property
    def text(self) -> str:
        return "\n".join(item.text for item in self.content if isinstance(item, Text))


@frozen
class Data:
    """Structured output, as JSON text."""

    json: str
    part: Literal["data"] = field(default="data", init=False, repr=False)

    @classmethod
    def of(cls, value: object) -> Data:
        return cls(json_text(value))

    @property
    def value(self) -> object:
        return decode(self.json)


@frozen
class Unknown:
    """A part written by a newer version of this library: kept as it is, and written back as it was."""

    tag: str
    json: str
    part: Literal["unknown"] = field(default="unknown", init=False, repr=False)


Part: TypeAlias = (
    Text
    | Image
    | Audio
    | File
    | Reasoning
    | Refusal
    | ToolCall
    | ToolResult
    | CodeResult
    | Data
    | Opaque
    | Unknown
)
