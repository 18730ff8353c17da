"""Common slips, told by name before or after a chat."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

from typedagents.core.log import Log
from typedagents.core.stop import DecisionLimit
from typedagents.core.turn import Ended
from typedagents.core.view import STANDING

from .configs import items

if TYPE_CHECKING:
    from typedagents.autogen.agentchat.conversable_agent import ConversableAgent

WORD = "TERMINATE"
UP = 5
"""From where it is noticed up to the program's own call."""


def warn_of_untold(caller: ConversableAgent, *others: ConversableAgent) -> None:
    """Warn of functions that the model of ``caller`` is told of and that nobody of ``others`` has."""
    if any(one.overridden("execute_function") or one.overridden("a_execute_function") for one in others):
        return
    config = caller.llm_config or {}
    told = [one.get("function", one) for one in items(config, "tools")] + list(items(config, "functions"))
    names = [str(one["name"]) for one in told if isinstance(one, dict) and "name" in one]
    lacking = [name for name in names if not any(one.can_execute_function(name) for one in others)]
    if lacking:
        whom = ", ".join(repr(one.name) for one in others)
        warnings.warn(
            f"the model of {caller.name!r} is told of {', '.join(map(repr, lacking))}, and {whom}, with whom it talks, "
            "has no such function: register it there as well, by register_for_execution or "
            "register_function(f, caller=..., executor=...)",
            stacklevel=UP,
        )


def warn_of_unmatched(ended: Ended, *agents: ConversableAgent) -> None:
    """Warn where somebody said TERMINATE among other words, and the chat went on up to a limit."""
    if isinstance(ended.reason, DecisionLimit) and all(one.goes_by_default for one in agents):
        speaker = _said_among_words(ended.log)
        if speaker:
            warnings.warn(
                f"{speaker!r} said {WORD} among other words, and the chat went on to its limit: without an "
                f"is_termination_msg only a message that is {WORD} and nothing else ends it; write "
                f"is_termination_msg=lambda message: {WORD!r} in message['content']",
                stacklevel=UP,
            )


def _said_among_words(log: Log) -> str:
    transcript = log.transcript
    new = transcript.since(len(transcript) - log.fold(STANDING).messages)
    return next(
        (one.sender for one in new if one.origin != "program" and WORD in one.text and one.text != WORD), ""
    )
