"""How the parts of a message look."""

from __future__ import annotations

from typing import assert_never

from typedagents.core.code import CodeResult
from typedagents.core.parts import (
    Audio,
    Data,
    File,
    Image,
    Inline,
    Media,
    Opaque,
    Part,
    Reasoning,
    Refusal,
    Text,
    ToolCall,
    ToolResult,
    Unknown,
)

from .page import Page, Span

MOST_LINES = 40
"""Of what a program or a tool put out, on a terminal; the whole is in the trace."""


def show_part(page: Page, depth: int, part: Part) -> None:
    """Write ``part`` below its speaker's head."""
    match part:
        case Text(text) | Refusal(text):
            page.feed(depth, text)
            page.end(depth)
        case CodeResult():
            _show_result(page, depth, part)
        case ToolCall(_, name, arguments):
            page.line(depth, Span(f"asks for {name}({arguments})", "dim"))
        case ToolResult():
            _show_tool_result(page, depth, part)
        case Data(json):
            page.line(depth, Span(json))
        case Reasoning(text):
            page.line(depth, Span(f"thought in {len(text.split())} words", "dim"))
        case Image(media) | Audio(media) | File(media):
            page.line(depth, Span(f"{part.part}: {_named(media)}", "dim"))
        case Opaque() | Unknown():
            pass
        case _:
            assert_never(part)


def _named(media: Media) -> str:
    return f"{len(media.data)} bytes, {media.mime}" if isinstance(media, Inline) else media.url


def _show_tool_result(page: Page, depth: int, result: ToolResult) -> None:
    for line in _shortened(page, f"{result.name}: {result.text}"):
        page.line(depth, Span(line, "bad" if result.failed else "plain"))
    for item in result.content:
        if not isinstance(item, Text):
            show_part(page, depth, item)


def _show_result(page: Page, depth: int, result: CodeResult) -> None:
    code = result.exit_code
    page.line(depth, Span(f"exit {code}", "bad" if code else "good"))
    for line in _shortened(page, "\n".join(text for block in result.blocks if (text := block.text))):
        page.line(depth, Span(line))


def _shortened(page: Page, text: str) -> list[str]:
    """The lines of ``text``; on a terminal not all, where there are too many."""
    lines = text.splitlines()
    left_out = len(lines) - MOST_LINES if page.ink.columns is not None else 0
    if left_out > 0:
        half = MOST_LINES // 2
        lines = [*lines[:half], f"... {left_out} lines more, in the trace ...", *lines[-half:]]
    return lines
