"""Usage, entries and logs."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from typedagents.core.context import Context
from typedagents.core.log import (
    Began,
    Changed,
    Entry,
    Handed,
    Log,
    Noted,
    Opened,
    Passed,
    Said,
    Spent,
    Summed,
)
from typedagents.core.usage import Charge, Usage

from .messages import COUNTS, SECONDS, agent_names, json_texts, messages, texts


def usages() -> SearchStrategy[Usage]:
    """Tokens."""
    return st.builds(Usage, COUNTS, COUNTS, COUNTS, COUNTS, COUNTS)


def prices() -> SearchStrategy[Decimal]:
    """US dollars."""
    return st.decimals(0, 1000, places=6)


def charges() -> SearchStrategy[Charge]:
    """What calls cost; of unknown price now and then."""
    return st.builds(Charge, texts(8), usages(), COUNTS, COUNTS, st.none() | prices(), st.booleans())


def entries() -> SearchStrategy[Entry]:
    """Every kind of entry."""
    names = agent_names()
    return st.one_of(
        st.builds(Said, messages()),
        st.builds(Began, names, st.none() | SECONDS),
        st.builds(Passed, names),
        st.builds(Opened, texts(8), st.none() | SECONDS),
        st.builds(Changed, names, texts(8), json_texts()),
        st.builds(Handed, names, names),
        st.builds(Noted, names, texts()),
        st.builds(Spent, texts(8), st.lists(charges(), max_size=2).map(tuple)),
        st.builds(Summed, texts(), texts(8)),
    )


def logs(max_size: int = 6) -> SearchStrategy[Log]:
    """Logs of any entries, in any order."""
    return st.lists(entries(), max_size=max_size).map(Log)


def contexts() -> SearchStrategy[Context]:
    """Context variables."""
    return st.dictionaries(texts(8), json_texts(), max_size=3).map(Context)
