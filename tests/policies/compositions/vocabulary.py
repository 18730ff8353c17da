"""The few names and words that compositions are made of, so that their parts meet."""

from __future__ import annotations

from typing import Final

from typedagents.core.context import Variable

AGENTS: Final = ("ann", "bob", "cy_d")
"""Who takes part, in every team at every depth: an inner team's agents have the names of those around it."""

LOST: Final = "nobody here"
END: Final = "TERMINATE"
TOPIC: Final = "the weather"
COUNT = Variable("count", int, 0)
MOOD = Variable("mood", str, "calm")
