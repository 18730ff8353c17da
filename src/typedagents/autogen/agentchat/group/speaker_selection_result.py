"""Who speaks next, as a target says it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class SpeakerSelectionResult:
    """The end, an agent by name, or a way to select one."""

    terminate: bool | None = None
    agent_name: str | None = None
    speaker_selection_method: str | None = None
