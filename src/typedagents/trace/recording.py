"""A trace that was read: what it knows of each path, and where a run that follows it would part from it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from attrs import define, field
from msgspec import MsgspecError
from msgspec.json import decode

from typedagents.core.effect import AnyEffect, Failed, Outcome, Path, proved
from typedagents.core.errors import Divergence, TraceError
from typedagents.core.log import Entry, Log, Said, Transcript
from typedagents.core.machine import Open
from typedagents.core.message import Message
from typedagents.core.stop import StopReason

from .codec import plain, plain_effect, read, read_entries, read_entry, read_reason
from .difference import differences
from .effects import opened_up
from .identity import signature
from .lines import (
    Again,
    AnyLine,
    Begun,
    Done,
    End,
    EntryLine,
    FailedLine,
    Header,
    MessageLine,
    Partial,
    Refused,
    Resumed,
    Shared,
    Withheld,
    Won,
    parsed,
)
from .outcomes import read_value

CAUSES = (
    "the team, a prompt or a setting changed since the recording, or a policy is not a pure function of its view "
    "(it reads the clock, dice, a file or a global)"
)


def unknown(kind: str) -> Failed:
    """What the policy is told of an effect that was begun, must not be repeated, and has no result."""
    return Failed("unknown", f"{kind} was begun before a crash, and whether it happened is not known")


@contextmanager
def _sound(what: str) -> Iterator[None]:
    """Whatever cannot be read in here is damaged."""
    try:
        yield
    except (TraceError, TypeError, ValueError, KeyError, MsgspecError) as error:
        raise TraceError(f"{what} cannot be read: {error}; the file is damaged there") from error


@define
class Recording:
    """The lines of a trace by what they are about; every lookup is O(1)."""

    header: Header
    begun: dict[Path, Begun] = field(factory=dict)
    outcomes: dict[Path, Done | FailedLine] = field(factory=dict)
    order: dict[Path, int] = field(factory=dict)
    refused: dict[Path, Refused] = field(factory=dict)
    winners: dict[str, str] = field(factory=dict)
    entries: dict[Path, list[EntryLine]] = field(factory=dict)
    messages: dict[str, MessageLine | Again] = field(factory=dict)
    shared: dict[str, Shared] = field(factory=dict)
    partials: list[Partial] = field(factory=list)
    resumptions: int = 0
    end: End | None = None

    @classmethod
    def load(cls, data: Iterable[bytes]) -> Recording:
        """Read a trace; ``TraceError`` names the damaged line and the reason."""
        lines = parsed(data)
        recording = cls(proved(next(lines), Header))
        for line in lines:
            recording._of_an_effect(line)
            recording._of_the_run(line)
        return recording

    def _of_an_effect(self, line: AnyLine) -> None:
        match line:
            case Begun(path=path):
                self.begun[path] = line
            case Done(path=path) | FailedLine(path=path):
                self.outcomes[path] = line
                self.order.setdefault(path, len(self.order))
            case Refused(path=path):
                self.refused[path] = line
            case Withheld(path=path):
                self.begun.pop(path, None)
            case Won(race=race, label=label):
                self.winners[race] = label
            case _:  # see ``_of_the_run``
                pass

    def _of_the_run(self, line: AnyLine) -> None:
        match line:
            case EntryLine(path=path):
                self.entries.setdefault(path, []).append(line)
            case MessageLine(head=head) | Again(head=head):
                self.messages[head] = line
            case Shared(digest=digest):
                self.shared[digest] = line
            case Partial():
                self.partials.append(line)
            case Resumed():
                self.resumptions += 1
            case End():
                self.end = line
            case _:  # see ``_of_an_effect``
                pass

    # --- what it holds ------------------------------------------------------------------------------------------

    def opening(self) -> Log:
        """The log the run began with."""
        with _sound("line 1: the opening"):
            return Log(read_entries(decode(self.header.opening)))

    def reason(self) -> StopReason | None:
        """Why the run ended; None where it did not."""
        with _sound("the end"):
            return None if self.end is None else read_reason(decode(self.end.reason))

    def message(self, head: str) -> Message:
        """The message whose chain has this digest."""
        line = self.messages.get(head)
        if isinstance(line, Again):
            line = self.messages.get(line.of)
        if not isinstance(line, MessageLine):
            raise TraceError(f"message {head} is not in the trace; the file is damaged")
        with _sound(f"the message {head}"):
            return read(decode(line.message), Message)

    def transcript(self, head: str, length: int, /) -> Transcript:
        """The conversation that ends with the link ``head``; as a ``Shelf``."""
        heads: list[str] = []
        while len(heads) < length:
            heads.append(head)
            self.message(head)
            head = self.messages[head].before
        return Transcript(self.message(here) for here in reversed(heads))

    def value(self, digest: str, /) -> object:
        """A shared value as JSON-like data; as a ``Shelf``."""
        if digest not in self.shared:
            raise TraceError(f"the shared value {digest} is not in the trace; the file is damaged")
        with _sound(f"the shared value {digest}"):
            found: object = decode(self.shared[digest].value)
            return found

    def entry(self, line: EntryLine) -> Entry:
        """An entry of the log, its message put back."""
        with _sound(f"an entry at {line.path}"):
            found = decode(line.entry)
            if isinstance(found, dict) and found.get("entry") == "said":
                return Said(self.message(proved(found["message"], str)))
            return read_entry(found)

    # --- what became of an effect -------------------------------------------------------------------------------

    def outcome(self, one: Open[AnyEffect]) -> Outcome | StopReason | None:
        """The recorded outcome of this effect, or why the run ended before it; None: to be performed.

        Raises ``Divergence`` where the trace holds another effect at this path.
        """
        refused = self.refused.get(one.path)
        if refused is not None:
            with _sound(f"the refusal at {one.path}"):
                return read_reason(decode(refused.reason))
        then = self.begun.get(one.path)
        if then is None:
            return None
        kind, digest = signature(one.effect)
        if (kind, digest) != (then.kind, then.digest):
            raise Divergence(self._parting(one, then))
        line = self.outcomes.get(one.path)
        if line is None:
            return None
        with _sound(f"the outcome of {then.kind} at {one.path}"):
            if isinstance(line, FailedLine):
                return read(decode(line.failure), Failed)
            return read_value(one.effect, line.result)

    def lost(self, one: Open[AnyEffect]) -> Failed | None:
        """What to tell of an effect that was begun before a crash and must never be repeated; None for all others."""
        then = self.begun.get(one.path)
        if then is None or then.repeat != "at_most_once" or one.path in self.outcomes:
            return None
        return unknown(then.kind)

    def _parting(self, one: Open[AnyEffect], then: Begun) -> str:
        """The text of a divergence: the agent, the place, and every field that differs."""
        who = f" of {then.agent!r}" if then.agent else ""
        where = f"at {one.path}, in a turn{who}"
        if one.effect.kind != then.kind:
            return f"{where}: the trace holds {then.kind}, the run now asks for {one.effect.kind}; {CAUSES}"
        fields, shared = plain_effect(one.effect)
        now = {name: plain(value) for name, value in fields.items()}
        with _sound(f"{then.kind} at {one.path}"):
            old = decode(then.effect, type=dict[str, object])
        for name in now.keys() & old.keys():
            old[name], now[name] = self._opened_up(
                old[name], now[name], {d: plain(v) for d, v in shared.items()}
            )
        found = list(differences(old, now))
        if "transcript" in old and old.get("transcript") != now.get("transcript"):
            found.extend(self._first_other_message(one.effect, old["transcript"]))
        return f"{where}: {then.kind} differs from the trace:\n  " + "\n  ".join(found) + f"\n  ({CAUSES})"

    def _opened_up(self, then: object, now: object, current: dict[str, object]) -> tuple[object, object]:
        """Both sides with values by digest put back in full, so that their fields can be compared."""

        def recorded(digest: str) -> object:
            return self.value(digest) if digest in self.shared else {"digest": digest}

        return opened_up(then, recorded), opened_up(
            now, lambda digest: current.get(digest, {"digest": digest})
        )

    def _first_other_message(self, effect: AnyEffect, then: object) -> list[str]:
        """Which message of the conversation is the first to differ."""
        transcript = getattr(effect, "transcript", None)
        if transcript is None or not isinstance(then, dict):
            return []
        heads: dict[str, None] = {}
        head = str(then.get("head", ""))
        while head in self.messages and head not in heads:
            heads[head] = None
            head = self.messages[head].before
        old = [self.message(head) for head in reversed(heads)]
        for i, (before, after) in enumerate(zip(old, transcript, strict=False)):
            if before != after:
                return list(differences(plain(before), plain(after), f"message {i}"))
        return []

    def check_entry(self, path: Path, place: int, entry: Entry) -> bool:
        """Whether the trace holds this entry at this place (False: nothing yet); ``Divergence`` where another one."""
        lines = self.entries.get(path, ())
        if place >= len(lines):
            return False
        then = self.entry(lines[place])
        if then != entry:
            found = "\n  ".join(differences(plain(then), plain(entry)))
            raise Divergence(f"at {path}: the log differs from the trace:\n  {found}\n  ({CAUSES})")
        return True
