"""A run between two effects, with what it has spent: what another driver goes on from, and the same as bytes.

A snapshot is small however long the run: the entries of its logs stand in a ``Library``, each once. Going on from one
needs nothing of what led to it, which is how a run stays within the bounds of an engine's history.
"""

from __future__ import annotations

from typing import Generic

from attrs import frozen
from msgspec import DecodeError, Raw, Struct, ValidationError
from msgspec.json import decode as from_json
from msgspec.json import encode as to_json

from typedagents.core.ambient import Now
from typedagents.core.effect import E, E_co
from typedagents.core.errors import TraceError
from typedagents.core.log import Log
from typedagents.core.stored import Awaiting
from typedagents.core.team import Team
from typedagents.core.turn import Ended, Ready
from typedagents.trace import state
from typedagents.trace.codec import encode as written
from typedagents.trace.codec import read

from .budget import Spent


@frozen
class Snapshot(Generic[E_co]):
    """``run``: see ``Awaiting``. It may be taken while effects are open: whoever goes on starts those anew."""

    run: Awaiting[E_co]
    spent: Spent = Spent()

    @property
    def logs(self) -> tuple[Log, ...]:
        """The logs of the conversations under way, the outermost first."""
        frames = self.run.frames
        return tuple([here.log for path in sorted(frames) if isinstance(here := frames[path], Ready | Ended)])


class Written(Struct, frozen=True):
    """A snapshot as JSON."""

    run: Raw
    spent: Raw


def encode_snapshot(snapshot: Snapshot[E | Now], library: state.Library, team: Team[E]) -> bytes:
    """``snapshot`` as JSON; what its logs hold goes into ``library``."""
    return to_json(Written(Raw(state.encode(snapshot.run, library, team)), Raw(written(snapshot.spent))))


def decode_snapshot(data: bytes, library: state.Library, team: Team[E]) -> Snapshot[E | Now]:
    """The snapshot, as it was; ``Divergence`` where ``team`` is not the one it was taken of, ``TraceError`` where it is none."""
    try:
        found = from_json(data, type=Written)
    except (ValidationError, DecodeError, UnicodeDecodeError) as error:
        raise TraceError(f"this is no snapshot: {error}: {data[:60]!r}") from error
    run = state.decode(bytes(found.run), library, team)
    if isinstance(run, Ended):
        raise TraceError(f"this is no snapshot: the run has ended ({run.reason})")
    return Snapshot(run, read(from_json(found.spent), Spent))
