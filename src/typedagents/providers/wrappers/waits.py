"""How long to wait before a call is made again. Pure: from what an error says, the date, and one throw of the dice."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from math import isfinite

from typedagents.core.errors import ProviderError
from typedagents.providers.faults import TRANSIENT, seconds

FIRST_S, LONGEST_S = 0.5, 8.0


def is_worth_it(error: ProviderError) -> bool:
    """Whether the same request may go better next time. What the service says decides; without that, the kind."""
    said = error.facts.get("retryable")
    return error.kind in TRANSIENT if said is None else said == "true"


def backoff(failures: int, drawn: float = 1.0) -> float:
    """A wait of one's own after so many failures: any part (``drawn``, 0 to 1) of 0.5 s, 1 s, 2 s ... 8 s."""
    return drawn * min(LONGEST_S, FIRST_S * 2.0 ** min(failures - 1, 16))


def wait_asked(error: ProviderError, date: float) -> float | None:
    """The seconds that the service asks to wait from ``date`` on; None where it does not say."""
    said = error.facts.get("retry_after") or error.facts.get("retry_at")
    return None if said is None else seconds_until(said, date)


def seconds_until(said: str, date: float) -> float | None:
    """A wait as services write it: a number, ``6m0s``, or a date in either form. None for what is none or is over."""
    spoken = seconds(said.strip())
    wait = _number(said) if spoken is None else spoken
    if wait is None:
        moment = _moment(said.strip())
        wait = None if moment is None else moment - date
    return wait if wait is not None and isfinite(wait) and wait >= 0 else None


def _number(said: str) -> float | None:
    try:
        return float(said)
    except ValueError:
        return None


def _moment(said: str) -> float | None:
    for read in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            found = read(said)
        except (ValueError, OverflowError):
            continue
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
    return None
