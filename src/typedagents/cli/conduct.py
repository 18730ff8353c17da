"""Runs a conversation for a person at a terminal, or for a program that reads JSON lines, and says how it ended."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import Lock
from typing import Protocol

from attrs import define, field, frozen

from typedagents.core.errors import Suspended
from typedagents.core.message import Message
from typedagents.core.stop import StopReason
from typedagents.humans.terminal import conversation_is_shown
from typedagents.interpreter.control import Control
from typedagents.interpreter.events import Event, RunStarted
from typedagents.interpreter.outcome import Outcome
from typedagents.interpreter.prompts import Prompt

from . import json_lines
from .closing import costs
from .exits import STOPPED, exit_code
from .ink import screen
from .kept import answering, prompts_at
from .page import Page
from .render import Renderer
from .stopping import pausing


class Reporter(Protocol):
    """Who tells of a run: a watcher that also knows how it began, and how it ended."""

    def __call__(self, event: Event, /) -> None: ...
    def opening(self, messages: tuple[Message, ...], /) -> None: ...
    def ended(self, outcome: Outcome, /) -> None: ...
    def paused(self, command: str | None, prompts: Sequence[Prompt], /) -> None: ...
    def parted(self, outcomes: Sequence[Outcome], /) -> None:
        """The person has left after these parts of a chat."""
        ...

    def note(self, words: str, /) -> None: ...


@frozen
class OnTerminal:
    """Tells people."""

    renderer: Renderer

    def __call__(self, event: Event, /) -> None:
        self.renderer(event)

    def opening(self, messages: tuple[Message, ...], /) -> None:
        for message in messages:
            self.renderer.message(message)

    def ended(self, outcome: Outcome, /) -> None:
        self.renderer.ending(outcome)

    def paused(self, command: str | None, prompts: Sequence[Prompt], /) -> None:
        self.renderer.gap()
        for prompt in prompts:
            self.renderer.note(f"waits for {prompt.me}: {prompt.question}", "strong")
            self.renderer.command(answering(str(self.renderer.place), prompt))
        self.renderer.note("stopped; go on with:" if command else "stopped", "strong")
        if command:
            self.renderer.command(command)

    def parted(self, outcomes: Sequence[Outcome], /) -> None:
        if outcomes:
            self.renderer.gap()
            self.renderer.note(costs(outcomes))
            self.renderer.traces(outcomes)

    def note(self, words: str, /) -> None:
        self.renderer.note(words)


@define(eq=False)
class InJson:
    """Tells programs."""

    place: str | None = None
    _lock: Lock = field(factory=Lock, init=False)
    """Events come from two threads, and lines must stay whole."""

    def __call__(self, event: Event, /) -> None:
        with self._lock:
            if isinstance(event, RunStarted):
                self.place = event.trace
            json_lines.write(type(event).__name__, event)

    def opening(self, messages: tuple[Message, ...], /) -> None:
        json_lines.write("Opening", {"messages": messages})

    def ended(self, outcome: Outcome, /) -> None:
        json_lines.write("Outcome", json_lines.closing(outcome))

    def paused(self, command: str | None, prompts: Sequence[Prompt], /) -> None:
        json_lines.write("Paused", json_lines.Paused(self.place, command, tuple(prompts)))

    def parted(self, outcomes: Sequence[Outcome], /) -> None:
        del outcomes  # each was told when it ended

    def note(self, words: str, /) -> None:
        json_lines.write("Note", {"words": words})


def reporter(*, json: bool, streaming: bool) -> OnTerminal | InJson:
    """The one that was asked for."""
    return InJson() if json else OnTerminal(Renderer(Page(screen()), streaming=streaming))


def place_of(tells: OnTerminal | InJson) -> str | None:
    """Where the run is recorded that was last told of."""
    return tells.renderer.place if isinstance(tells, OnTerminal) else tells.place


@contextmanager
def showing(tells: Reporter) -> Iterator[None]:
    """While inside, the terminal's human is asked without a second look at the conversation."""
    token = conversation_is_shown.set(isinstance(tells, OnTerminal))
    try:
        yield
    finally:
        conversation_is_shown.reset(token)


def conducted(
    tells: OnTerminal | InJson,
    target: str | None,
    go: Callable[[Control], Outcome],
    *,
    quiet: tuple[type[StopReason], ...] = (),
) -> Outcome | None:
    """What ``go`` comes to, told; None where Ctrl-C stopped it, and then how to go on is told.

    People are not told of ends that are ``quiet``.
    """
    control = Control()
    try:
        with showing(tells), pausing(control, _hurry):
            outcome = go(control)
    except (Suspended, KeyboardInterrupt):
        place = place_of(tells)
        tells.paused(resuming(place, target), prompts_at(place))
        return None
    if not (isinstance(tells, OnTerminal) and isinstance(outcome.reason, quiet)):
        tells.ended(outcome)
    return outcome


def code_for(outcome: Outcome | None) -> int:
    """The exit code of what ``conducted`` returns."""
    return STOPPED if outcome is None else exit_code(outcome.reason)


def resuming(place: str | None, target: str | None) -> str | None:
    """The command that goes on from the trace at ``place``; None where there is no trace, or no target to name."""
    return shlex.join(("typedagents", "resume", place, target)) if place and target else None


def _hurry() -> None:
    print("\nstopping when what is under way is done; Ctrl-C again stops at once", file=sys.stderr)
