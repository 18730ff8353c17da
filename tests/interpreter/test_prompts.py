"""What people are asked, read from the line that tells of it."""

from __future__ import annotations

from msgspec import Raw

from typedagents.core.effect import Path
from typedagents.interpreter.prompts import Prompt, prompt_of
from typedagents.trace.lines import Begun

ASKED = Raw(b'{"question":"Go on?","me":"ann","transcript":{"length":1,"head":"beef"}}')


def test_only_what_people_are_asked_is_a_prompt() -> None:
    assert prompt_of("r", Begun(Path("t0.0"), "AskHuman", "", "idempotent", ASKED)) == Prompt(
        "r", "t0.0", "ann", "Go on?"
    )
    assert prompt_of("r", Begun(Path("t0.0"), "Look", "", "pure", Raw(b'{"what":"a"}'))) is None
