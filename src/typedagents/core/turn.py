"""A turn: the whole semantics of a conversation.

    why it ends (rule, limit, silence)  ->  who is next  ->  what it decides  ->  entries appended to the log

Where the selector names several at once, they decide side by side: a wave.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import GeneratorType

from attrs import frozen

from .ambient import Now
from .deciding import ASYNC, charged, consult, entries_of, is_async, named, not_a_decision, room, stopped
from .decision import Chosen, Decision, Pass, Reply, Stop
from .effect import E, EffectFailed, Enter, Failed, Steps, Tallied, Tally, Tell, proved
from .errors import PolicyError
from .limits import Unlimited
from .log import Added, Began, Entry, Handed, Log, Noted, Spent, Transcript
from .message import AgentName
from .stop import DecisionLimit, EffectFailure, RuleFired, Silence, StopReason
from .structure import each
from .team import Agent, Team
from .view import STANDING, SharedView, Standing, View


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


def why_it_ends(team: Team[E], log: Log, standing: Standing) -> StopReason | None:
    """Why there is no further turn after ``log``, or None. Rules come before limits, limits before silence."""
    if team.until(log):
        return RuleFired(str(team.until.holding(log)))
    limits, messages = team.limits, standing.messages
    if limits.max_decisions is not Unlimited and standing.turns >= limits.max_decisions:
        return DecisionLimit("max_decisions", limits.max_decisions, _alone(team, standing))
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
    """One decision of one agent, or of several at once: the whole semantics of a conversation."""
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
            log, speaker = yield from _selected(team, log)
        if isinstance(speaker, Stop):
            return Ended(log, stopped(me, speaker))
        if isinstance(speaker, tuple):
            return (yield from _wave(team, log, standing, speaker))
        agent = _member(team, speaker)
        me = agent.name
        log = log.append(Began(agent.name, (yield from Now()) if team.keeps_time else None))
        yield Tell(Added(log, 1))
        view = View(log, team.roster, team.name, agent.name)
        answer = agent.policy(view)
        decision = (yield from answer) if isinstance(answer, GeneratorType) else answer
    except EffectFailed as error:
        log = yield from charged(log, me, proved((yield Tally()), Tallied))
        return Ended(log, EffectFailure(me, error.failure))
    if not isinstance(decision, Reply | Pass | Stop):
        raise PolicyError(not_a_decision(agent.policy, view, decision))
    tallied = proved((yield Tally()), Tallied)
    entries = entries_of(decision, agent.name, team, tallied, room(team, standing))
    log = log.extend(entries)
    yield Tell(Added(log, len(entries)))
    stop = decision.ends if isinstance(decision, Reply) else decision
    return Ended(log, stopped(me, stop)) if isinstance(stop, Stop) else Ready(log)


def _alone(team: Team[E], standing: Standing) -> str:
    """Who went on answering itself, in a team of one."""
    return next(iter(team.agents)) if len(team.agents) == 1 and standing.turns > 1 else ""


NOBODY_NAMED = Stop("it named nobody to speak next")


def _selected(team: Team[E], log: Log) -> Steps[tuple[Log, object], E]:
    """Whom the selector names: one, several at once, or ``Stop``; and the log with what it noted and what it cost."""
    picked: object = team.select(SharedView(log, team.roster, team.name))
    if isinstance(picked, GeneratorType):
        picked = yield from picked
        log = yield from charged(log, "", proved((yield Tally()), Tallied))
    match picked:
        case Chosen(agent, note):
            log = log.append(Noted(AgentName(""), note))
            yield Tell(Added(log, 1))
            return log, agent
        case None | ():
            return log, NOBODY_NAMED
        case (alone,):
            return log, alone
        case _:
            return log, picked


def _member(team: Team[E], name: object) -> Agent[E]:
    agent = team.agents.get(AgentName(name)) if isinstance(name, str) else None
    if agent is None:
        selector = f"the selector {named(team.select)}"
        if is_async(name):
            raise PolicyError(f"{selector} is async; {ASYNC}")
        raise PolicyError(
            f"{selector} named {name!r:.60}, who is not in the team; it has: {', '.join(team.agents)}"
        )
    return agent


def _wave(
    team: Team[E], log: Log, standing: Standing, chosen: tuple[object, ...]
) -> Steps[Ready | Ended, E | Now]:
    """Those ``chosen`` decide at once, each shown ``log`` as it stands.

    The log is that of turns one after the other, in the order in which they were named. The first of them that stops or
    fails ends the conversation, after all have spoken; of those that hand on, the last does.
    """
    agents = [_member(team, name) for name in chosen]
    if len({agent.name for agent in agents}) < len(agents):
        twice = ", ".join(agent.name for agent in agents)
        raise PolicyError(f"the selector {named(team.select)} named somebody twice at once: {twice}")
    most = team.limits.max_decisions
    agents = agents if most is Unlimited else agents[: most - standing.turns]
    at = (yield from Now()) if team.keeps_time else None
    took = yield from each(
        [_beside(team, log, agent, at, standing.turns + i) for i, agent in enumerate(agents)]
    )
    yield Tally()  # each of them has told what it spent
    reason: StopReason | None = None
    handed: list[Entry] = []
    for agent, (decision, tallied) in zip(agents, took, strict=True):
        me = agent.name
        log = log.append(Began(me, at))
        if isinstance(decision, Failed):
            entries: Sequence[Entry] = [Spent(me, tallied.charges)] if tallied.charges else []
            reason = reason or EffectFailure(me, decision)
        else:
            entries = entries_of(decision, me, team, tallied, room(team, log.fold(STANDING)))
            stop = decision.ends if isinstance(decision, Reply) else decision
            reason = reason or (stopped(me, stop) if isinstance(stop, Stop) else None)
        handed += [entry for entry in entries if isinstance(entry, Handed)]
        entries = [entry for entry in entries if not isinstance(entry, Handed)]
        log = log.extend(entries)
        yield Tell(Added(log, len(entries)))
    log = log.extend(handed)
    yield Tell(Added(log, len(handed)))
    return Ready(log) if reason is None else Ended(log, reason)


def _beside(
    team: Team[E], log: Log, agent: Agent[E], at: float | None, number: int
) -> Steps[tuple[Decision | Failed, Tallied], E]:
    """What ``agent`` decides in a wave, or how it failed; and what that took."""
    yield Enter(f"t{number}.")
    shown = log.fork().append(Began(agent.name, at))
    yield Tell(Added(shown, 1))
    try:
        view = View(shown, team.roster, team.name, agent.name)
        decision: Decision | Failed = yield from consult(agent.policy, view)
    except EffectFailed as error:
        decision = error.failure
    return decision, proved((yield Tally()), Tallied)
