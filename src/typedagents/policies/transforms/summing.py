"""A summary in place of what was said first: made by a model when there is too much, and used until there is again.

The agent notes each summary and which messages it is of; so it stands in the log, and is found again by a fold. A
later one is made of the one before and of what came since: each message is read once for it.
"""

from __future__ import annotations

from typing import ClassVar

from attrs import field, frozen
from msgspec import Struct
from msgspec.json import decode, encode

from typedagents.core.chain import Fold
from typedagents.core.effect import Steps
from typedagents.core.errors import ConfigError
from typedagents.core.log import Entry, Noted, Transcript
from typedagents.core.message import AgentName, Message
from typedagents.core.model import CallModel, Prompt, Settings
from typedagents.core.view import View
from typedagents.policies.model import DEFAULTS
from typedagents.policies.prompts import SUMMARY_SO_FAR
from typedagents.policies.words import written

from .measures import Measure, approximate_tokens, hashable, one_each
from .ties import bridged, end_of_first, is_whole, start_of_last, tying
from .transform import Shown, Whole

NOTE = "summary: "
SUMMER = AgentName("summary")
"""Who says it. No agent: it is nobody's turn."""


class SummaryOf(Struct, frozen=True):
    """What an agent notes: ``text`` sums up the first ``until`` messages it was shown, whose digest is ``head``."""

    until: int
    head: str
    text: str


@frozen
class LatestNote:
    """The step that finds an agent's latest note of a summary."""

    agent: AgentName

    def __call__(self, so_far: str, entry: Entry) -> str:
        ours = isinstance(entry, Noted) and entry.agent == self.agent and entry.note.startswith(NOTE)
        return entry.note if ours and isinstance(entry, Noted) else so_far


def latest(view: View, transcript: Transcript) -> SummaryOf | None:
    """The latest summary, where it is of what ``transcript`` begins with."""
    note = view.log.fold(Fold("", LatestNote(view.me)))
    if not note:
        return None
    summed = decode(note.removeprefix(NOTE), type=SummaryOf)
    fits = summed.until <= len(transcript) and transcript.prefix(summed.until).head.hex() == summed.head
    return summed if fits and is_whole(transcript, summed.until) else None


@frozen(repr=False)
class Summarised(Whole):
    """See ``summarised``."""

    keeps_notes: ClassVar[bool] = True

    over: int
    keep: int
    first: int = 0
    measure: Measure = field(default=one_each, converter=hashable)
    prompt: Prompt = SUMMARY_SO_FAR
    model: str = ""
    settings: Settings = DEFAULTS

    def __attrs_post_init__(self) -> None:
        if not 0 < self.keep < self.over or self.first < 0:
            raise ConfigError(
                "a summary is made when there is more than over=, and keeps some of it as it was said: 0 < keep < over; "
                f"found over={self.over}, keep={self.keep}, first={self.first}"
            )

    @property
    def tokens(self) -> Measure:
        """How it counts tokens."""
        return approximate_tokens if self.measure is one_each else self.measure

    def __call__(self, view: View, /) -> Steps[Shown, CallModel]:
        transcript = view.transcript
        head = end_of_first(transcript, self.first)
        known = latest(view, transcript)
        until = known.until if known else head
        shown = Shown(bridged(transcript, head, until, *said(known)))
        fold = tying(self.measure)
        if transcript.fold(fold).total - transcript.prefix(until).fold(fold).total <= self.over:
            return shown
        start = start_of_last(transcript, self.keep, self.measure)
        if start <= until:
            return shown
        told = bridged(transcript.prefix(start), head, until, *said(known))
        asked = told.fork().append(Message(AgentName("reader"), self.prompt.text))
        reply = yield from CallModel(asked, SUMMER, self.model, settings=self.settings)
        text = reply.text.strip()
        if not text:
            return shown
        summed = SummaryOf(start, transcript.prefix(start).head.hex(), text)
        note = NOTE + encode(summed).decode()
        return Shown(bridged(transcript, head, start, *said(summed)), (note,))

    def __repr__(self) -> str:
        return written("summarised", self)


def said(summed: SummaryOf | None) -> tuple[Message, ...]:
    """A summary as it is shown; nothing where there is none."""
    return (Message(SUMMER, f"What was said before, in sum:\n{summed.text}", "model"),) if summed else ()


def summarised(
    *,
    over: int,
    keep: int,
    first: int = 0,
    measure: Measure = one_each,
    prompt: Prompt | str = SUMMARY_SO_FAR,
    model: str = "",
    settings: Settings = DEFAULTS,
) -> Summarised:
    """A model's summary in place of the older messages, once there are more than ``over``; the last ``keep`` stay.

    ``first`` messages of all stay as well. ``measure`` counts tokens (``approximate_tokens``) instead of messages.
    The model is asked again only when ``over`` is reached again. A model that says nothing changes nothing.
    """
    asked = Prompt(prompt) if isinstance(prompt, str) else prompt
    if not asked.text.strip():
        raise ConfigError("a summary needs a prompt that says what to sum up; found an empty one")
    return Summarised(over, keep, first, measure, asked, model, settings)
