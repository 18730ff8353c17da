"""A composition and a world for it: what the laws are tried on."""

from __future__ import annotations

from attrs import frozen
from hypothesis import strategies as st

from tests.policies.compositions.answers import Answers, Asks, world
from tests.policies.compositions.dice import Dice
from tests.policies.compositions.making import Making
from tests.policies.compositions.teams import team
from tests.policies.compositions.vocabulary import AGENTS
from typedagents.core.team import Team

SIZE = 500
"""Choices. What is left to choose then is plain."""


@frozen
class Scene:
    """``seed`` is for whatever else a test leaves to chance."""

    seed: int
    world: Answers
    team: Team[Asks]


def scene(fallen: bytes, *, calm: bool, depth: int = 2) -> Scene:
    """The scene that these bytes stand for: a team that holds others, ``depth`` deep."""
    dice = Dice(fallen)
    return Scene(dice.throw(256), world(dice, calm=calm), team(Making(dice, calm, depth, 2, AGENTS, team)))


def scenes(*, calm: bool) -> st.SearchStrategy[Scene]:
    """Any scene. In a calm one nothing depends on what comes first: no races, no limits that end a run, nobody leaves."""
    return st.binary(min_size=SIZE, max_size=SIZE).map(lambda fallen: scene(fallen, calm=calm))
