"""Who speaks next, as a human chooses: by number or by name."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import field, frozen

from typedagents.core.decision import Choice, Stop
from typedagents.core.effect import Steps
from typedagents.core.errors import ConfigError
from typedagents.core.human import AskHuman, Left, Typed
from typedagents.core.message import AgentName, agent_name
from typedagents.core.view import Roster, SharedView
from typedagents.policies.diagrams.drawing import Drawing
from typedagents.policies.words import written

from .by_model import CHAIR
from .candidates import EVERYONE, Candidates
from .drawn import drawn
from .orders import following, next_in_order

SKIPS = ("", "q")
"""What a human types to leave it to the order; somebody of that name is chosen all the same."""


def _tries(given: int) -> int:
    if given < 1:
        raise ConfigError(f"a human is asked at least once; found tries={given}")
    return given


@frozen(repr=False)
class ByHuman:
    """See ``by_human``."""

    me: AgentName = field(default=CHAIR, converter=agent_name)
    among: Candidates = EVERYONE
    tries: int = field(default=2, converter=_tries)

    def __call__(self, view: SharedView, /) -> Steps[Choice, AskHuman]:
        names = self.among(view)
        if len(names) < 2:
            return self.among.only(view, names)
        question = asked = self._question(view, names)
        for _ in range(self.tries):
            answer = yield from AskHuman(question, self.me, view.transcript)
            if isinstance(answer, Left):  # the run is over by then; this is for who drives a selector by hand
                return Stop("the human left")
            text = answer.text.strip() if isinstance(answer, Typed) else ""
            chosen = _chosen(text, names)
            if chosen is not None:
                return self.among.settled(view, chosen)
            if text in SKIPS:
                return next_in_order(view, self.among)
            question = f"{text!r:.60} is no number from 1 to {len(names)} and none of the names.\n{asked}"
        times = "once" if self.tries == 1 else f"{self.tries} times"
        return next_in_order(
            view, self.among, f"the human was asked {times} and chose nobody; the next in order speaks"
        )

    def _question(self, view: SharedView, names: tuple[AgentName, ...]) -> str:
        lines = ["Who speaks next?"]
        for number, name in enumerate(names, 1):
            words = view.roster.descriptions[name]
            lines.append(f"{number}. {name}: {words}" if words else f"{number}. {name}")
        without = following(view.roster, view, names.__contains__)
        lines.append(f"A number or a name; without one {without} speaks:")
        return "\n".join(lines)

    def check_roster(self, roster: Roster, /) -> None:
        self.among.check_roster(roster)

    def drawing(self, names: Sequence[AgentName], /) -> Drawing:
        return drawn("a human chooses", self.among, names)

    def __repr__(self) -> str:
        return written("by_human", self)


def _chosen(text: str, names: tuple[AgentName, ...]) -> AgentName | None:
    """The one of ``names`` that ``text`` is, or stands at; a name that is a number is a name."""
    for name in names:
        if name == text:
            return name
    counts = text.isascii() and text.isdecimal() and len(text) < 10
    place = int(text) if counts else 0
    return names[place - 1] if 0 < place <= len(names) else None


def by_human(me: str = CHAIR, *, among: Candidates = EVERYONE, tries: int = 2) -> ByHuman:
    """The selector that asks whoever stands behind ``me``, ``tries`` times at most. One candidate is not asked about.

    A human who gives no answer, or types ``q``, leaves it to the order.
    """
    return ByHuman(agent_name(me), among, tries)
