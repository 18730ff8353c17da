"""The kernel: what happens in a turn. ``turn`` is the whole semantics; ``play`` repeats it; ``converse`` nests it.

    why it ends (rule, limit, silence)  ->  who is next  ->  what it decides  ->  entries appended to the log

A conversation under way is a ``Ready``: a log between two turns. A finished one is an ``Ended``. Nothing else exists.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import GeneratorType
from typing import Never

from attrs import frozen

from .ambient import Now
from .decision import Decision, Draft, Pass, Reply, Stop
from .effect import E, EffectFailed, Enter, Recall, Remember, Steps, Tallied, Tally, Tell, proved
from .errors import PolicyError
from .limits import Unlimited
from .log import (
    Added,
    Began,
    Changed,
    Entry,
    Handed,
    Log,
    Noted,
    Opened,
    Passed,
    Said,
    Spent,
    Summed,
    Transcript,
)
from .message import AgentName, Content, Message, Origin
from .stop import DecisionLimit, EffectFailure, PolicyStopped, RuleFired, Silence, StopReason
from .structure import scoped
from .team import Agent, Team
from .view import STANDING, Policy, SharedView, Standing, Summary, View


@frozen
class Ready:
    """Between two turns: all there is to know is in the log."""

    log: Log


@frozen
class Ended:
    """A conversation that is over, and why."""

    log: Log
    reason: StopReason

    @property
    def transcript(self) -> Transcript:
        return self.log.transcript


# --- opening ----------------------------------------------------------------------------------------------------


def opened(team: Team[E], said: Content | Message | Log | Transcript | None = None) -> Ready:
    """``team`` about to begin: with an opening message, or going on from an earlier conversation.

    Nothing is said where the team's limits allow no message.
    """
    log = Log()
    opening: list[Message] = []
    if said is None:
        said = team.opening
    match said:
        case Log():
            log = said.detached()
        case Transcript():
            opening.extend(said)
        case Message():
            opening.append(said)
        case None:
            pass
        case _:
            opening.append(Message(team.opener or next(iter(team.agents)), said))
    log = log.append(Opened(team.name))
    most = team.limits.most_messages
    for message in opening if most is None else opening[:most]:
        log = log.append(Said(message))
    return Ready(log)


# --- a turn -----------------------------------------------------------------------------------------------------


def why_it_ends(team: Team[E], log: Log, standing: Standing) -> StopReason | None:
    """Why there is no further turn after ``log``, or None. Rules come before limits, limits before silence."""
    if team.until(log):
        return RuleFired(str(team.until))
    limits, messages = team.limits, standing.messages
    if limits.max_decisions is not Unlimited and standing.turns >= limits.max_decisions:
        return DecisionLimit("max_decisions", limits.max_decisions)
    if limits.max_messages is not Unlimited and messages >= limits.max_messages:
        return DecisionLimit("max_messages", limits.max_messages)
    if limits.max_turns is not Unlimited and messages >= 2 * limits.max_turns:
        return DecisionLimit("max_turns", limits.max_turns)
    if standing.passed and len(standing.passed | ({standing.speaker} & team.agents.keys())) >= len(
        team.agents
    ):
        return Silence()
    return None


def turn(team: Team[E], at: Ready) -> Steps[Ready | Ended, E | Now]:
    """One decision of one agent: the whole semantics of a conversation."""
    log = at.log
    standing = log.fold(STANDING)
    reason = why_it_ends(team, log, standing)
    if reason is not None:
        return Ended(log, reason)
    yield Enter(f"t{standing.turns}.")
    speaker: object = standing.handed
    me = ""
    try:
        if speaker is None:
            picked = team.select(SharedView(log, team.roster, team.name))
            if isinstance(picked, GeneratorType):
                speaker = yield from picked
                log = yield from _charged(log, me, proved((yield Tally()), Tallied))
            else:
                speaker = picked
        if speaker is None:
            return Ended(log, PolicyStopped(me, "it named nobody to speak next"))
        agent = _member(team, speaker)
        me = agent.name
        log = log.append(Began(agent.name, (yield from Now()) if team.keeps_time else None))
        yield Tell(Added(log, 1))
        view = View(log, team.roster, team.name, agent.name)
        answer = agent.policy(view)
        decision = (yield from answer) if isinstance(answer, GeneratorType) else answer
    except EffectFailed as error:
        log = yield from _charged(log, me, proved((yield Tally()), Tallied))
        return Ended(log, EffectFailure(me, error.failure))
    if not isinstance(decision, Reply | Pass | Stop):
        raise PolicyError(_not_a_decision(agent.policy, view, decision))
    tallied = proved((yield Tally()), Tallied)
    entries = entries_of(decision, agent.name, team, tallied, _room(team, standing))
    log = log.extend(entries)
    yield Tell(Added(log, len(entries)))
    if isinstance(decision, Stop):
        why = decision.reason
        return Ended(log, PolicyStopped(me, why) if isinstance(why, str) else why)
    return Ready(log)


def _member(team: Team[E], name: object) -> Agent[E]:
    agent = team.agents.get(AgentName(name)) if isinstance(name, str) else None
    if agent is None:
        selector = f"the selector {_named(team.select)}"
        if is_async(name):
            raise PolicyError(f"{selector} is async; {ASYNC}")
        raise PolicyError(
            f"{selector} named {name!r:.60}, who is not in the team; it has: {', '.join(team.agents)}"
        )
    return agent


def _named(function: object) -> str:
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


def _charged(log: Log, agent: str, tallied: Tallied) -> Steps[Log, Never]:
    """``log`` with what was spent, told."""
    if tallied.charges:
        log = log.append(Spent(agent, tallied.charges))
        yield Tell(Added(log, 1))
    return log


def consult(policy: Policy[E], view: View) -> Steps[Decision, E]:
    """What ``policy`` decides, whether it is a plain function or asks for effects on the way."""
    answer = policy(view)
    decision = (yield from answer) if isinstance(answer, GeneratorType) else answer
    if isinstance(decision, Reply | Pass | Stop):
        return decision
    raise PolicyError(_not_a_decision(policy, view, decision))


def _not_a_decision(policy: object, view: View, found: object) -> str:
    name = _named(policy)
    if is_async(found):
        return f"the policy {name} of {view.me!r} is async; {ASYNC}"
    if isinstance(found, str):
        return f"the policy {name} of {view.me!r} returned the text {found!r:.60}; return Reply({found!r:.30}) instead"
    return f"the policy {name} of {view.me!r} must return Reply, Pass or Stop; it returned {found!r:.60}"


def _room(team: Team[E], standing: Standing) -> int | None:
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


# --- a conversation ---------------------------------------------------------------------------------------------


def play(team: Team[E], opening: Ready | Ended) -> Steps[Ended, E | Now]:
    """The whole conversation as one program: what a driver runs, and what ``converse`` nests."""
    saved = yield Recall(opening)
    now: Ready | Ended = saved if isinstance(saved, Ended) else proved(saved, Ready)
    while isinstance(now, Ready):
        now = yield from turn(team, now)
        yield Remember(now)
    if team.summary is not None and now.log.summed is None:
        now = yield from _summed_up(team.summary, now)
        yield Remember(now)
    return now


def _summed_up(summary: Summary[E], at: Ended) -> Steps[Ended, E]:
    """``at`` with what it came to. A summary that fails changes nothing of how the conversation ended."""
    yield Enter("s.")
    try:
        answer = summary(at.log)
        text: object = (yield from answer) if isinstance(answer, GeneratorType) else answer
    except EffectFailed as error:
        summed = Summed("", f"{error.failure.kind}: {error.failure.text}")
    else:
        if not isinstance(text, str):
            found = (
                f"is async; {ASYNC}" if is_async(text) else f"must return a text; it returned {text!r:.60}"
            )
            raise PolicyError(f"the summary {_named(summary)} {found}")
        summed = Summed(text)
    log = at.log.append(summed)
    yield Tell(Added(log, 1))
    return Ended((yield from _charged(log, "", proved((yield Tally()), Tallied))), at.reason)


def converse(
    team: Team[E], said: Content | Message | Log | Transcript | None = None
) -> Steps[Ended, E | Now]:
    """Hold a conversation of another team here, and return how it ended. It has limits of its own, within ours."""
    return (yield from scoped("c", play(team, opened(team, said)), bounds=team.limits.bounds))
