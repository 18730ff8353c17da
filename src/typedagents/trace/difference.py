"""Where two values differ, field by field: what a divergence shows."""

from __future__ import annotations

from collections.abc import Iterator

SHOWN = 160


def differences(then: object, now: object, at: str = "") -> Iterator[str]:
    """Lines such as ``settings.temperature: 0.0 in the trace, 0.7 now``, for JSON-like data."""
    if isinstance(then, dict) and isinstance(now, dict):
        for key in sorted(then.keys() | now.keys(), key=str):
            here = f"{at}.{key}" if at else str(key)
            if key not in then:
                yield f"{here}: not in the trace, {_shown(now[key])} now"
            elif key not in now:
                yield f"{here}: {_shown(then[key])} in the trace, absent now"
            else:
                yield from differences(then[key], now[key], here)
    elif isinstance(then, list) and isinstance(now, list):
        if len(then) != len(now):
            yield f"{at}: {len(then)} items in the trace, {len(now)} now"
        for i, (old, new) in enumerate(zip(then, now, strict=False)):
            yield from differences(old, new, f"{at}[{i}]")
    elif then != now:
        if isinstance(then, str) and isinstance(now, str):
            yield f"{at}: {_texts(then, now)}"
        else:
            yield f"{at}: {_shown(then)} in the trace, {_shown(now)} now"


def _texts(then: str, now: str) -> str:
    """Two texts from a little before the place where they part."""
    same = next(
        (i for i, (a, b) in enumerate(zip(then, now, strict=False)) if a != b), min(len(then), len(now))
    )
    start = max(0, same - 20)
    dots = "..." if start else ""
    return f"{_shown(dots + then[start:])} in the trace, {_shown(dots + now[start:])} now"


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."
