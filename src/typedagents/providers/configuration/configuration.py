"""Entries that were found together, and choosing among them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from attrs import evolve, field, frozen

from typedagents.interpreter.ports import ModelProvider
from typedagents.providers.faults import ProviderKind
from typedagents.providers.wrappers.fallback import ELSEWHERE

from .asking import providers_from
from .choosing import Acceptable, Config, chosen
from .errors import InvalidValue
from .hidden import hidden


def _hidden(entries: Sequence[Mapping[str, object]]) -> tuple[Config, ...]:
    return tuple(hidden(one) for one in entries)


@frozen
class Configuration:
    """Models to ask, in their order, and the place where they were found, in words. Keys are not shown."""

    entries: tuple[Config, ...] = field(converter=_hidden)
    source: str = "code"

    def where(self, *, exclude: bool = False, **fields: Acceptable) -> Configuration:
        """Those of which all of these fields hold, as ``tags=["cheap"], model="gpt-4*"``; with ``exclude``, the others.

        ``InvalidValue`` where there is none.
        """
        those = chosen(self.entries, fields, exclude=exclude)
        if those:
            return evolve(self, entries=those)
        asked = ", ".join(f"{name}={value!r}" for name, value in fields.items())
        raise InvalidValue(
            f"{self.source} has no entry {'but those ' if exclude else ''}with {asked}; it has {self.names}"
        )

    def named(self, name: str) -> Configuration | None:
        """The entries of this ``name``, else those of this ``model``; None where there are none."""
        for key in ("name", "model"):
            those = [one for one in self.entries if one.get(key) == name]
            if those:
                return evolve(self, entries=those)
        return None

    def provider(
        self, *, kinds: Collection[ProviderKind] = ELSEWHERE, sticky: bool = False, **options: object
    ) -> ModelProvider:
        """All of them as one provider, in their order; ``options`` are for what an entry leaves open, as ``stream=True``."""
        return providers_from([{**options, **one} for one in self.entries], kinds=kinds, sticky=sticky)

    @property
    def names(self) -> str:
        """What they are called."""
        called = (one.get("name") or one.get("model") or "the embedded model" for one in self.entries)
        return ", ".join(map(str, called)) or "none"
