"""Who an effect is: where in the run it stands, its kind, and a digest of all that it asks for.

The name is the same in every process that drives the run, so it is what a durable engine calls the step by: an engine that
compares names alone finds out that a team has changed.
"""

from __future__ import annotations

from attrs import frozen

from typedagents.core.effect import AnyEffect, Path

from .codec import canonical, digest_of, plain_effect

SHOWN = 12
"""Digits of the digest that a name shows: 48 bits tell the few effects apart that could stand at one path."""


@frozen
class EffectId:
    """An effect's place, kind and digest; as text, a name that no other effect of the run has."""

    path: Path
    kind: str
    digest: str

    def __str__(self) -> str:
        return f"{self.path}/{self.kind}/{self.digest[:SHOWN]}"


def signature(effect: AnyEffect) -> tuple[str, str]:
    """An effect's kind, and the digest of its canonical bytes."""
    fields, _ = plain_effect(effect)
    return effect.kind, digest_of(canonical([effect.kind, fields]))


def identity(path: Path, effect: AnyEffect) -> EffectId:
    """Who the effect at ``path`` is."""
    return EffectId(path, *signature(effect))
