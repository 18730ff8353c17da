"""A Hypothesis strategy for every value that conversations are made of, for property tests of policies and rules.

    @given(transcripts())
    def test_my_projection_keeps_every_word(transcript: Transcript) -> None: ...

Small values come first, so that what fails shrinks to something readable. Needs ``typedagents[testing]``.
"""

from .effects import (
    code_limits,
    decisions,
    effects,
    failures,
    human_answers,
    limits,
    model_replies,
    model_settings,
    outcomes_of,
    prompts,
    rules,
    stop_reasons,
    tool_specs,
    verdicts,
)
from .logs import charges, contexts, entries, logs, prices, usages
from .messages import (
    agent_names,
    code_results,
    json_texts,
    media,
    messages,
    opaques,
    origins,
    parts,
    result_contents,
    rough_texts,
    run_ends,
    texts,
    tool_calls,
    tool_results,
    transcripts,
)

__all__ = [
    "agent_names",
    "charges",
    "code_limits",
    "code_results",
    "contexts",
    "decisions",
    "effects",
    "entries",
    "failures",
    "human_answers",
    "json_texts",
    "limits",
    "logs",
    "media",
    "messages",
    "model_replies",
    "model_settings",
    "opaques",
    "origins",
    "outcomes_of",
    "parts",
    "prices",
    "prompts",
    "result_contents",
    "rough_texts",
    "rules",
    "run_ends",
    "stop_reasons",
    "texts",
    "tool_calls",
    "tool_results",
    "tool_specs",
    "transcripts",
    "usages",
    "verdicts",
]
