"""What a policy decides, and what that adds to the log."""

from __future__ import annotations

from collections.abc import Sequence
from types import GeneratorType
from typing import Never

from .decision import Decision, Draft, Pass, Reply, Stop
from .effect import E, Steps, Tallied, Tell
from .errors import PolicyError
from .log import Added, Changed, Entry, Handed, Log, Noted, Passed, Said, Spent
from .message import AgentName, Message, Origin
from .stop import PolicyStopped, StopReason
from .team import Team
from .view import Policy, Standing, View


def consult(policy: Policy[E], view: View) -> Steps[Decision, E]:
    """What ``policy`` decides, whether it is a plain function or asks for effects on the way."""
    answer = policy(view)
    decision = (yield from answer) if isinstance(answer, GeneratorType) else answer
    if isinstance(decision, Reply | Pass | Stop):
        return decision
    raise PolicyError(not_a_decision(policy, view, decision))


def not_a_decision(policy: object, view: View, found: object) -> str:
    """What is wrong with ``found``, which ``policy`` decided, and how to mend it."""
    name = named(policy)
    if is_async(found):
        return f"the policy {name} of {view.me!r} is async; {ASYNC}"
    if isinstance(found, str):
        return f"the policy {name} of {view.me!r} returned the text {found!r:.60}; return Reply({found!r:.30}) instead"
    return f"the policy {name} of {view.me!r} must return Reply, Pass or Stop; it returned {found!r:.60}"


def named(function: object) -> str:
    """A policy or selector as errors name it."""
    return getattr(function, "__qualname__", None) or repr(function)[:60]


ASYNC = (
    "policies and selectors are pure: write it as a plain function and ask for effects with 'yield from'; "
    "what must be awaited belongs in a handler"
)


def is_async(answer: object) -> bool:
    """Whether this is what an ``async def`` returns; it is closed, so that Python does not warn of it as well."""
    close = getattr(answer, "close", None)
    if not hasattr(answer, "__await__") or not callable(close):
        return False
    close()
    return True


def stopped(me: str, stop: Stop) -> StopReason:
    """Why a conversation ended that ``me`` stopped; nobody's name is the selector's."""
    return PolicyStopped(me, stop.reason) if isinstance(stop.reason, str) else stop.reason


def charged(log: Log, agent: str, tallied: Tallied) -> Steps[Log, Never]:
    """``log`` with what was spent, told."""
    if tallied.charges:
        log = log.append(Spent(agent, tallied.charges))
        yield Tell(Added(log, 1))
    return log


def room(team: Team[E], standing: Standing) -> int | None:
    """How many messages the limits of ``team`` still allow; None: any number."""
    most = team.limits.most_messages
    return None if most is None else max(0, most - standing.messages)


def entries_of(
    decision: Decision, me: AgentName, team: Team[E], tallied: Tallied, room: int | None = None
) -> Sequence[Entry]:
    """What a decision adds to the log, its cost last. ``room``: how many messages the limits still allow."""
    entries: list[Entry] = []
    if isinstance(decision, Reply):
        entries += [Changed(me, change.variable, change.json) for change in decision.changes]
        entries += [Noted(me, note) for note in decision.notes]
        entries += [Said(_message(me, draft, decision.origin, tallied)) for draft in decision.drafts[:room]]
    if isinstance(decision, Pass) or (isinstance(decision, Reply) and not decision.drafts):
        entries.append(Passed(me))
    if isinstance(decision, Reply) and decision.hand_to is not None:
        if decision.hand_to not in team.roster:
            raise PolicyError(
                f"{me!r} handed to {decision.hand_to!r}, who is not in the team; it has: {', '.join(team.agents)}"
            )
        entries.append(Handed(me, decision.hand_to))
    if tallied.charges:
        entries.append(Spent(me, tallied.charges))
    return entries


def _message(me: AgentName, draft: Draft, origin: Origin, tallied: Tallied) -> Message:
    message = Message(me, draft.parts, draft.origin or origin)
    if message.origin == "human" and not tallied.effects.get("AskHuman"):
        raise PolicyError(
            f"the policy of {me!r} says its reply comes from a human, but asked none in this turn; "
            "only a policy that asks (AskHuman) may set origin='human'"
        )
    return message
