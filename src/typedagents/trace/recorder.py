"""Writes a run down, line by line, into a function that takes bytes. What the trace already holds is not written again."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from operator import is_

from attrs import define, field
from msgspec import Raw

from typedagents.core.effect import AnyEffect, E, Ok, Outcome, Path
from typedagents.core.log import Log, Said, Transcript
from typedagents.core.machine import Open
from typedagents.core.stop import StopReason
from typedagents.core.team import Team
from typedagents.core.turn import Ended

from .codec import canonical, digest_of, encode, plain_effect, short
from .lines import (
    FORMAT,
    Again,
    Begun,
    Done,
    End,
    EntryLine,
    FailedLine,
    Header,
    Line,
    MessageLine,
    Partial,
    Refused,
    Resumed,
    Shared,
    Withheld,
    Won,
    written,
)
from .media import Keeps, set_aside
from .outcomes import bounded
from .recording import Recording


def raw(value: object) -> Raw:
    """``value`` as JSON that stands in a line as it is."""
    return Raw(encode(value))


@define
class Recorder:
    """``write`` is given whole lines; ``clock`` the time that lines carry for readers (never used on replay)."""

    write: Callable[[bytes], object]
    clock: Callable[[], float]
    known_messages: set[str] = field(factory=set)
    known_shared: set[str] = field(factory=set)
    first_links: dict[str, str] = field(factory=dict)
    """The link under which each message is written, by its digest: a conversation that is cut anew repeats them."""
    store: Keeps | None = None
    """Where large media are set aside."""

    @classmethod
    def onto(
        cls, recording: Recording, write: Callable[[bytes], object], clock: Callable[[], float]
    ) -> Recorder:
        """A recorder that goes on where ``recording`` stops."""
        first = {
            digest_of(bytes(line.message)): head
            for head, line in recording.messages.items()
            if isinstance(line, MessageLine)
        }
        recorder = cls(write, clock, set(recording.messages), set(recording.shared), first)
        recorder._line(Resumed(clock()))
        return recorder

    @classmethod
    def after(
        cls, logs: Iterable[Log], write: Callable[[bytes], object], clock: Callable[[], float]
    ) -> Recorder:
        """A recorder for a run that goes on from a snapshot with these ``logs``, whose messages are written."""
        recorder = cls(lambda line: None, clock)
        for log in logs:
            recorder.messages(log.transcript)
        recorder.write = write
        return recorder

    def _line(self, line: Line) -> None:
        self.write(written(line))

    def kept_apart(self, opening: Log) -> Log:
        """``opening`` with its large media set aside; as it is where there are none, or nobody keeps them."""
        if self.store is None:
            return opening
        keep = self.store.keep
        entries = [set_aside(entry, keep) for entry in opening]
        return opening if all(map(is_, entries, opening)) else Log(entries)

    def header(self, library: str, run: str, team: Team[E], opening: Log) -> None:
        """The first line: all that is needed to run the team again."""
        agents, began = tuple(team.agents), self.clock()
        self._line(Header(FORMAT, library, run, team.name, agents, raw(list(opening)), began, team.version))

    def begun(self, one: Open[AnyEffect], agent: str) -> None:
        """This effect is about to start; first, all that it refers to."""
        effect = one.effect
        values, shared = plain_effect(effect)
        for digest, value in shared.items():
            if digest not in self.known_shared:
                self.known_shared.add(digest)
                self._line(Shared(digest, type(value).__name__, raw(value)))
        for referred in values.values():
            if isinstance(referred, Transcript):
                self.messages(referred)
        digest = digest_of(canonical([effect.kind, values]))
        self._line(
            Begun(one.path, effect.kind, digest, effect.repetition(), raw(values), agent, self.clock())
        )

    def messages(self, transcript: Transcript) -> None:
        """What the trace lacks of this conversation; O(what it lacks)."""
        length = len(transcript)
        lacking: list[Transcript] = []
        while length:
            here = transcript.prefix(length)
            if short(here.head) in self.known_messages:
                break
            lacking.append(here)
            length -= 1
        for here in reversed(lacking):
            head, before = short(here.head), short(here.prefix(len(here) - 1).head)
            self.known_messages.add(head)
            message = raw(here[-1])
            first = self.first_links.setdefault(digest_of(bytes(message)), head)
            self._line(MessageLine(head, before, message) if first == head else Again(head, before, first))

    def entry(self, path: Path, log: Log) -> None:
        """The last entry of ``log``, which has just been added to it."""
        entry = log[-1]
        if isinstance(entry, Said):
            transcript = log.transcript
            self.messages(transcript)
            self._line(EntryLine(path, raw({"entry": "said", "message": short(transcript.head)})))
        else:
            self._line(EntryLine(path, raw(entry)))

    def outcome(self, path: Path, outcome: Outcome) -> Outcome:
        """What became of an effect, as it is kept: a result that is too large is a failure."""
        kept, value = bounded(outcome, self.store)
        line = Done if isinstance(kept, Ok) else FailedLine
        self._line(line(path, value, self.clock()))
        return kept

    def won(self, race: str, label: str) -> None:
        self._line(Won(race, label))

    def withheld(self, path: Path) -> None:
        """The effect at this path did not start after all."""
        self._line(Withheld(path))

    def refused(self, path: Path, reason: StopReason) -> None:
        self._line(Refused(path, raw(reason)))

    def partial(self, path: Path, agent: str, text: str) -> None:
        self._line(Partial(path, agent, text))

    def end(self, ended: Ended) -> None:
        """Why the run ended, and the digest of its log."""
        self._line(End(raw(ended.reason), short(ended.log.head), len(ended.log), self.clock()))
