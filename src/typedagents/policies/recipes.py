"""Ready-made agents and the team of two: what most programs begin with. Each is a few policies put together."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, Never, TypedDict, overload

from attrs import evolve
from typing_extensions import TypeForm, Unpack

from typedagents.core.code import RunCode
from typedagents.core.effect import AnyEffect
from typedagents.core.human import AskHuman
from typedagents.core.limits import Limit, Limits, Unlimited
from typedagents.core.message import Words, agent_name
from typedagents.core.model import CallModel, Prompt, Settings, ToolSpec
from typedagents.core.performs import performs_of
from typedagents.core.rule import NeverHolds, Rule
from typedagents.core.team import E1, E2, E3, Agent, Team, group
from typedagents.core.view import Policy
from typedagents.tools.toolset import Toolset

from .answering import REPAIRS
from .calling.loop import tool_loop
from .calling.reply import tool_reply
from .coding.running import code_reply
from .combinators import E, first_of
from .fixed import passes, says
from .human import Asking, HumanInput, human_reply
from .model import DEFAULTS, model_reply, specs_of
from .opening import Opening, opens
from .prompts import ASSISTANT, END_WORD
from .rules.said import ends_with
from .summaries import last_words
from .wording import Wording

TERMINATED = ends_with(END_WORD)
"""The rule by which these agents and ``chat`` end: the last message ends with TERMINATE."""


NO_TOOLS: Toolset[Never] = Toolset()


class Options(TypedDict, total=False):
    """What ``assistant`` and ``user_proxy`` take further.

    ``until`` is the rule by which the agent takes a message for the last (``TERMINATED``), ``max_auto_replies`` how
    often it answers by itself (``Unlimited``: the team's limits hold), ``description`` is for others.
    """

    until: Rule
    max_auto_replies: Limit
    description: str


class AssistantOptions(Options, total=False):
    """What ``assistant`` takes further: ``settings`` for the model, and tools that it is told of and others run.

    ``output`` and ``repairs``: the type that its answers are values of, as ``model_reply`` takes them.
    """

    settings: Settings
    output: TypeForm[object]
    repairs: int
    tells: Toolset[AnyEffect] | Iterable[ToolSpec]


@overload
def assistant(
    name: str,
    model: str = ...,
    instructions: Prompt | Wording | str | None = ...,
    **options: Unpack[AssistantOptions],
) -> Agent[CallModel]: ...
@overload
def assistant(
    name: str,
    model: str = ...,
    instructions: Prompt | Wording | str | None = ...,
    *,
    tools: Toolset[E],
    **options: Unpack[AssistantOptions],
) -> Agent[CallModel | E]: ...
def assistant(
    name: str,
    model: str = "",
    instructions: Prompt | Wording | str | None = ASSISTANT,
    *,
    tools: Toolset[AnyEffect] = NO_TOOLS,
    **options: Unpack[AssistantOptions],
) -> Agent[AnyEffect]:
    """An agent that answers with a model, and by default solves tasks by writing code for another to run.

    It calls ``tools`` itself, in its own turn (see ``tool_loop``). Of the tools it ``tells``, calls are said, and wait
    for an agent that runs them, such as ``user_proxy(..., runs=...)``. With ``output`` it answers values of that type, and
    solves nothing by code unless its ``instructions`` say so.
    """
    before = human_reply(
        "never",
        until=options.get("until", TERMINATED),
        max_auto_replies=options.get("max_auto_replies", Unlimited),
    )
    told = (*tools.specs, *specs_of(options.get("tells", ())))
    output = options.get("output")
    if output is not None and instructions == ASSISTANT:
        instructions = None  # they ask for code
    speaks = model_reply(
        model,
        instructions,
        settings=options.get("settings", DEFAULTS),
        tools=told,
        output=output,
        repairs=options.get("repairs", REPAIRS),
    )
    standard = "Solves tasks by reasoning and by writing code." if instructions == ASSISTANT else ""
    policy = first_of(before, tool_loop(speaks, tools) if tools else speaks)
    return Agent(agent_name(name), policy, options.get("description", standard))


CODE = code_reply()


class ProxyOptions(Options, total=False):
    """What ``user_proxy`` takes further: ``default_reply`` is said when there is nothing else to say (empty: a pass)."""

    default_reply: str


@overload
def user_proxy(
    name: str, human_input: Literal["never"], *, code: None, **options: Unpack[ProxyOptions]
) -> Agent[Never]: ...
@overload
def user_proxy(
    name: str, human_input: Literal["never"], **options: Unpack[ProxyOptions]
) -> Agent[RunCode]: ...
@overload
def user_proxy(
    name: str, human_input: Literal["never"], *, code: Policy[E1], **options: Unpack[ProxyOptions]
) -> Agent[E1]: ...
@overload
def user_proxy(
    name: str, human_input: Asking = ..., *, code: None, **options: Unpack[ProxyOptions]
) -> Agent[AskHuman]: ...
@overload
def user_proxy(
    name: str, human_input: HumanInput = ..., **options: Unpack[ProxyOptions]
) -> Agent[AskHuman | RunCode]: ...
@overload
def user_proxy(
    name: str, human_input: HumanInput = ..., *, code: Policy[E1] | None, **options: Unpack[ProxyOptions]
) -> Agent[AskHuman | E1]: ...
@overload
def user_proxy(
    name: str, human_input: Literal["never"], *, code: None, runs: Toolset[E], **options: Unpack[ProxyOptions]
) -> Agent[E]: ...
@overload
def user_proxy(
    name: str, human_input: Literal["never"], *, runs: Toolset[E], **options: Unpack[ProxyOptions]
) -> Agent[RunCode | E]: ...
@overload
def user_proxy(
    name: str,
    human_input: Literal["never"],
    *,
    code: Policy[E1],
    runs: Toolset[E],
    **options: Unpack[ProxyOptions],
) -> Agent[E1 | E]: ...
@overload
def user_proxy(
    name: str, human_input: Asking = ..., *, code: None, runs: Toolset[E], **options: Unpack[ProxyOptions]
) -> Agent[AskHuman | E]: ...
@overload
def user_proxy(
    name: str, human_input: HumanInput = ..., *, runs: Toolset[E], **options: Unpack[ProxyOptions]
) -> Agent[AskHuman | RunCode | E]: ...
@overload
def user_proxy(
    name: str,
    human_input: HumanInput = ...,
    *,
    code: Policy[E1] | None,
    runs: Toolset[E],
    **options: Unpack[ProxyOptions],
) -> Agent[AskHuman | E1 | E]: ...
def user_proxy(
    name: str,
    human_input: HumanInput = "always",
    *,
    code: Policy[AnyEffect] | None = CODE,
    runs: Toolset[AnyEffect] = NO_TOOLS,
    **options: Unpack[ProxyOptions],
) -> Agent[AnyEffect]:
    """An agent that stands for a person: asks them as ``human_input`` says, and runs the tools and the code of others.

    ``runs`` are the tools whose calls it answers; ``code`` is the policy that has code run, None: it runs none. The
    human comes first, so that in a message that ends the chat nothing is run, and who types something stops calls that
    wait.
    """
    human = human_reply(
        human_input,
        until=options.get("until", TERMINATED),
        max_auto_replies=options.get("max_auto_replies", Unlimited),
    )
    words = options.get("default_reply", "")
    policy = first_of(
        human,
        tool_reply(runs) if runs else passes,
        passes if code is None else code,
        says(words) if words else passes,
    )
    return Agent(agent_name(name), policy, options.get("description", ""))


NO_LIMITS_NAMED = Limits()


LAST_WORDS = last_words()


class ChatOptions(TypedDict, total=False):
    """What ``chat`` takes further.

    ``max_turns`` counts round trips: 2 x ``max_turns`` messages. Without ``until`` it ends by ``TERMINATED``, or, where
    one of the two may ask a human, by no rule but those of the agents, so that the human can answer what would be the
    last message.
    """

    max_turns: Limit
    until: Rule
    limits: Limits
    name: str


@overload
def chat(
    starter: Agent[E1], recipient: Agent[E2], message: Words | None = ..., **options: Unpack[ChatOptions]
) -> Team[E1 | E2]: ...
@overload
def chat(
    starter: Agent[E1], recipient: Agent[E2], message: Opening[E3], **options: Unpack[ChatOptions]
) -> Team[E1 | E2 | E3]: ...
def chat(
    starter: Agent[AnyEffect],
    recipient: Agent[AnyEffect],
    message: Words | Opening[AnyEffect] | None = None,
    **options: Unpack[ChatOptions],
) -> Team[AnyEffect]:
    """A team of two who answer each other, opened by ``starter``.

    ``message`` is what is said first: text, parts, or what a function of the view comes to, ``from_human()`` among them;
    None: what the run is given. It comes to its last message without the word that ends it; ``summed_up_by`` says
    otherwise.
    """
    if isinstance(message, Opening):
        starter = opens(starter, message)
    until = options.get("until")
    if until is None:
        asks = any(
            issubclass(kind, AskHuman)
            for policy in (starter.policy, recipient.policy)
            for kind in performs_of(policy) or ()
        )
        until = NeverHolds() if asks else TERMINATED
    limits = options.get("limits", NO_LIMITS_NAMED)
    limits = evolve(limits, max_turns=options.get("max_turns", limits.max_turns))
    both = group(starter, recipient, until=until, limits=limits, name=options.get("name", "chat"))
    opening = None if isinstance(message, Opening) else message
    return evolve(both, opener=starter.name, opening=opening, summary=LAST_WORDS)
