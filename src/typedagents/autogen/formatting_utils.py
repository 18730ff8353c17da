"""Colours of a terminal, where there is one: the words elsewhere."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from types import MappingProxyType

FOREGROUND: Mapping[str, int] = MappingProxyType(
    {
        name: code
        for base, prefix in ((30, ""), (90, "light_"))
        for code, name in enumerate(
            (
                prefix + colour
                for colour in ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")
            ),
            base,
        )
    }
    | {"grey": 30, "light_grey": 37, "dark_grey": 90}
)
ATTRIBUTES: Mapping[str, int] = MappingProxyType(
    {"bold": 1, "dark": 2, "italic": 3, "underline": 4, "blink": 5, "reverse": 7, "concealed": 8, "strike": 9}
)


def shows_colours() -> bool:
    """Whether standard output is a terminal that takes colours (``NO_COLOR``, ``FORCE_COLOR``: no-color.org)."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return os.environ.get("TERM") != "dumb" and bool(getattr(sys.stdout, "isatty", bool)())


def colored(
    text: object,
    color: str | None = None,
    on_color: str | None = None,
    attrs: Iterable[str] | None = None,
    *,
    no_color: bool | None = None,
    force_color: bool | None = None,
) -> str:
    """``text`` in this colour, on this ground (``on_red``), with these attributes (``bold``); plain where none are shown."""
    words = str(text)
    shown = bool(force_color) or (not no_color and shows_colours())
    if not shown:
        return words
    codes = [ATTRIBUTES[name] for name in attrs or ()]
    codes += [FOREGROUND[color]] if color else []
    codes += [FOREGROUND[on_color.removeprefix("on_")] + 10] if on_color else []
    return "".join(f"\033[{code}m" for code in codes) + words + "\033[0m" if codes else words
