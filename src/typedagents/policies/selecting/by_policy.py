"""Who speaks next, as a policy decides: whatever can answer in a conversation can choose in it."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Generic

from attrs import field, frozen

from typedagents.core.deciding import consult
from typedagents.core.decision import Choice, Reply, Stop
from typedagents.core.effect import E_co, Request
from typedagents.core.message import AgentName, agent_name, words_of
from typedagents.core.view import Policy, Roster, SharedView, View
from typedagents.policies.combinators import E
from typedagents.policies.diagrams.drawing import Drawing
from typedagents.policies.words import named

from .by_model import CHAIR
from .candidates import EVERYONE, Candidates
from .drawn import drawn
from .naming import answered
from .orders import next_in_order


@frozen(repr=False)
class ByPolicy(Generic[E_co]):
    """See ``by_policy``."""

    policy: Policy[E_co]
    among: Candidates = EVERYONE
    me: AgentName = field(default=CHAIR, converter=agent_name)

    @property
    def parts(self) -> tuple[Policy[E_co], ...]:
        return (self.policy,)

    def __call__(self, view: SharedView, /) -> Generator[Request[E_co], object, Choice]:
        names = self.among(view)
        if len(names) < 2:
            return self.among.only(view, names)
        own = View(view.log, view.roster, view.conversation, self.me).showing(view.transcript)
        decision = yield from consult(self.policy, own)
        if isinstance(decision, Stop):
            return decision
        found: tuple[AgentName, ...] = ()
        if isinstance(decision, Reply):
            words = "\n".join(words_of(draft.parts) for draft in decision.drafts)
            found = answered(words, names) if decision.hand_to is None else (decision.hand_to,)
        if len(found) == 1 and found[0] in names:
            return self.among.settled(view, found[0])
        return next_in_order(
            view,
            self.among,
            f"{self.me} did not name just one of {', '.join(names)}; the next in order speaks",
        )

    def check_roster(self, roster: Roster, /) -> None:
        self.among.check_roster(roster)

    def drawing(self, names: Sequence[AgentName], /) -> Drawing:
        return drawn(f"{self.me} chooses: {named(self.policy)}", self.among, names)

    def __repr__(self) -> str:
        among = "" if self.among == EVERYONE else f", among={self.among!r}"
        return (
            f"by_policy({named(self.policy)}{among})"
            if self.me == CHAIR
            else (f"by_policy({named(self.policy)}{among}, me={self.me!r})")
        )


def by_policy(policy: Policy[E], *, among: Candidates = EVERYONE, me: str = CHAIR) -> ByPolicy[E]:
    """The selector that goes by what ``policy`` decides as ``me``: by whom a reply hands to, or else names.

    ``Stop`` ends the conversation. Where it names none or several, the next in order speaks.
    """
    return ByPolicy(policy, among, agent_name(me))
