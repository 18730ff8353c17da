"""What a tool loop keeps within its turn: what was said so far, and how often which calls were made."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import define, evolve, field, frozen

from typedagents.core.context import Change
from typedagents.core.decision import Decision, Draft, Pass, Reply, Stop
from typedagents.core.limits import Limit, Unlimited
from typedagents.core.log import Changed, Log, Said, Transcript
from typedagents.core.message import AgentName, Message, Origin, agent_name
from typedagents.core.parts import Part, Text, ToolCall, ToolResult
from typedagents.core.view import View

from .pending import calls_in, not_made, unanswered
from .settling import Settled


@define
class Turn:
    """The drafts of a turn, and the log and the messages shown as they would be with them."""

    start: View
    log: Log = field(init=False)
    transcript: Transcript = field(init=False)
    drafts: list[Draft] = field(factory=list, init=False)
    changes: list[Change] = field(factory=list, init=False)
    notes: list[str] = field(factory=list, init=False)
    hand_to: AgentName | None = field(default=None, init=False)
    ends: Stop | None = field(default=None, init=False)
    goes_on: bool = field(default=True, init=False)

    def __attrs_post_init__(self) -> None:
        self.log = self.start.log
        self.transcript = self.start.transcript

    @property
    def view(self) -> View:
        """What the policy is shown now."""
        start = self.start
        return View(self.log, start.roster, start.conversation, start.me).showing(self.transcript)

    def say(self, reply: Reply) -> tuple[ToolCall, ...]:
        """Add what the policy said; the calls in it that wait."""
        self.notes.extend(reply.notes)
        self.hand_to, self.ends = reply.hand_to or self.hand_to, reply.ends
        self._set(reply.changes)
        calls: tuple[ToolCall, ...] = ()
        for draft in reply.drafts:
            calls = unanswered((*calls, *calls_in(draft.parts)), draft.parts)
            self.add(draft.parts, draft.origin or reply.origin)
        return calls

    def settle(self, came: Settled) -> None:
        """Add results, and what they come to."""
        self._set(came.changes)
        self.add(came.results, "tool")
        self.goes_on = came.goes_on
        self.ends = came.ends
        if came.hand_to is not None:
            self.hand_to = agent_name(came.hand_to)

    def _set(self, changes: Sequence[Change]) -> None:
        self.changes.extend(changes)
        for change in changes:
            self.log = self.log.append(Changed(self.start.me, change.variable, change.json))

    def add(self, parts: Sequence[Part], origin: Origin) -> None:
        """Add a message."""
        message = Message(self.start.me, parts, origin)
        self.drafts.append(Draft(message.parts, origin))
        self.log = self.log.append(Said(message))
        self.transcript = self.transcript.append(message)

    def reply(self) -> Reply:
        """All that was said."""
        to = self.hand_to if self.ends is None else None
        return Reply(self.drafts, "program", tuple(self.changes), to, tuple(self.notes), self.ends)

    def ended_by(self, decision: Pass | Stop) -> Decision:
        """The decision of the turn, where the policy says nothing more.

        What was said and done is not lost to a stop: it is said first.
        """
        if not self.drafts:
            return decision
        if isinstance(decision, Stop):
            self.ends = decision
        return self.reply()


@frozen
class _Round:
    """The calls of one message, and what they came to."""

    calls: tuple[tuple[str, str], ...] = ()
    came: tuple[object, ...] = ()


@define
class Rounds:
    """How many calls were made, and how often in a row the same ones came to the same."""

    max_calls: Limit
    max_repeats: Limit
    made: int = field(default=0, init=False)
    repeats: int = field(default=0, init=False)
    last: _Round = field(default=_Round(), init=False)
    full: bool = field(default=False, init=False)
    over: bool = field(default=False, init=False)
    """Calls were refused that the policy had been warned of: it is not asked again."""

    def admitted(self, calls: Sequence[ToolCall]) -> Sequence[ToolCall]:
        """The first of ``calls``, those that may be made."""
        self.over = self.full or (self._stuck and _asked(calls) == self.last.calls)
        if self.over or self.max_calls is Unlimited:
            return () if self.over else calls
        room = self.max_calls - self.made
        self.full = len(calls) > room
        return calls[:room]

    @property
    def _stuck(self) -> bool:
        return self.max_repeats is not Unlimited and self.repeats >= self.max_repeats

    def answered(self, calls: Sequence[ToolCall], results: Sequence[ToolResult]) -> tuple[ToolResult, ...]:
        """A result for each of ``calls``: those that were made have ``results``, the others are refused."""
        self.made += len(results)
        refused = [not_made(call, self._why) for call in calls[len(results) :]]
        now = _Round(_asked(calls), tuple((result.content, result.failed) for result in results))
        self.repeats = self.repeats + 1 if now == self.last else 1
        self.last = now
        if self._stuck and results:
            results = (*results[:-1], self._warned(results[-1]))
        return (*results, *refused)

    @property
    def _why(self) -> str:
        if self.full:
            return f"not made: no more than {self.max_calls} calls are allowed here; answer with what you know by now"
        return f"not made: it came to the same {self.repeats} times in a row"

    def _warned(self, result: ToolResult) -> ToolResult:
        note = (
            f"(The same call came to the same {self.repeats} times in a row. It is not made once more: go on with \
this result, try something else, or say what is in the way.)"
        )
        return evolve(result, content=(*result.content, Text(note)))


def _asked(calls: Sequence[ToolCall]) -> tuple[tuple[str, str], ...]:
    return tuple((call.name, call.arguments) for call in calls)
