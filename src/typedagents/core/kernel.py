"""The kernel: ``opened`` begins a conversation, ``play`` repeats its turns, ``converse`` nests it.

A conversation under way is a ``Ready``: a log between two turns. A finished one is an ``Ended``. Nothing else exists.
"""

from __future__ import annotations

from collections.abc import Iterable
from types import GeneratorType

from .ambient import Now
from .context import Change, changes_of
from .deciding import ASYNC, charged, is_async, named
from .effect import E, EffectFailed, Enter, Recall, Remember, Steps, Tallied, Tally, Tell, proved
from .errors import PolicyError
from .log import Added, Changed, Log, Opened, Said, Summed, Transcript
from .message import Content, Message
from .structure import scoped
from .team import Team
from .turn import Ended, Ready, turn
from .view import Summary


def opened(
    team: Team[E],
    said: Content | Message | Transcript | None = None,
    *,
    after: Log | None = None,
    context: Iterable[Change] = (),
) -> Ready:
    """``team`` about to begin: with one message or several, ``after`` an earlier conversation, these variables set.

    Nothing is said where the team's limits allow no message. The team's own opening is said where there is nothing else,
    and nothing before.
    """
    log = (Log() if after is None else after.detached()).append(Opened(team.name))
    for change in changes_of(context):
        log = log.append(Changed(team.opens_as, change.variable, change.json))
    if said is None and after is None:
        said = team.opening
    match said:
        case Transcript():
            opening = list(said)
        case Message():
            opening = [said]
        case None:
            opening = []
        case _:
            opening = [Message(team.opens_as, said)]
    most = team.limits.most_messages
    for message in opening if most is None else opening[:most]:
        log = log.append(Said(message))
    return Ready(log)


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
            raise PolicyError(f"the summary {named(summary)} {found}")
        summed = Summed(text)
    log = at.log.append(summed)
    yield Tell(Added(log, 1))
    return Ended((yield from charged(log, "", proved((yield Tally()), Tallied))), at.reason)


def converse(
    team: Team[E],
    said: Content | Message | Transcript | None = None,
    *,
    after: Log | None = None,
    context: Iterable[Change] = (),
) -> Steps[Ended, E | Now]:
    """Hold a conversation of another team here, and return how it ended. It has limits of its own, within ours.

    It is opened as ``opened`` says. Of the variables of this conversation it sees none but those in ``context``.
    """
    opening = opened(team, said, after=after, context=context)
    return (yield from scoped("c", play(team, opening), bounds=team.limits.bounds))
