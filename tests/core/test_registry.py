"""Teams by name and version: a run goes on with the version it was begun with, or says which is missing."""

from __future__ import annotations

import operator

import pytest

from tests.interpreter.effects import Fetch, Fetches
from typedagents.core.errors import ConfigError, Suspended, UnknownTeam
from typedagents.core.limits import Limits
from typedagents.core.message import AgentName
from typedagents.core.registry import Teams, teams
from typedagents.core.team import Agent, Team, group
from typedagents.interpreter.control import Control
from typedagents.interpreter.traces import TraceMemory
from typedagents.interpreter.world import World
from typedagents.trace.recording import Recording


def review(words: str, version: str = "", name: str = "review") -> Team[Fetch]:
    return group(
        Agent(AgentName("a"), Fetches((words,))), name=name, version=version, limits=Limits(max_decisions=2)
    )


OLD, NEW, OTHER = review("old", "1"), review("new", "2"), review("other", name="other")
KNOWN = teams(OLD, NEW) | teams(OTHER)


def test_a_team_is_found_by_name_and_version_and_the_last_given_is_current() -> None:
    assert KNOWN.find("review", "1") is OLD
    assert KNOWN.current("review") is NEW
    assert KNOWN.find("other") is KNOWN.current("other") is OTHER


@pytest.mark.parametrize(
    ("name", "version", "asked"),
    [("review", "3", "'review', version '3'"), ("review", "", "'review'"), ("nobody", "", "'nobody'")],
)
def test_what_is_missing_is_named_with_what_there_is(name: str, version: str, asked: str) -> None:
    with pytest.raises(UnknownTeam) as found:
        KNOWN.find(name, version)
    assert str(found.value) == (
        f"no team here is {asked}; there are: 'review', version '1'; 'review', version '2'; 'other'; "
        "a run goes on with the version that it was begun with, so keep that until its runs have ended"
    )
    assert (found.value.name, found.value.version) == (name, version)


def test_no_team_of_a_name_is_current_where_there_is_none() -> None:
    with pytest.raises(UnknownTeam, match=r"no team here is 'nobody'; there are: none;"):
        Teams(()).current("nobody")


def test_two_of_one_name_and_version_are_refused() -> None:
    with pytest.raises(
        ConfigError, match=r"two teams are 'review', version '1'; give each a name of its own"
    ):
        teams(OLD, review("again", "1"))
    with pytest.raises(ConfigError, match=r"two teams are 'other'; give"):
        operator.or_(KNOWN, teams(OTHER))


def test_a_version_stays_with_what_is_made_of_a_team() -> None:
    made = OLD.summed_up_by(lambda log: "sum").selected_by(lambda view: "a").limited(Limits(max_decisions=1))

    assert made.version == "1"


def begun(team: Team[Fetch]) -> World[Fetch]:
    """A world in which run ``r`` of ``team`` was suspended at once."""
    control, world = Control(), World(Fetch.by(lambda effect: effect.what), TraceMemory())
    control.suspend()
    with pytest.raises(Suspended):
        world.run_sync(team, "go", name="r", control=control)
    return world


def test_a_run_goes_on_with_the_version_that_it_was_begun_with() -> None:
    world = begun(OLD)
    assert world.store is not None
    assert Recording.load(world.store.read("r")).header.version == "1"

    assert [message.text for message in world.resume_sync(KNOWN, "r").transcript] == ["go", "o,l,d", "o,l,d"]


def test_a_run_does_not_go_on_with_another_version() -> None:
    world = begun(OLD)

    with pytest.raises(
        UnknownTeam, match=r"no team here is 'review', version '1'; there are: 'review', version '2'"
    ):
        world.resume_sync(NEW, "r")
    with pytest.raises(UnknownTeam, match=r"there are: 'other'"):
        world.resume_sync(teams(OTHER), "r")
    assert world.resume_sync(OLD, "r").ok
