"""Small groups for tests: agents who say their own name, and how a selection of theirs went."""

from __future__ import annotations

from tests.policies.driving import Answer, driven, log_of, nobody
from typedagents.core.effect import E
from typedagents.core.kernel import opened, play
from typedagents.core.limits import Limits
from typedagents.core.log import Began, Entry, Noted, Transcript
from typedagents.core.message import AgentName, Content, Message
from typedagents.core.parts import ToolCall
from typedagents.core.team import Agent, Team, group_of
from typedagents.core.turn import Ended
from typedagents.core.view import Roster, SharedView
from typedagents.policies.fixed import says


def names(*given: str) -> list[AgentName]:
    return [AgentName(name) for name in given]


def group_named(*given: str, messages: int = 6) -> Team:
    """Agents of these names, each of whom says its name; it ends after so many messages."""
    return group_of([Agent(name, says(name)) for name in names(*given)], limits=Limits(max_messages=messages))


def ended(
    team: Team[E], said: Content | Message | Transcript | None = None, answer: Answer = nobody
) -> Ended:
    """How ``team`` ended."""
    machine, _ = driven(play(team, opened(team, said)), answer, team.limits.bounds)
    assert machine.ended is not None, machine.halted
    assert isinstance(machine.ended.value, Ended)
    return machine.ended.value


def spoke(at: Ended) -> str:
    """Who had the floor, in order."""
    return "".join(entry.agent for entry in at.log if isinstance(entry, Began))


def notes(at: Ended) -> list[str]:
    """What the selector wrote in the log."""
    return [entry.note for entry in at.log if isinstance(entry, Noted) and not entry.agent]


def shared(*entries: Entry, team: str = "abc") -> SharedView:
    """What a selector of the agents ``team`` is shown after these entries."""
    return SharedView(log_of(*entries), Roster({AgentName(name): "" for name in team}), "test")


def calls(sender: str, *tools: str) -> Message:
    """A message that calls these tools."""
    parts = [ToolCall(str(place), tool) for place, tool in enumerate(tools)]
    return Message(AgentName(sender), parts, "model")
