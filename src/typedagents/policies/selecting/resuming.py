"""Going on from messages: those of an earlier conversation, from wherever they were kept."""

from __future__ import annotations

from collections.abc import Iterable

from attrs import evolve

from typedagents.core.effect import E
from typedagents.core.errors import ConfigError, listed
from typedagents.core.log import Transcript
from typedagents.core.message import Message, says_something
from typedagents.core.parts import Part, Text
from typedagents.core.team import Team


def resumed_from(team: Team[E], messages: Iterable[Message], *, without: str = "") -> Transcript:
    """What ``team`` is opened with to go on from ``messages``.

    ``world.run(team, resumed_from(team, messages))``: who speaks next goes by who said the last of them. ``without`` is
    cut from that one: a word that ended the earlier conversation, and would end this one at once. ``ConfigError`` where
    a sender is not in the team, and where its limits leave no room for another message.
    """
    kept = list(messages)
    known = {*team.agents, team.opens_as}
    strangers = dict.fromkeys(message.sender for message in kept if message.sender not in known)
    if strangers:
        raise ConfigError(
            f"messages to go on from are by {listed(strangers)}, not in team {team.name!r}; "
            f"it has: {listed(team.agents)}"
        )
    most = team.limits.most_messages
    if most is not None and len(kept) >= most:
        raise ConfigError(
            f"there are {len(kept)} messages to go on from, and the limits of team {team.name!r} allow {most}, "
            "these included; raise max_messages or max_turns"
        )
    if kept and without:
        last = kept.pop()
        parts = [_cut(part, without) for part in last.parts]
        if says_something(parts):
            kept.append(evolve(last, parts=parts))
    return Transcript(kept)


def _cut(part: Part, word: str) -> Part:
    return Text(part.text.replace(word, "").rstrip()) if isinstance(part, Text) else part
