"""Whether what a team is made of fits it: asked of policies and selectors, and of all they are made of.

One that names agents has a method ``check_roster(roster)``, which raises ``ConfigError`` where it names a stranger. So a bad
plan is found when a team is built.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from .errors import ConfigError, listed
from .walking import walked

if TYPE_CHECKING:
    from .view import Roster


def check_known(who: str, names: Iterable[str], roster: Roster) -> None:
    """Raise ``ConfigError`` where ``who`` names somebody who is not in ``roster``."""
    strangers = dict.fromkeys(name for name in names if name not in roster)
    if strangers:
        raise ConfigError(f"{who} names {listed(strangers)}, not in the team; it has: {listed(roster)}")


def check_fit(asked: Iterable[object], roster: Roster) -> None:
    """Let each of ``asked``, and what it is made of, say what of it does not fit a team of ``roster``."""
    for whole in asked:
        for here in walked(whole, teams=False):
            check: object = getattr(here, "check_roster", None)
            if callable(check):
                check(roster)
