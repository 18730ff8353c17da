"""A conversation as its trace tells it, without the team that held it."""

from __future__ import annotations

from collections.abc import Sequence

from typedagents.interpreter.events import EntryAdded
from typedagents.trace.recording import Recording

from .render import Renderer


def show_trace(lines: Sequence[bytes], renderer: Renderer) -> None:
    """Print who said what, what was asked of the world, and how it ended."""
    recording = Recording.load(lines)
    header = recording.header
    renderer.note(f"run {header.run} of team {header.team}: {', '.join(header.agents)}")
    renderer.messages(list(recording.opening().transcript))
    for path, entries in recording.entries.items():
        for begun in (one for at, one in recording.begun.items() if at.startswith(path)):
            outcome = recording.outcomes.get(begun.path)
            became = "no result" if outcome is None else type(outcome).__name__.removesuffix("Line").lower()
            renderer.note(f"{begun.path} {begun.kind} {begun.digest[:8]}: {became}")
        for line in entries:
            renderer(EntryAdded(path, recording.entry(line)))
    for partial in recording.partials:
        renderer.note(f"{partial.agent} had said when it was stopped: {partial.text}")
    reason = recording.reason()
    renderer.note("not ended: it can be resumed" if reason is None else str(reason))
