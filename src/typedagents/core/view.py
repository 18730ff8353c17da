"""What a policy is shown, and what policies and selectors are: functions of a view, that may yield effects."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from types import MappingProxyType
from typing import Protocol, Self, TypeAlias, assert_never

from attrs import evolve, field, frozen

from .chain import Fold
from .context import Context
from .decision import Choice, Decision, Stop
from .effect import E, E_co, Request
from .log import Began, Changed, Entry, Handed, Log, Noted, Opened, Passed, Said, Spent, Summed, Transcript
from .message import AgentName
from .wiring import Wiring


def _read_only(given: Mapping[AgentName, str]) -> Mapping[AgentName, str]:
    return MappingProxyType(dict(given))


def _each_wiring(given: Mapping[AgentName, Wiring]) -> Mapping[AgentName, Wiring]:
    return MappingProxyType(dict(given))


NOTHING_KNOWN: Mapping[AgentName, Wiring] = MappingProxyType({})


@frozen
class Roster:
    """Who takes part: names and descriptions, in order, and what is known of each one's tools."""

    descriptions: Mapping[AgentName, str] = field(converter=_read_only, hash=False)
    wiring: Mapping[AgentName, Wiring] = field(
        default=NOTHING_KNOWN, converter=_each_wiring, hash=False, repr=False
    )
    _after: Mapping[AgentName, AgentName] = field(init=False, eq=False, repr=False)

    def __attrs_post_init__(self) -> None:
        names = list(self.descriptions)
        object.__setattr__(self, "_after", dict(zip(names, names[1:] + names[:1], strict=True)))

    def after(self, name: AgentName) -> AgentName | None:
        """Who comes next in order, the first after the last; None for a stranger. O(1)."""
        return self._after.get(name)

    def __iter__(self) -> Iterator[AgentName]:
        return iter(self.descriptions)

    def __len__(self) -> int:
        return len(self.descriptions)

    def __contains__(self, name: str) -> bool:
        return name in self.descriptions


NOBODY: frozenset[AgentName] = frozenset()


@frozen
class Standing:
    """How a conversation stands, since it was opened: what the kernel goes by, as one fold of the log.

    ``turns`` began, the last of them ``floor``'s; ``messages`` were said, the last by ``speaker``, and ``passed``
    have had nothing to say since; the last decision handed to ``handed``.
    """

    turns: int = 0
    floor: AgentName | None = None
    messages: int = 0
    speaker: AgentName | None = None
    passed: frozenset[AgentName] = NOBODY
    handed: AgentName | None = None


START = Standing()


def _stand(at: Standing, entry: Entry) -> Standing:
    match entry:
        case Began():
            return Standing(at.turns + 1, entry.agent, at.messages, at.speaker, at.passed)
        case Said():
            return Standing(at.turns, at.floor, at.messages + 1, entry.message.sender, NOBODY, at.handed)
        case Spent() | Changed() | Noted() | Summed():
            return at
        case Passed():
            return Standing(at.turns, at.floor, at.messages, at.speaker, at.passed | {entry.agent}, at.handed)
        case Handed():
            return Standing(at.turns, at.floor, at.messages, at.speaker, at.passed, entry.to)
        case Opened():
            return START
        case _ as never:
            assert_never(never)


STANDING: Fold[Entry, Standing] = Fold(START, _stand)


def _forked(log: Log) -> Log:
    return log.fork()


@frozen
class SharedView:
    """What everyone may see: what selectors are shown. What is appended to it stays with whoever appends it."""

    log: Log = field(converter=_forked)
    """All that happened, as a fork: appending to it costs the conversation nothing."""
    roster: Roster
    conversation: str
    _shown: Transcript | None = field(default=None, kw_only=True)

    @property
    def transcript(self) -> Transcript:
        """The messages so far, or those that ``showing`` put in their place; as a fork likewise."""
        return (self.log.transcript if self._shown is None else self._shown).fork()

    def showing(self, transcript: Transcript) -> Self:
        """The same view with other messages: some cut, some summed up. The log stays whole, and rules go by it."""
        return evolve(self, shown=transcript)

    @property
    def context(self) -> Context:
        """The context variables."""
        return self.log.context

    @property
    def standing(self) -> Standing:
        """How the conversation stands."""
        return self.log.fold(STANDING)

    @property
    def turn(self) -> int:
        """The number, from nought, of the turn that is about to begin."""
        return self.standing.turns


@frozen
class NotesOf:
    """The step that gathers the notes of one agent."""

    agent: AgentName

    def __call__(self, so_far: tuple[str, ...], entry: Entry) -> tuple[str, ...]:
        return (*so_far, entry.note) if isinstance(entry, Noted) and entry.agent == self.agent else so_far


@frozen
class View(SharedView):
    """What the agent ``me`` is shown in its turn."""

    me: AgentName

    @property
    def turn(self) -> int:
        """The number of this turn in its conversation, from nought."""
        return self.standing.turns - 1

    @property
    def notes(self) -> tuple[str, ...]:
        """What this agent wrote down for itself."""
        start: tuple[str, ...] = ()
        return self.log.fold(Fold(start, NotesOf(self.me)))


class Policy(Protocol[E_co]):
    """A pure function from a view to a decision. To ask the world for something it yields effects on the way."""

    def __call__(self, view: View, /) -> Decision | Generator[Request[E_co], object, Decision]: ...


class Selector(Protocol[E_co]):
    """A pure function from a shared view to who speaks next; None ends the conversation, ``Stop`` says why as well.

    One that has a method ``check_roster(roster)`` is asked, when a team is built, whether it fits: it raises ``ConfigError``.
    """

    def __call__(self, view: SharedView, /) -> Choice | Generator[Request[E_co], object, Choice]: ...


class WaveSelector(Protocol[E_co]):
    """A pure function from a shared view to those who speak next, all at once; ``Stop`` ends the conversation.

    None of them is shown what the others say meanwhile. It stands in the log in the order in which they were named.
    """

    def __call__(
        self, view: SharedView, /
    ) -> tuple[str, ...] | Stop | Generator[Request[E_co], object, tuple[str, ...] | Stop]: ...


class Summary(Protocol[E_co]):
    """A pure function from the log of a conversation that is over to a text that sums it up. It may ask the world."""

    def __call__(self, log: Log, /) -> str | Generator[Request[E_co], object, str]: ...


Consulted: TypeAlias = Generator[Request[E], object, Decision]
