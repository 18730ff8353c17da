"""What programs print."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from .base_event import BaseEvent


@frozen
class Printed:
    """What was printed."""

    objects: Sequence[str]
    sep: str = " "
    end: str = "\n"


class PrintEvent(BaseEvent[Printed]):
    """Something was printed to the stream of the run."""

    type = "print"
