"""Policies of compositions: the library's own, and policies made of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

from tests.policies.compositions.answers import Asks
from tests.policies.compositions.making import Making
from tests.policies.compositions.plain import (
    PLAIN,
    AllAtOnce,
    AsGraph,
    Even,
    Fastest,
    InTime,
    Plain,
    Replaces,
    Tried,
)
from tests.policies.compositions.rules import handoffs, rule, target, tools, transforms
from tests.policies.compositions.selectors import alone
from tests.policies.compositions.vocabulary import COUNT, MOOD, TOPIC
from typedagents.core.limits import Limit, Unlimited
from typedagents.core.team import Agent
from typedagents.core.view import Policy
from typedagents.policies.calling.loop import tool_loop
from typedagents.policies.calling.reply import Others, tool_reply
from typedagents.policies.calling.settling import Several
from typedagents.policies.calling.team_tool import as_tool
from typedagents.policies.calling.text_calls import calls_from_text
from typedagents.policies.coding.running import code_reply
from typedagents.policies.combinators import first_of, unless, when
from typedagents.policies.ending import AtLimit, until, with_limit
from typedagents.policies.fixed import passes, says
from typedagents.policies.guarding import fallback, guard
from typedagents.policies.guardrails import Inspection, guard_received, guard_said, judged, matching
from typedagents.policies.handing.handing import hands_to, with_handoffs
from typedagents.policies.handing.showing import without_handoffs
from typedagents.policies.human import HumanInput, human_reply
from typedagents.policies.model import model_reply
from typedagents.policies.nesting import nested, society
from typedagents.policies.opening import FromHuman, from_human, opens
from typedagents.policies.recipes import assistant, user_proxy
from typedagents.policies.talks import Talk, talk
from typedagents.policies.transforms.transformed import transformed
from typedagents.policies.wording import wording
from typedagents.tools.toolset import toolset

Made = Policy[Asks]

ASKED: tuple[HumanInput, ...] = ("never", "terminate", "always")
REPLIES: tuple[Limit, ...] = (Unlimited, 1, 0, 2)
SEVERAL: tuple[Several, ...] = ("last", "first", "error")
OTHERS: tuple[Others, ...] = ("refuse", "leave")
AT_LIMIT: tuple[AtLimit, ...] = ("stop", "pass")
BACK: tuple[Limit | Literal["new"], ...] = ("new", 2, Unlimited)
JUDGED: tuple[Inspection[Asks], ...] = (matching("words|over|weather"), judged("It is loud."))

# --- policies that are made of no others ------------------------------------------------------------------------


def human(make: Making) -> Made:
    return human_reply(make.one(*ASKED), until=rule(make), max_auto_replies=make.one(*REPLIES))


def model(make: Making) -> Made:
    instructions = make.one(None, "Be brief.", wording("It is {mood}, {count}.", mood=MOOD, count=COUNT))
    return model_reply("", instructions, tools=tools(make) if make.upto(1) else ())


def written(make: Making) -> Made:
    own = tools(make)
    return calls_from_text(model_reply(tools=own), own)


def code(make: Making) -> Made:
    last_n: Limit | Literal["new"] = make.one(*BACK)
    return code_reply(last_n=last_n, approval=True) if make.upto(1) else code_reply(last_n=last_n)


def proxy(make: Making) -> Made:
    asks: HumanInput = make.one(*ASKED)
    default = make.one("", "Go on.")
    return user_proxy(
        "any", asks, runs=tools(make), default_reply=default, until=rule(make), code=code(make)
    ).policy


def helper(make: Making) -> Made:
    return assistant("any", tools=tools(make), until=rule(make), max_auto_replies=make.one(*REPLIES)).policy


LEAVES: Mapping[str, Callable[[Making], Made]] = {
    "says": lambda make: says(make.one("Hm.", f"What of {TOPIC}?", "```sh\nls\n```")),
    "plain": lambda make: Plain(make.one(*PLAIN)),
    "passes": lambda make: passes,
    "model": model,
    "human": human,
    "code": code,
    "tools": lambda make: tool_reply(tools(make), others=make.one(*OTHERS), several=make.one(*SEVERAL)),
    "written calls": written,
    "user proxy": proxy,
    "assistant": helper,
}
MORE = ("tool loop", "transformed", "handoffs", "hands_to", "received", "fallback")
OFTEN = ("model", "model", "human", "assistant", "written calls")

# --- policies made of policies ----------------------------------------------------------------------------------


def talks(make: Making) -> list[Talk[Asks]]:
    """One or two, each opened in its own way."""
    found = []
    for place in range(1 + make.upto(1)):
        opening = make.one(None, "Well?", from_human("What about?"))
        team = make.inner()
        name = f"talk {place}"
        carries = bool(make.upto(2))
        match opening:
            case FromHuman():
                found.append(talk(team, opening, name=name, carries=carries))
            case _:
                found.append(talk(team, opening, name=name, carries=carries))
    return found


def fallen_back(make: Making) -> Made:
    kinds = make.one(("*",), ("provider",), ("tool.raised", "unknown"))
    return fallback(policy(make.lower), policy(make.lower), kinds=kinds)


def handing(make: Making) -> Made:
    return with_handoffs(policy(make.lower), *handoffs(make, alone), several=make.one(*SEVERAL))


def looping(make: Making) -> Made:
    own = tools(make)
    speaks = (
        first_of(policy(make.lower), model_reply(tools=own)) if make.upto(2) == 0 else model_reply(tools=own)
    )
    return tool_loop(
        speaks,
        own,
        max_calls=make.one(2, 4),
        max_repeats=make.one(1, 3),
        several=make.one(*SEVERAL),
    )


def received(make: Making) -> Made:
    return guard_received(policy(make.lower), make.one(*JUDGED), target(make, alone))


def checked(make: Making) -> Made:
    return guard_said(policy(make.lower), make.one(*JUDGED), target(make, alone))


def opening(make: Making) -> Made:
    agent: Agent[Asks] = Agent("any", policy(make.lower))
    return opens(agent, from_human("What first?")).policy


NODES: Mapping[str, Callable[[Making], Made]] = {
    "first_of": lambda make: first_of(policy(make.lower), policy(make.lower), policy(make.lower)),
    "when": lambda make: when(rule(make), policy(make.lower)),
    "unless": lambda make: unless(Even(), policy(make.lower)),
    "until": lambda make: until(rule(make), policy(make.lower)),
    "limited": lambda make: with_limit(
        policy(make.lower), max_auto_replies=make.upto(2), then=make.one(*AT_LIMIT)
    ),
    "fallback": fallen_back,
    "guard": lambda make: guard(policy(make.lower), Replaces()),
    "received": received,
    "said": checked,
    "handoffs": handing,
    "hands_to": lambda make: first_of(hands_to(target(make, alone)), policy(make.lower)),
    "without handoffs": lambda make: without_handoffs(
        policy(make.lower), "transfer_to_one", "transfer_to_some"
    ),
    "tool loop": looping,
    "transformed": lambda make: transformed(policy(make.lower), *transforms(make)),
    "opens": opening,
    "each": lambda make: AllAtOnce((policy(make.lower), policy(make.lower))),
    "graph": lambda make: AsGraph((policy(make.lower), policy(make.lower), policy(make.lower))),
    "attempt": lambda make: Tried(policy(make.lower)),
    "race": lambda make: Fastest((policy(make.lower), policy(make.lower))),
    "in time": lambda make: InTime(policy(make.lower)),
}


def asking_a_team(make: Making) -> Made:
    own = toolset(as_tool(make.inner(), name="ask", description="Asks others."))
    return tool_loop(model_reply(tools=own), own, max_calls=2)


CONVERSATIONS: Mapping[str, Callable[[Making], Made]] = {
    "asks a team": asking_a_team,
    "nested": lambda make: nested(*talks(make)),
    "society": lambda make: society("any", make.inner()).policy,
}
RACES = ("race", "in time")


def policy(make: Making) -> Made:
    """Any policy."""
    what = make.one("leaf", "leaf", *("node",) * 3 * (make.height > 0), *("talk",) * (make.depth > 0))
    match what:
        case "leaf":
            return LEAVES[make.one(*LEAVES, *OFTEN)](make)
        case "node":
            return NODES[make.one(*(name for name in (*NODES, *MORE) if not make.calm or name not in RACES))](
                make
            )
        case _:
            return make.by(CONVERSATIONS)
