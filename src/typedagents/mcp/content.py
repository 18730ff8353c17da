"""What a server sends, as parts of messages."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterable
from typing import TYPE_CHECKING, assert_never

import msgspec

from typedagents.core.errors import ToolError
from typedagents.core.parts import Audio, File, Image, Inline, Link, ResultContent, Text

if TYPE_CHECKING:
    from mcp_types import BlobResourceContents, CallToolResult, ContentBlock, TextResourceContents


def content_of(result: CallToolResult) -> tuple[ResultContent, ...]:
    """What a call came to: its content, and its structured content as JSON where no text says it."""
    content = parts_of(result.content)
    if result.structured_content is None or any(isinstance(part, Text) for part in content):
        return content
    return (*content, Text(msgspec.json.encode(result.structured_content).decode()))


def parts_of(blocks: Iterable[ContentBlock]) -> tuple[ResultContent, ...]:
    """The parts that stand for these; ``ToolError`` where data are not what they are said to be."""
    return tuple(_part(block) for block in blocks)


def _part(block: ContentBlock) -> ResultContent:
    from mcp_types import AudioContent, EmbeddedResource, ImageContent, ResourceLink, TextContent

    match block:
        case TextContent():
            return Text(block.text)
        case ImageContent():
            return Image(Inline(_data(block.data, "an image"), block.mime_type))
        case AudioContent():
            return Audio(Inline(_data(block.data, "a sound"), block.mime_type))
        case EmbeddedResource():
            return contents_part(block.resource)
        case ResourceLink():
            return File(Link(block.uri, block.mime_type or ""), block.name)
        case _ as never:
            assert_never(never)


def contents_part(contents: TextResourceContents | BlobResourceContents) -> ResultContent:
    """The contents of a resource: text as text, pictures and sounds as such, anything else as a file."""
    from mcp_types import TextResourceContents

    if isinstance(contents, TextResourceContents):
        return Text(contents.text)
    mime = contents.mime_type or "application/octet-stream"
    media = Inline(_data(contents.blob, contents.uri), mime)
    match mime.partition("/")[0]:
        case "image":
            return Image(media)
        case "audio":
            return Audio(media)
        case _:
            return File(media, contents.uri)


def _data(text: str, what: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except ValueError as error:
        raise ToolError(
            f"the MCP server sent {what} whose data are no base64: {error}", kind="answer"
        ) from error
