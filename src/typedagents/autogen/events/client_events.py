"""What models do."""

from __future__ import annotations

from attrs import frozen

from .base_event import BaseEvent


@frozen
class Piece:
    """Some letters of an answer."""

    content: str


class StreamEvent(BaseEvent[Piece]):
    """A piece of an answer came, of a model whose configuration says ``stream``."""

    type = "stream"
