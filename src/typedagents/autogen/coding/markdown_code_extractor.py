"""Code in the fences of Markdown."""

from __future__ import annotations

from typedagents.autogen.code_utils import content_str
from typedagents.autogen.types import MessageContentType
from typedagents.policies.coding.programs import blocks_in

from .base import CodeBlock, CodeExtractor

__all__ = ["MarkdownCodeExtractor"]


class MarkdownCodeExtractor(CodeExtractor):
    """Finds fenced blocks as CommonMark defines them. What has no label is known by its looks, or has no language."""

    def extract_code_blocks(self, message: MessageContentType) -> list[CodeBlock]:
        return [
            CodeBlock(code=block.code, language=block.language) for block in blocks_in(content_str(message))
        ]
