"""What models do."""

from __future__ import annotations

from attrs import frozen

from .base_event import BaseEvent


@frozen
class Piece:
    """Some letters of an answer."""

    content: str


class StreamEvent(BaseEvent[Piece]):
    """A piece of an answer came; a console shows the whole of it when it is sent."""

    type = "stream"
