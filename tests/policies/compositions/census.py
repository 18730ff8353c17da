"""What a composition is made of: every value of ours in it, by the name of its class."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import attrs

from typedagents.core.view import Roster


def census(whole: object) -> Counter[str]:
    """How often each class of frozen values occurs in ``whole``, at any depth; O(size)."""
    found: Counter[str] = Counter()
    todo = [whole]
    seen: set[int] = set()
    while todo:
        here = todo.pop()
        if isinstance(here, tuple | list | frozenset):
            todo.extend(here)
        elif isinstance(here, Mapping) and not attrs.has(type(here)):
            todo.extend(here.values())
        elif attrs.has(type(here)) and not isinstance(here, Roster) and id(here) not in seen:
            seen.add(id(here))
            found[type(here).__name__] += 1
            todo.extend(getattr(here, field.name) for field in attrs.fields(type(here)))
    return found
