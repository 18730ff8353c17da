"""What is counted while a machine runs: what conversations may still ask for, and what programs have spent."""

from __future__ import annotations

from attrs import define, field

from .effect import AnyEffect, Bounds, Ok, Outcome, Tallied
from .stop import EffectLimit
from .usage import Charge, Charged, merged


@define
class Counts:
    """What a conversation has asked for so far, nested ones included."""

    effects: int = 0
    model_calls: int = 0
    likeness: str = ""
    repeats: int = 0


@define(eq=False)
class Scope:
    """A conversation: its bounds, and what was asked within it. ``floor`` is the deepest level it may nest to."""

    bounds: Bounds
    outer: Scope | None
    depth: int
    floor: float
    counts: Counts

    def admit(self, effect: AnyEffect) -> EffectLimit | None:
        """Count one more effect; or say which bound forbids it, and count nothing."""
        counts, bounds = self.counts, self.bounds
        likeness, metered = effect.likeness(), effect.metered
        repeats = counts.repeats + 1 if likeness == counts.likeness else 1
        if bounds.max_effects is not None and counts.effects >= bounds.max_effects:
            return EffectLimit("max_effects", bounds.max_effects, effect.kind)
        if metered and bounds.max_model_calls is not None and counts.model_calls >= bounds.max_model_calls:
            return EffectLimit("max_model_calls", bounds.max_model_calls, effect.kind)
        if likeness and bounds.max_repeats is not None and repeats > bounds.max_repeats:
            return EffectLimit("max_repeats", bounds.max_repeats, effect.kind)
        counts.effects += 1
        counts.model_calls += metered
        if likeness:
            counts.likeness, counts.repeats = likeness, repeats
        return None


def charge_of(outcome: Outcome) -> Charge | None:
    """What an effect cost, where its result says so."""
    value = outcome.value if isinstance(outcome, Ok) else None
    return value.charge if isinstance(value, Charged) else None


NOTHING_TALLIED = Tallied({})


@define(eq=False)
class Tallying:
    """Finished effects and their cost: those already looked at, and those since."""

    kinds: dict[str, int] = field(factory=dict)
    charges: list[Charge] = field(factory=list)
    seen_kinds: dict[str, int] = field(factory=dict)
    seen_charges: tuple[Charge, ...] = ()

    def count(self, kind: str, charge: Charge | None) -> None:
        self.kinds[kind] = self.kinds.get(kind, 0) + 1
        if charge is not None:
            self.charges.append(charge)

    def look(self, *, keep: bool) -> Tallied:
        """What is new; from now on it is not. ``keep``: a parent will want all of it."""
        new = Tallied(self.kinds, merged(self.charges))
        if keep:
            self.seen_kinds = _added(self.seen_kinds, self.kinds)
            self.seen_charges = merged((*self.seen_charges, *new.charges))
        self.kinds, self.charges = {}, []
        return new

    def whole(self) -> Tallied:
        """All that was ever counted."""
        return Tallied(_added(self.seen_kinds, self.kinds), merged((*self.seen_charges, *self.charges)))

    def add(self, child: Tallying) -> None:
        """Take over all that a child has ever counted."""
        self.kinds = _added(_added(self.kinds, child.seen_kinds), child.kinds)
        self.charges = [*self.charges, *child.seen_charges, *child.charges]


def _added(one: dict[str, int], other: dict[str, int]) -> dict[str, int]:
    return {kind: one.get(kind, 0) + other.get(kind, 0) for kind in one.keys() | other.keys()}
