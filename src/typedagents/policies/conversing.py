"""A conversation held within a turn, by whoever goes on with what it came to."""

from __future__ import annotations

from collections.abc import Generator

from typedagents.core.ambient import Now
from typedagents.core.effect import E, EffectFailed, Request
from typedagents.core.kernel import converse
from typedagents.core.log import Transcript
from typedagents.core.message import Message
from typedagents.core.stop import EffectFailure
from typedagents.core.team import Team
from typedagents.core.turn import Ended


def conversed(team: Team[E], said: Message | Transcript | None) -> Generator[Request[E | Now], object, Ended]:
    """How a conversation of ``team`` ended. Where an effect failed in it, this fails by it."""
    ended = yield from converse(team, said)
    if isinstance(ended.reason, EffectFailure):
        raise EffectFailed(ended.reason.failure)
    return ended
