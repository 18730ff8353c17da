"""Policies that hand over: where a model has called a handoff, and where a condition holds before anybody is asked.

    Agent("triage", first_of(
        hands_to(to("vip_desk").when(TIER.equals("gold"))),                       # no model is asked
        with_handoffs(model_reply(), handoff("billing", "It is about money."), handoff("tech", "Something is broken.")),
    ))

A handoff that is called is answered in the same turn, so that each call has its result:

    the calls of a message          what becomes of them
    one handoff                     the floor goes where it lands
    several handoffs                ``several`` says which holds: the first, the last, or none
    handoffs and other calls        the handoffs are refused: who runs the others would not get the floor
    a handoff that ends all         the conversation ends, when the result of the call is said

In a tool loop handoffs are tools like others: ``tool_loop(model_reply(tools=all_of_them), all_of_them)``. There the
other calls are made as well, and the floor goes on when all have their results.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Generic, Never, Protocol, assert_never, overload, runtime_checkable

from attrs import evolve, field, frozen

from typedagents.core.deciding import consult
from typedagents.core.decision import Decision, Draft, Pass, Reply, Stop
from typedagents.core.effect import AnyEffect, E_co, Request
from typedagents.core.errors import ConfigError
from typedagents.core.message import agent_name
from typedagents.core.model import ToolSpec
from typedagents.core.parts import ToolResult
from typedagents.core.view import Policy, View
from typedagents.policies.calling.pending import not_made, waiting_in
from typedagents.policies.calling.settling import Several, changed, settled, several_of
from typedagents.policies.combinators import E1, E2, E
from typedagents.policies.words import named, written

from .handoff import Handoff
from .targets import Floor, Over, Target, Told, landed, noted


@runtime_checkable
class Tellable(Policy[E_co], Protocol[E_co]):
    """A policy that asks a model, and can tell it of more tools."""

    def telling(self, specs: Sequence[ToolSpec], /) -> Policy[E_co]: ...


def _prove_named_once(handoffs: tuple[Handoff[E], ...]) -> tuple[Handoff[E], ...]:
    names = [handoff.spec.name for handoff in handoffs]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice or not names:
        raise ConfigError(
            f"with_handoffs needs at least one handoff, each with a name of its own; found {', '.join(twice) + ' twice' if twice else 'none'}"
        )
    return handoffs


@frozen(repr=False)
class WithHandoffs(Generic[E_co]):
    """See the module's text, and ``with_handoffs``."""

    policy: Policy[E_co]
    handoffs: tuple[Handoff[E_co], ...] = field(converter=_prove_named_once)
    several: Several = field(default="last", converter=several_of)
    # Found out once: isinstance with a protocol takes a tenth of a turn.
    _tellable: Tellable[E_co] | None = field(init=False, eq=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "_tellable", self.policy if isinstance(self.policy, Tellable) else None)

    @property
    def parts(self) -> tuple[Policy[E_co] | Handoff[E_co], ...]:
        return (self.policy, *self.handoffs)

    def __call__(self, view: View, /) -> Generator[Request[E_co], object, Decision]:
        decision = yield from consult(self._told(view), view)
        if not isinstance(decision, Reply):
            return decision
        calls = waiting_in([part for draft in decision.drafts for part in draft.parts])
        by_name = {handoff.spec.name: handoff for handoff in self.handoffs}
        mine = [call for call in calls if call.name in by_name]
        if not mine:
            return decision
        if len(mine) < len(calls):
            others = ", ".join(call.name for call in calls if call.name not in by_name)
            results = [not_made(call, _ALONE.format(others=others)) for call in mine]
        else:
            now = changed(view, decision.changes)
            results = []
            for call in mine:
                results.append((yield from by_name[call.name].answer(call, now)))
        return _handed(decision, results, view, self.several)

    def _told(self, view: View) -> Policy[E_co]:
        """The policy, whose model is told of the handoffs that can be called now."""
        if self._tellable is None:
            return self.policy
        log = view.log
        return self._tellable.telling([handoff.spec for handoff in self.handoffs if handoff.open(log)])

    def __repr__(self) -> str:
        several = [] if self.several == "last" else [f"several={self.several!r}"]
        return f"with_handoffs({', '.join([named(self.policy), *map(repr, self.handoffs), *several])})"


_ALONE = "Not made: {others} was called as well, and is not answered yet. Call this again, alone, when it is."


def _handed(reply: Reply, results: Sequence[ToolResult], view: View, several: Several) -> Reply:
    """``reply`` with the results of its handoffs. Where none hands over, the agent keeps the floor and is asked again."""
    came = settled(results, several)
    to = None if came.ends is not None else agent_name(came.hand_to or reply.hand_to or view.me)
    drafts = [*[evolve(draft, origin=draft.origin or reply.origin) for draft in reply.drafts]]
    drafts.append(Draft(came.results, "tool"))
    return evolve(reply, drafts=drafts, changes=(*reply.changes, *came.changes), hand_to=to, ends=came.ends)


@overload
def with_handoffs(
    policy: Policy[Never], *handoffs: Handoff[E2], several: Several = ...
) -> WithHandoffs[E2]: ...
@overload
def with_handoffs(
    policy: Policy[E1], *handoffs: Handoff[E2], several: Several = ...
) -> WithHandoffs[E1 | E2]: ...
def with_handoffs(
    policy: Policy[AnyEffect], *handoffs: Handoff[AnyEffect], several: Several = "last"
) -> WithHandoffs[AnyEffect]:
    """``policy``, which may hand over by calling one of ``handoffs``; ``model_reply`` is told of those possible now.

    ``several``: which holds, where one message calls handoffs to different agents.
    """
    return WithHandoffs(policy, handoffs, several)


# --- by condition -----------------------------------------------------------------------------------------------

HANDING = "[Handing off to {agent}]"


@frozen(repr=False)
class HandsTo(Generic[E_co]):
    """See ``hands_to``."""

    target: Target[E_co]
    message: str = HANDING

    @property
    def parts(self) -> tuple[Target[E_co], ...]:
        return (self.target,)

    def __call__(self, view: View, /) -> Generator[Request[E_co], object, Decision]:
        landing = yield from landed(self.target, view)
        match landing:
            case None:
                return Pass()
            case Floor(agent):
                return Reply(self.message.replace("{agent}", agent), hand_to=agent, notes=noted(landing))
            case Over(reason):
                return Stop(reason)
            case Told(text):
                return Reply(text, hand_to=view.me)
            case _ as never:
                assert_never(never)

    def __repr__(self) -> str:
        return written("hands_to", self, self.target)


def hands_to(target: Target[E], message: str = HANDING) -> HandsTo[E]:
    """The policy that hands over where ``target`` applies, with these words (empty: none), and passes elsewhere.

    Put before others by ``first_of`` it decides before any model is asked.
    """
    return HandsTo(target, message)
