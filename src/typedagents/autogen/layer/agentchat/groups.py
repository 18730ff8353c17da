"""Group chats as teams of their members, whom a manager has speak, and what they leave behind.

Whoever begins a group chat opens it; one who is not in the group does that and no more. Each member talks with the manager:
what anybody says is in the history that each of them has with it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import takewhile
from typing import TYPE_CHECKING

from attrs import evolve, field, frozen

from typedagents.autogen.layer.console.printing import Line
from typedagents.autogen.layer.messages import TerminalMessage, answer_of, normalized, terminal_view
from typedagents.autogen.layer.slips import warn_of_one_sided
from typedagents.core.context import Change
from typedagents.core.deciding import consult
from typedagents.core.decision import Chosen, Pass, Reply, Stop
from typedagents.core.effect import Tell
from typedagents.core.json_text import json_text
from typedagents.core.log import Began, Log, Transcript
from typedagents.core.message import AgentName, Message, agent_name
from typedagents.core.parts import Text
from typedagents.core.rule import Rule
from typedagents.core.team import Agent, Team, group, group_of
from typedagents.core.view import STANDING, Policy, Roster, SharedView, View

from .calling import LayerEffect
from .chats import UNLIMITED, Chat, Opening, SummarySteps, log_of, opening_of, summary_of, team_with
from .nesting import Holding, Queued
from .policies import ClassicAgent, Steps, said
from .registering import group_of_entry
from .remembering import CLEARED, going_on, remembered
from .running import Running, Stands
from .selecting import SELECTOR, Selecting, selecting

if TYPE_CHECKING:
    from typedagents.autogen.agentchat.conversable_agent import ConversableAgent
    from typedagents.autogen.agentchat.groupchat import GroupChat

    from .compiling import Compiler


@frozen
class EndsGroup(Rule):
    """Whether what was said last ends the chat for its manager."""

    manager: AgentName
    holds: Callable[[TerminalMessage], object] = field(eq=False)

    def __call__(self, log: Log, /) -> bool:
        last = log.transcript.last if log.fold(STANDING).messages else None
        return last is not None and bool(self.holds(terminal_view(last, self.manager)))

    def __str__(self) -> str:
        return f"is_termination_msg of {self.manager} holds"


def group_team(
    running: Running, chat: Chat, groupchat: GroupChat, opens: Policy[LayerEffect] | None = None
) -> tuple[Team[LayerEffect], Log | None]:
    """The members of a group as a team, whose manager is asked by ``chat``, and the log that it goes on from."""
    from .compiling import Compiler

    manager, starter = chat.recipient, chat.starter
    groupchat.check()
    running.begin(chat)
    past = Transcript() if chat.clear_history else running.said_in(groupchat)
    told = [Message(manager.name, groupchat.introductions_msg())] if groupchat.send_introductions else []
    asks = Compiler(running, manager, starter, chat.silent)

    def member(agent: ConversableAgent) -> Agent[LayerEffect]:
        own = running.told(agent, manager, told)
        compiler = Compiler(running, agent, manager, asks.side.silent, chat.counts_on, grouped=True)
        opening = (opens or opening_of(compiler, chat)) if agent is starter else None
        made = compiler.agent_of(
            opens=opening, past=None if own == past else going_on(own), passed=chat.passed
        )
        return forgetting(made, own, groupchat) if groupchat.enable_clear_history else made

    for agent in groupchat.agents:
        warn_of_one_sided(agent, *groupchat.agents)
    agents = [member(agent) for agent in groupchat.agents]
    if starter not in groupchat.agents:
        by = Compiler(running, starter, manager, chat.silent)
        opened = by.agent_of(opens=opening_of(by, chat), passed=chat.passed)
        agents.append(opened if opens is None else Agent(opened.name, opens))
    stands = Stands(groupchat, manager)
    most = groupchat.max_round * (1 if chat.max_turns is None else chat.max_turns)
    team = (
        team_with(running, chat, agents)
        .selected_by(selecting(asks, stands, starter, groupchat.own_selection(running.mode), _before(asks)))
        .stopping(EndsGroup(agent_name(manager.name), manager.is_terminal))
        .limited(evolve(UNLIMITED, max_messages=most))
        .summed_up_by(SummedUp(stands, summary_of(running, chat)))
    )
    return groupchat.arranged(team, log_of(past) if past else None, asks, stands, starter)


def _before(asks: Compiler) -> list[Policy[LayerEffect]]:
    """The manager's reply functions that are asked before the group is."""
    entries = takewhile(lambda entry: group_of_entry(entry) is None, asks.agent.reply_entries)
    return [step for entry in entries if (step := asks.step(entry)) is not None]


@frozen(eq=False)
class SummedUp:
    """Sums a group chat up, when it has told how it stands."""

    stands: Stands
    summing: Callable[[Log], str | SummarySteps]

    def __call__(self, log: Log, /) -> SummarySteps:
        yield Tell(self.stands.at(log))
        summary = self.summing(log)
        return summary if isinstance(summary, str) else (yield from summary)


# --- a choice by itself -----------------------------------------------------------------------------------------


@frozen(eq=False)
class Chooses:
    """Says whom a selector names after ``log``."""

    selecting: Selecting
    log: Log
    roster: Roster

    def __call__(self, view: View, /) -> Steps:
        choice = yield from self.selecting.chosen(SharedView(self.log, self.roster, view.conversation))
        if isinstance(choice, Stop) or choice is None:
            return choice or Pass()
        return Reply(choice.agent if isinstance(choice, Chosen) else choice)


def choice_of(
    running: Running, groupchat: GroupChat, last: ConversableAgent, manager: ConversableAgent
) -> tuple[Team[LayerEffect], None]:
    """The team that says who of a group chat speaks after ``last``."""
    from .compiling import Compiler

    groupchat.check()
    agents = [Compiler(running, agent, manager, silent=True).agent_of() for agent in groupchat.agents]
    chooses = selecting(Compiler(running, manager, last, silent=True), Stands(groupchat, manager), last)
    log = log_of(running.said_in(groupchat)).append(Began(agent_name(last.name)))
    policy = Chooses(chooses, log, group_of(agents).roster)
    return group(Agent(SELECTOR, policy), limits=evolve(UNLIMITED, max_decisions=1)), None


# --- a manager as a member --------------------------------------------------------------------------------------


@frozen(eq=False)
class GroupStep:
    """Answers with what the group comes to that an agent manages."""

    compiler: Compiler
    groupchat: GroupChat
    asked: Callable[[], bool]

    def __call__(self, view: View, /) -> Steps:
        compiler, last = self.compiler, view.transcript.last
        if compiler.partner is None or last is None or not self.asked():
            return Pass()
        chat = Chat(
            compiler.partner, compiler.agent, clear_history=False, silent=compiler.silent, counts_on=True
        )
        opening = Opening(normalized(answer_of(last)))
        team, log = group_team(compiler.running, chat, self.groupchat, opening)
        ended = yield from Holding(compiler.running).held(Queued(0, chat), team, log)
        return said(ended.log.summary)


# --- clearing histories -----------------------------------------------------------------------------------------


@frozen(eq=False)
class Forgetful:
    """A member who is shown what it has not forgotten."""

    policy: Policy[LayerEffect]
    past: Transcript

    @property
    def parts(self) -> tuple[Policy[LayerEffect], ...]:
        return (self.policy,)

    def __call__(self, view: View, /) -> Steps:
        return (yield from consult(self.policy, view.showing(remembered(self.past, view.log, view.me))))


@frozen(eq=False)
class ClearingStep:
    """Takes ``clear history`` out of what a human says, and has it done."""

    step: Policy[LayerEffect]
    names: tuple[str, ...]

    def __call__(self, view: View, /) -> Steps:
        decision = yield from consult(self.step, view)
        if not isinstance(decision, Reply) or decision.origin != "human":
            return decision
        text = "\n".join(
            part.text for draft in decision.drafts for part in draft.parts if isinstance(part, Text)
        )
        found = self._command().search(text)
        if found is None:
            return decision
        whose, most = found["name"] or "", int(found["most"] or 0)
        left = f"{text[: found.start()]}{text[found.end() :]}".strip()
        but = f", but for the last {most} messages" if most else ""
        yield Tell(Line(f"Clearing the history of {whose or 'all agents'}{but}.", "yellow"))
        change = Change(CLEARED, json_text([whose, most]))
        return evolve(said(left, "human"), changes=(*decision.changes, change))

    def _command(self) -> re.Pattern[str]:
        names = "|".join(map(re.escape, sorted(self.names, key=len, reverse=True)))
        return re.compile(rf"(?i:\bclear\s+history\b)\W*(?:(?P<name>{names})\b\W*)?(?:(?P<most>\d+)\b\W*)?")


def forgetting(made: Agent[LayerEffect], past: Transcript, groupchat: GroupChat) -> Agent[LayerEffect]:
    """A member whose history a human may clear."""
    policy = made.policy
    assert isinstance(policy, ClassicAgent)
    names = tuple(groupchat.agent_names)
    steps = tuple(ClearingStep(step, names) for step in policy.steps)
    return evolve(made, policy=Forgetful(evolve(policy, steps=steps, past=None), past))
