"""Shows a run to a person, as it goes or from its trace: one watcher for all commands.

A turn is shown as a head (who has the floor) and what is below it. The head is written when the turn's first effect
starts, so that one sees who is thinking; the words follow as they stream in. Only one effect at a time holds the *pen*:
of several that stream side by side the others are shown whole, when they are said. What was streamed is not shown
again when it becomes a message.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from threading import RLock

from attrs import define, field

from typedagents.core.ambient import Draw, Now, Sleep
from typedagents.core.code import RunCode
from typedagents.core.code_approval import ApproveCode
from typedagents.core.effect import AnyEffect, Failed, Ok, Path
from typedagents.core.human import AskHuman
from typedagents.core.log import Changed, Entry, Handed, Passed, Said, Spent, Summed
from typedagents.core.message import Message
from typedagents.core.model import CallModel, TextDelta
from typedagents.core.parts import Reasoning, Refusal, Text
from typedagents.core.stop import EffectFailure
from typedagents.core.tool import Approve, Approved, CallTool, Denied
from typedagents.humans.terminal import OnScreen
from typedagents.interpreter.events import (
    EffectFinished,
    EffectStarted,
    EntryAdded,
    Event,
    Observed,
    RunStarted,
)
from typedagents.interpreter.notices import Notice
from typedagents.interpreter.outcome import Outcome
from typedagents.policies.answering import AnswerRefused
from typedagents.policies.transforms.cut import Cut

from .closing import costs
from .ink import SPEAKERS, Style
from .page import Page, Span
from .shown_parts import show_part

_TURN = re.compile(r"(?:^|(?<=/c\.))t\d+\.")


def turn_of(path: Path) -> str:
    """The innermost turn that an effect or entry belongs to: ``t3.0/c.t1.`` of ``t3.0/c.t1.2``."""
    ends = [found.end() for found in _TURN.finditer(path)]
    return path[: ends[-1]] if ends else ""


def depth_of(path: Path) -> int:
    """How many conversations are around it."""
    return path.count("/c.")


@define(eq=False)
class Renderer:
    """Writes to ``page``; ``place`` is where the run is recorded, once that is known."""

    page: Page
    streaming: bool = True
    place: str | None = field(default=None, init=False)
    _styles: dict[str, Style] = field(factory=dict, init=False)
    _head: str | None = field(default=None, init=False)
    _pen: Path | None = field(default=None, init=False)
    _words: str = field(default="", init=False)
    _last: str = field(default="", init=False)
    _streamed: dict[str, list[str]] = field(factory=dict, init=False)
    _typed: set[str] = field(factory=set, init=False)
    _failed: tuple[Path, str, Failed] | None = field(default=None, init=False)
    _begun: bool = field(default=False, init=False)
    _lock: RLock = field(factory=RLock, init=False)
    """Observations come from the thread of the event loop, all other events from that of the run."""

    def __call__(self, event: Event) -> None:
        with self._lock:
            match event:
                case Observed(path, agent, observation):
                    self._observed(path, agent, observation)
                case EntryAdded(path, entry):
                    if not isinstance(
                        entry, Spent | Summed
                    ):  # which come after a failure that ends the run too
                        self._admit_failure()
                    self._entry(path, entry)
                case EffectStarted(path, agent, effect):
                    self._admit_failure()
                    self._started(path, agent, effect)
                case EffectFinished(path, agent, effect, outcome):
                    self._finished(path, f"{effect.kind} of {agent or 'the selector'}", outcome)
                case RunStarted(trace=place):
                    self._leave()
                    self._streamed.clear()
                    self.place = place
                case _:
                    pass

    # --- what is not of the run ---------------------------------------------------------------------------------

    def note(self, words: str, style: Style = "dim") -> None:
        """A remark of the program's own."""
        with self._lock:
            self._leave()
            self.page.line(0, Span(words, style))
            self._begun = True

    def command(self, words: str) -> None:
        """A command to copy."""
        with self._lock:
            self._leave()
            self.page.verbatim(1, words)

    def gap(self) -> None:
        """An empty line, but for the first line of all."""
        with self._lock:
            self._leave()
            if self._begun:
                self.page.gap()

    def message(self, message: Message) -> None:
        """A message that was there before the first turn."""
        with self._lock:
            self._said(Path(""), message)

    def head(self, agent: str, doing: str = "") -> None:
        """Whose words follow."""
        with self._lock:
            self._leave()
            self._enter("", agent, doing)

    def ending(self, outcome: Outcome) -> None:
        """Why it ended, what it took and cost, where its trace is."""
        style: Style = "strong" if outcome.ok else "bad"
        with self._lock:
            if isinstance(outcome.reason, EffectFailure):
                self._failed = None  # the reason says the same
            self.gap()
            self.page.line(0, Span(str(outcome.reason), style))
            self.page.line(0, Span(costs((outcome,)), "dim"))
            self.traces((outcome,))

    def traces(self, outcomes: Sequence[Outcome]) -> None:
        """Where they are recorded."""
        for place in (outcome.trace for outcome in outcomes if outcome.trace):
            self.note(f"trace {place}")

    # --- heads --------------------------------------------------------------------------------------------------

    def _enter(self, turn: str, agent: str, doing: str = "") -> None:
        """Write the head of this turn, unless it is the one above."""
        here = f"{turn} {agent}"
        if self._head == here:
            return
        self.gap()
        style = self._styles.setdefault(agent, SPEAKERS[len(self._styles) % len(SPEAKERS)])
        spans = (Span(agent or "the selector", style), *([Span(f" {doing}", "dim")] if doing else []))
        self.page.line(depth_of(Path(turn)), *spans)
        self._head, self._begun = here, True

    def _leave(self) -> None:
        """Nothing more comes under the head above."""
        if self._pen is not None:
            self._put_down()
        self._head = None

    def _remark(self, path: Path, words: str, style: Style = "dim") -> None:
        """A line about the run, where it happens."""
        if self._pen is not None:
            self._put_down()
        self.page.line(depth_of(path), Span(words, style))
        self._begun = True

    # --- effects ------------------------------------------------------------------------------------------------

    def _started(self, path: Path, agent: str, effect: AnyEffect) -> None:
        turn = turn_of(path)
        match effect:
            case CallModel() | AskHuman() | Approve() | ApproveCode() if self._pen is None:
                if self.streaming or not isinstance(effect, CallModel):
                    self._enter(turn, agent)
                    self._pen = path
            case RunCode(blocks=blocks):
                languages = ", ".join(dict.fromkeys(block.language for block in blocks))
                self._enter(turn, agent, f"runs {languages}")
            case CallTool(name, arguments):
                self._enter(turn, agent)
                self._remark(path, f"calls {name}({arguments})")
            case CallModel() | AskHuman() | Approve() | ApproveCode() | Now() | Draw():
                pass
            case Sleep(seconds):
                self._remark(path, f"{agent} waits {seconds:g} s")
            case _:
                self._enter(turn, agent)
                self._remark(path, f"asks for {effect.kind}")

    def _observed(self, path: Path, agent: str, observation: object) -> None:
        match observation:
            case TextDelta(text) if self.streaming:
                if self._pen is None:
                    self._enter(turn_of(path), agent)
                    self._pen = path
                if self._pen == path:
                    self.page.feed(depth_of(path), text)
                    self._words += text
            case OnScreen():
                self._typed.add(agent)
            case Cut() | AnswerRefused():
                self._enter(turn_of(path), observation.agent)
                self._remark(path, observation.words)
            case Notice():
                self._enter(turn_of(path), agent)
                self._remark(path, observation.words)
            case _:
                pass

    def _finished(self, path: Path, what: str, outcome: object) -> None:
        if self._pen == path:
            self._put_down()
        match outcome:
            case Failed():
                self._admit_failure()
                self._failed = (path, what, outcome)
            case Ok(Approved()):
                self._remark(path, "approved")
            case Ok(Denied(reason)):
                self._remark(path, f"denied: {reason}" if reason else "denied", "bad")
            case _:
                pass

    def _put_down(self) -> None:
        """End the words that stream in."""
        if self._words:
            self.page.end(0)
            self._streamed.setdefault(turn_of(self._pen or Path("")), []).append(self._words.strip())
        self._pen, self._words = None, ""

    def _admit_failure(self) -> None:
        """Show a failure that did not end the run: some policy lives with it."""
        if self._failed is not None:
            (path, what, failure), self._failed = self._failed, None
            self._remark(path, f"{what} failed: {failure.kind}: {failure.text}", "bad")

    # --- entries ------------------------------------------------------------------------------------------------

    def _entry(self, path: Path, entry: Entry) -> None:
        match entry:
            case Said(message):
                self._said(path, message)
            case Passed(agent) if self._head == f"{path} {agent}":
                self._remark(path, "has nothing to say")
            case Changed(agent, variable, json):
                self._told(path, agent, f"sets {variable} = {json}")
            case Handed(agent, to):
                self._told(path, agent, f"hands over to {to}")
            case Summed(_, failure) if failure:
                self._remark(path, f"no summary: {failure}", "bad")
            case Summed(text) if text not in self._last:
                self._remark(path, f"in sum: {text}")
            case _:
                pass

    def _told(self, path: Path, agent: str, doing: str) -> None:
        """Something other than words."""
        if self._head == f"{path} {agent}":
            self._remark(path, doing)
        else:
            self._enter(path, agent, doing)

    def _said(self, path: Path, message: Message) -> None:
        """Show a message, but for what is on the screen already."""
        sender, text, parts = message.sender, message.text.strip(), message.parts
        self._last = text
        if message.origin == "human" and sender in self._typed:
            self._typed.discard(sender)
            return
        streamed = self._streamed.get(path, []) if message.origin == "model" and text else []
        if text in streamed:
            streamed.remove(text)
            parts = tuple(part for part in parts if not isinstance(part, Text | Refusal | Reasoning))
        elif streamed:  # some policy made something else of what was seen coming in
            self._leave()
            streamed.clear()
            self._enter(path, sender, "says instead")
        if parts:
            self._enter(path, sender)
        for part in parts:
            show_part(self.page, depth_of(path), part)
