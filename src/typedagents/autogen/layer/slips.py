"""Common slips, told by name before or after a chat."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from inspect import currentframe, iscoroutinefunction
from typing import TYPE_CHECKING, Final

from typedagents.autogen.exception_utils import InvalidValue
from typedagents.autogen.layer.agentchat.functions import name_in
from typedagents.autogen.layer.agentchat.remembering import since_opening
from typedagents.autogen.layer.configs import items
from typedagents.autogen.layer.messages import terminal_view
from typedagents.core.log import Log
from typedagents.core.message import Message
from typedagents.core.stop import DecisionLimit
from typedagents.core.turn import Ended
from typedagents.policies.coding.programs import blocks_in

if TYPE_CHECKING:
    from typedagents.autogen.agentchat.conversable_agent import ConversableAgent

WORD: Final = "TERMINATE"
AROUND: Final = " \t\r\n*_`'\".!()[]"
"""What models put around the word that is to stand alone."""

PROGRAMS: Final = frozenset({"python", "py", "python3", "sh", "bash", "shell"})


def _warn(text: str) -> None:
    """Warn of the program's own line that began this."""
    frame, up = currentframe(), 1
    while frame is not None and str(frame.f_globals.get("__name__")).startswith("typedagents."):
        frame, up = frame.f_back, up + 1
    warnings.warn(text, stacklevel=up)


# --- before a chat ----------------------------------------------------------------------------------------------


def warn_of_one_sided(caller: ConversableAgent, *others: ConversableAgent) -> None:
    """Warn of functions that one side of a chat knows: those the model of ``caller`` is told of, or ``others`` have."""
    if any(one.overridden("execute_function") or one.overridden("a_execute_function") for one in others):
        return
    config = caller.llm_config or {}
    names = [name_in(one) for key in ("tools", "functions") for one in items(config, key)]
    lacking = [name for name in names if not any(one.can_execute_function(name) for one in others)]
    if lacking:
        whom = ", ".join(repr(one.name) for one in others)
        _warn(
            f"the model of {caller.name!r} is told of {_listed(lacking)}, and {whom}, with whom it talks, "
            f"has no such function: register it there as well, by register_for_execution or "
            f"register_function(f, caller=..., executor=...){_own(caller, lacking)}"
        )
    for one in others if caller.has_model and not names else ():
        untold = one.never_told
        if untold:
            _warn(
                f"{one.name!r} has {_listed(untold)}, of which no model was told, so that none will call it: tell that of "
                f"{caller.name!r}, by register_for_llm(description=...) or register_function(f, caller=..., executor=...)"
            )


def _listed(names: Iterable[str]) -> str:
    return ", ".join(map(repr, names))


def _own(caller: ConversableAgent, lacking: Sequence[str]) -> str:
    mine = [name for name in lacking if caller.can_execute_function(name)]
    return (
        f"; {caller.name!r} has {_listed(mine)} itself, but an agent runs the calls of others" if mine else ""
    )


def plain_check(function: object) -> None:
    """``ValueError`` where an ``is_termination_msg`` is async: it would hold of every message."""
    if iscoroutinefunction(function):
        raise InvalidValue(
            f"is_termination_msg {function.__qualname__} is async, and nobody awaits it: write def, not async def"
        )


# --- after a chat -----------------------------------------------------------------------------------------------


def warn_of_how_it_ended(ended: Ended, one: ConversableAgent, other: ConversableAgent) -> None:
    """Warn where a limit ended a chat in which somebody said the word that ends one, or wrote code that nobody ran."""
    new = _new_in(ended.log)
    _warn_of_unrun(new, one, other)
    _warn_of_unrun(new, other, one)
    if isinstance(ended.reason, DecisionLimit):
        _warn_of_unmatched(new, one, other)


def _new_in(log: Log) -> Sequence[Message]:
    return [one for one in since_opening(log) if one.origin == "model"]


def _warn_of_unmatched(new: Sequence[Message], *agents: ConversableAgent) -> None:
    for message in new:
        hearer = next((one for one in agents if one.name != message.sender), None)
        if hearer is None or not _means_to_end(message.text):
            continue
        if hearer.is_terminal(terminal_view(message, hearer.name)):  # a human had it go on
            continue
        if hearer.goes_by_default:
            why = (
                f"without an is_termination_msg only a message that is {WORD} and nothing else ends it; write "
                f"is_termination_msg=lambda message: {WORD!r} in message['content'] for {hearer.name!r}, who hears it"
            )
        else:
            why = f"the is_termination_msg of {hearer.name!r}, who hears it, does not hold for that message"
        _warn(f"{message.sender!r} said {message.text:.60}, and the chat went on to its limit: {why}")
        return


def _means_to_end(text: str) -> bool:
    return WORD in text or text.strip(AROUND).upper() == WORD


def _warn_of_unrun(new: Sequence[Message], writer: ConversableAgent, hearer: ConversableAgent) -> None:
    """Warn of programs of an agent that has an executor, for one that has none."""
    if writer.code_settings is None or hearer.code_settings is not None:
        return
    if any(
        block.language in PROGRAMS
        for one in new
        if one.sender == writer.name
        for block in blocks_in(one.text)
    ):
        _warn(
            f"{writer.name!r} wrote code, and nobody ran it: an agent runs the code of others, and {hearer.name!r} has no "
            f"code_execution_config; give that of {writer.name!r} to {hearer.name!r}"
        )
