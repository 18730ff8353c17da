"""Teams by name and version: what a stored run is gone on with, since no function is ever stored.

A run says which team it was begun with. Whoever goes on looks that up here, and keeps old versions for as long as runs
of theirs are under way; new runs begin with the current one, which is the last that was given.
"""

from __future__ import annotations

from typing import Generic

from attrs import frozen

from .effect import E1, E2, E, E_co
from .errors import ConfigError, UnknownTeam
from .team import Team


def named_team(team: Team[E]) -> str:
    """A team as errors name it."""
    return f"{team.name!r}, version {team.version!r}" if team.version else repr(team.name)


@frozen
class Teams(Generic[E_co]):
    """Teams that differ in name or version; made by ``teams``, joined by ``|``."""

    known: tuple[Team[E_co], ...]

    def __attrs_post_init__(self) -> None:
        seen: set[tuple[str, str]] = set()
        for team in self.known:
            if (team.name, team.version) in seen:
                raise ConfigError(
                    f"two teams are {named_team(team)}; give each a name of its own, or another version"
                )
            seen.add((team.name, team.version))

    def find(self, name: str, version: str = "") -> Team[E_co]:
        """The team of this name and version; ``UnknownTeam`` where it is not here."""
        for team in self.known:
            if (team.name, team.version) == (name, version):
                return team
        raise UnknownTeam(name, version, [named_team(team) for team in self.known])

    def current(self, name: str) -> Team[E_co]:
        """The last given team of this name: what new runs begin with."""
        for team in reversed(self.known):
            if team.name == name:
                return team
        raise UnknownTeam(name, "", [named_team(team) for team in self.known])

    def __or__(self: Teams[E1], other: Teams[E2]) -> Teams[E1 | E2]:
        return Teams((*self.known, *other.known))


def teams(*known: Team[E]) -> Teams[E]:
    """A registry of these, in which a later version of a name is the current one."""
    return Teams(known)
