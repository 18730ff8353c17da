"""What our tools come to, as an MCP server sends it."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING, assert_never
from urllib.parse import quote, urlsplit

from typedagents.core.parts import Audio, File, Image, Inline, Link, ResultContent, Text, ToolResult

if TYPE_CHECKING:
    from mcp_types import CallToolResult, ContentBlock


def shown(result: ToolResult) -> CallToolResult:
    """A result as the protocol has it."""
    from mcp_types import CallToolResult

    return CallToolResult(content=[_block(part) for part in result.content], is_error=result.failed)


def _block(part: ResultContent) -> ContentBlock:
    from mcp_types import TextContent

    match part:
        case Text(text):
            return TextContent(text=text)
        case Image(media) | Audio(media):
            return _linked(media, media.url) if isinstance(media, Link) else _seen_or_heard(part, media)
        case File(media, name):
            return _linked(media, name or media.url) if isinstance(media, Link) else _embedded(media, name)
        case _ as never:
            assert_never(never)


def _seen_or_heard(part: Image | Audio, media: Inline) -> ContentBlock:
    from mcp_types import AudioContent, ImageContent

    kind = ImageContent if isinstance(part, Image) else AudioContent
    return kind(data=_base64(media.data), mime_type=media.mime)


def _embedded(media: Inline, name: str) -> ContentBlock:
    from mcp_types import BlobResourceContents, EmbeddedResource

    uri = name if urlsplit(name).scheme else f"file:///{quote(name or 'file')}"
    return EmbeddedResource(
        resource=BlobResourceContents(uri=uri, mime_type=media.mime, blob=_base64(media.data))
    )


def _linked(link: Link, name: str) -> ContentBlock:
    from mcp_types import ResourceLink

    return ResourceLink(uri=link.url, name=name, mime_type=link.mime or None)


def _base64(data: bytes) -> str:
    return b64encode(data).decode()
