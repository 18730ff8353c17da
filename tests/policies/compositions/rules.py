"""Rules, limits, transforms, targets and tools of compositions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Annotated

from attrs import evolve

from tests.policies.compositions.answers import Asks
from tests.policies.compositions.making import Making
from tests.policies.compositions.plain import Even
from tests.policies.compositions.vocabulary import AGENTS, COUNT, END, MOOD, TOPIC
from typedagents.core.context import is_set
from typedagents.core.limits import Limits, Unlimited
from typedagents.core.log import Transcript
from typedagents.core.message import Message
from typedagents.core.rule import Rule
from typedagents.core.view import Selector, SharedView
from typedagents.policies.calling.team_tool import as_tool
from typedagents.policies.handing.handoff import Handoff, handoff
from typedagents.policies.handing.targets import Target, asking, finish, stay, to, to_whom
from typedagents.policies.rules.events import (
    handed_over,
    human_spoke,
    plain_words,
    timed_out,
    tool_called,
    tool_returned,
)
from typedagents.policies.rules.said import (
    decision_count,
    ends_with,
    mentions,
    message_count,
    says_exactly,
    spoke,
)
from typedagents.policies.rules.spending import cost_reached, tokens_used
from typedagents.policies.transforms.dropping import without
from typedagents.policies.transforms.measures import approximate_tokens
from typedagents.policies.transforms.newest import last, token_limit
from typedagents.policies.transforms.rewriting import name_prefixes
from typedagents.policies.transforms.shortening import message_limit
from typedagents.policies.transforms.summing import Summarised, summarised
from typedagents.policies.transforms.transform import AgentTransform, Transform
from typedagents.tools.functions.decorator import tool
from typedagents.tools.toolset import Toolset, toolset

RULES: tuple[Rule, ...] = (
    ends_with(END),
    ends_with(END),
    mentions(TOPIC),
    says_exactly("Hm."),
    mentions(AGENTS[0], by=AGENTS[1]),
    message_count(5),
    decision_count(4),
    spoke(AGENTS[-1]),
    handed_over(),
    human_spoke(),
    plain_words(),
    timed_out(60),
    tool_called("look"),
    tool_returned("write"),
    tokens_used(90),
    cost_reached(Decimal(2)),
    COUNT > 1,
    is_set(MOOD),
    MOOD.equals("glad"),
)


def ending(make: Making) -> Rule:
    """One that does not hold from the beginning."""
    match make.upto(4):
        case 3:
            return make.one(*RULES) & make.one(*RULES)
        case 4:
            return make.one(*RULES) | make.one(*RULES)
        case _:
            return make.one(*RULES)


def rule(make: Making) -> Rule:
    return ~ending(make) if make.upto(2) == 2 else ending(make)


def limits(make: Making) -> Limits:
    """Small ones; those that end a run where it stands only where that may be."""
    few = not make.depth
    decisions = Limits(
        max_decisions=(1 if few else 3) + make.upto(3),
        max_messages=make.one(7, 4, 2, 1, 0) if make.rarely() else Unlimited,
        max_model_calls=Unlimited,
        max_repeats=Unlimited,
    )
    if make.calm:
        return decisions
    return evolve(
        decisions,
        max_turns=make.one(2, 1) if make.upto(15) == 15 else Unlimited,
        max_effects=make.one(20, 8, 3, 0) if make.upto(15) == 15 else 100,
        max_model_calls=make.one(12, 4, 1, 0) if make.upto(15) == 15 else 100,
        max_repeats=make.one(2, 1) if make.upto(15) == 15 else 10,
        max_depth=make.one(1, 0) if make.upto(15) == 15 else 100,
    )


# --- transforms -------------------------------------------------------------------------------------------------


def even(message: Message) -> bool:
    return Even()(message)


def every_other(view: SharedView) -> Transcript:
    """Tears what it can."""
    return Transcript([message for place, message in enumerate(view.transcript) if place % 2])


SHARED: tuple[Transform[Asks], ...] = (
    last(2),
    last(4, first=1),
    token_limit(40),
    without(spoke(AGENTS[1])),
    without(even),
    name_prefixes(),
    message_limit(6),
    every_other,
)
SUMMED: Summarised = summarised(over=3, keep=1)
SUMMED_TOKENS: Summarised = summarised(over=60, keep=20, measure=approximate_tokens)


def transforms(make: Making) -> tuple[AgentTransform[Asks], ...]:
    found: list[AgentTransform[Asks]] = []
    if make.upto(1):
        found.append(make.one(SUMMED, SUMMED_TOKENS))
    return (*found, make.one(*SHARED), *((make.one(*SHARED),) if make.upto(2) == 0 else ()))


# --- targets ----------------------------------------------------------------------------------------------------


def target(
    make: Making, selector: Callable[[Making], Selector[Asks]], *, silent: bool = False
) -> Target[Asks]:
    """Where to hand to; ``silent``: nobody has the floor who could be told anything."""
    match make.upto(8):
        case 1:
            return finish()
        case 2:
            return stay()
        case 3:
            return to_whom(selector(make))
        case 6 | 7 | 8 if make.depth and not silent:
            return asking(make.inner())
        case 4:
            return to(make.one(*make.names)).when(rule(make)) | to(make.one(*make.names))
        case 5:
            return to(make.one(*make.names)).when(rule(make))
        case _:
            return to(make.one(*make.names))


def handoffs(make: Making, selector: Callable[[Making], Selector[Asks]]) -> tuple[Handoff[Asks], ...]:
    first = handoff(target(make, selector), "To somebody.", name="transfer_to_some")
    if make.upto(1):
        return (first,)
    return (first, handoff(to(make.one(*make.names)), "To one.", name="transfer_to_one"))


# --- tools ------------------------------------------------------------------------------------------------------


@tool(repeats="pure")
def look(word: str = "", mood: Annotated[str, MOOD] = "") -> str:
    """Looks a word up."""
    return f"{word} {mood}"


@tool
def write(word: str = "") -> str:
    """Writes a word down."""
    return word


@tool(approval=True, repeats="idempotent", exclusive=True)
def send(word: str = "") -> str:
    """Sends a word."""
    return word


TOOLS = toolset(look, write, send)
TOOLSETS: Mapping[str, Callable[[Making], Toolset[Asks]]] = {
    "one": lambda make: toolset(look),
    "three": lambda make: TOOLS,
    "talks": lambda make: (
        toolset(look, as_tool(make.inner(), name="ask", description="Asks others."))
        if make.depth
        else toolset(write)
    ),
    "handoff": lambda make: toolset(
        look, write, handoff(to(make.one(*make.names)), "To one.", name="transfer_to_one")
    ),
}


def tools(make: Making) -> Toolset[Asks]:
    return TOOLSETS[make.one(*TOOLSETS, "talks", "talks")](make)
