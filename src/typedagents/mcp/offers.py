"""What a server offers beside tools: resources, which can be read, and prompts, which can be filled in."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from attrs import frozen

from typedagents.core.message import Message
from typedagents.core.model import Prompt
from typedagents.core.parts import ResultContent

from .content import parts_of

if TYPE_CHECKING:
    from mcp_types import GetPromptResult
    from mcp_types import Prompt as ListedPrompt
    from mcp_types import Resource as ListedResource


Clean = Callable[[Iterable[ResultContent]], tuple[ResultContent, ...]]
"""Takes secrets out of content."""


@frozen
class McpResource:
    """Something a server lets one read: ``server.read(resource.uri)``. ``bytes`` and ``mime`` where it says them."""

    uri: str
    name: str
    description: str = ""
    mime: str = ""
    bytes: int | None = None


@frozen
class PromptArgument:
    """What is to be filled in."""

    name: str
    description: str = ""
    required: bool = False


@frozen
class McpPrompt:
    """A prompt that a server fills in: ``server.prompt(prompt.name, {...})``."""

    name: str
    description: str = ""
    arguments: tuple[PromptArgument, ...] = ()


@frozen
class FilledPrompt:
    """A prompt as a server filled it in: what a user and an assistant are to have said, in order."""

    name: str
    messages: tuple[Message, ...]

    @property
    def instructions(self) -> Prompt:
        """Its words, as instructions to a model."""
        return Prompt("\n\n".join(message.text for message in self.messages), self.name)


def resource_of(listed: ListedResource) -> McpResource:
    """A resource as it was listed."""
    return McpResource(listed.uri, listed.name, listed.description or "", listed.mime_type or "", listed.size)


def prompt_of(listed: ListedPrompt) -> McpPrompt:
    """A prompt as it was listed."""
    arguments = tuple(
        PromptArgument(one.name, one.description or "", bool(one.required)) for one in listed.arguments or ()
    )
    return McpPrompt(listed.name, listed.description or "", arguments)


def filled_of(name: str, result: GetPromptResult, clean: Clean) -> FilledPrompt:
    """A prompt as it came back; ``ToolError`` where it holds data that are not what they are said to be."""
    said = [Message(one.role, clean(parts_of([one.content]))) for one in result.messages]
    return FilledPrompt(name, tuple(said))
