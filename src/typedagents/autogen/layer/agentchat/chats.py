"""Chats as they are asked for, as teams of two, and what they leave behind.

The opening is the first turn of whoever begins, so that what it takes (a function of the program's, a question to a human,
hooks) is recorded like all else. A chat that goes on after another one begins with that one's messages.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Literal, TypeAlias

from attrs import evolve, field, frozen

from typedagents.autogen.exception_utils import FailedAssertion, InvalidCarryOverType, InvalidValue
from typedagents.autogen.layer.messages import Plain, classic, normalized, parts_of, text_of
from typedagents.autogen.layer.python import Python
from typedagents.autogen.layer.slips import warn_of_one_sided
from typedagents.core.decision import Draft, Reply
from typedagents.core.effect import Request
from typedagents.core.human import Typed
from typedagents.core.limits import Limits, Unlimited
from typedagents.core.log import Log, Said, Transcript
from typedagents.core.message import Message, agent_name
from typedagents.core.model import CallModel
from typedagents.core.team import Agent, Team, group_of
from typedagents.core.view import Policy, View

from .calling import AskPerson, LayerEffect, Live
from .policies import Side, Steps, said
from .registering import called, managed_by
from .remembering import going_on, grown, remembered

if TYPE_CHECKING:
    from typedagents.autogen.agentchat.conversable_agent import ConversableAgent
    from typedagents.autogen.agentchat.groupchat import GroupChat

    from .compiling import Compiler
    from .running import Running

PROMPT = "> "
UNLIMITED = Limits(
    max_decisions=Unlimited, max_model_calls=Unlimited, max_effects=Unlimited, max_repeats=Unlimited
)
"""In the layer what bounds a chat is what its agents may say by themselves, and the budget."""

Summaries: TypeAlias = Literal["last_msg", "reflection_with_llm"]
SummaryMethod: TypeAlias = "Summaries | Python | None"


@frozen(eq=False)
class Chat:
    """A chat as it is asked for. ``context``: what else was given, for messages and summaries that are functions.

    ``counts_on``: the counts of automatic replies go on from the chat before. ``passed``: which of the program's own
    ``send`` and ``receive`` its opening has passed through already.
    """

    starter: ConversableAgent
    recipient: ConversableAgent
    message: object = None
    clear_history: bool = True
    silent: bool = field(default=False, converter=bool)
    max_turns: int | None = None
    summary_method: SummaryMethod = "last_msg"
    summary_args: Mapping[str, object] = field(factory=dict)
    context: Mapping[str, object] = field(factory=dict)
    most_messages: int | None = None
    counts_on: bool = False
    passed: tuple[str, ...] = ()

    @property
    def carryover(self) -> object:
        """What it is told that came before it."""
        return self.context.get("carryover")

    @property
    def groupchat(self) -> GroupChat | None:
        """The group that the recipient has speak; None where it is not asked to, or manages none."""
        return None if self.most_messages == 1 else managed_by(self.recipient)

    @property
    def outside(self) -> Sequence[ConversableAgent]:
        """Who begins a group chat without being in the group."""
        group = self.groupchat
        return () if group is None or self.starter in (*group.agents, self.recipient) else (self.starter,)

    @property
    def pairs(self) -> Sequence[tuple[ConversableAgent, ConversableAgent]]:
        """Who remembers this chat as one with whom: in a group each member the manager, and the manager each of them."""
        group, heard_by = self.groupchat, self.recipient
        speaking = (self.starter,) if group is None else (*group.agents, *self.outside)
        return [pair for agent in speaking for pair in ((agent, heard_by), (heard_by, agent))]

    def kept(self, one: ConversableAgent, other: ConversableAgent, past: Transcript, log: Log) -> Transcript:
        """What ``one`` has of its conversation with ``other``, after ``past`` and this chat."""
        for starter in self.outside:
            if starter in (one, other):
                said = [message for message in grown(Transcript(), log) if message.sender == starter.name]
                return past.fork().extend(said)
        alone = self.groupchat is None or one is self.recipient
        return grown(past, log) if alone else remembered(past, log, one.name)

    def carrying(self, summaries: Sequence[str]) -> Chat:
        """The same chat, told what those before it came to, after its own carryover."""
        own = self.carryover
        listed = own if isinstance(own, list) else [] if own in (None, "") else [own]
        told = {**self.context, "carryover": [*listed, *summaries]}
        return evolve(self, context=told) if summaries else self

    def check(self) -> None:
        """Raise what is wrong with it before anything is sent."""
        _prove_summary(self)
        if not (self.carryover is None or isinstance(self.carryover, str | list)):
            raise InvalidCarryOverType(
                f"carryover is a text or a list of texts; found {type(self.carryover).__name__}"
            )


# --- as a team --------------------------------------------------------------------------------------------------


def team_of(running: Running, chat: Chat) -> tuple[Team[LayerEffect], Log | None]:
    """The two of ``chat`` as a team, and the log that it goes on from."""
    from .compiling import Compiler

    starter, recipient = chat.starter, chat.recipient
    running.begin(chat)
    mine, theirs = (running.pasts[id(one), id(other)] for one, other in chat.pairs)
    warn_of_one_sided(starter, recipient)
    warn_of_one_sided(recipient, starter)
    one = Compiler(running, starter, recipient, chat.silent, chat.counts_on)
    other = Compiler(running, recipient, starter, chat.silent, chat.counts_on)
    agents = [
        one.agent_of(opens=opening_of(one, chat), passed=chat.passed),
        other.agent_of(past=going_on(theirs) if theirs != mine else None),
    ]
    return team_with(running, chat, agents), (log_of(mine) if mine else None)


def team_with(running: Running, chat: Chat, agents: Sequence[Agent[LayerEffect]]) -> Team[LayerEffect]:
    """Agents as the team of ``chat``: with its limits, its name and its summary."""
    turns = Unlimited if chat.max_turns is None else chat.max_turns
    most = Unlimited if chat.most_messages is None else chat.most_messages
    team = group_of(
        agents,
        limits=evolve(UNLIMITED, max_turns=turns, max_messages=most),
        name=f"{chat.starter.name} with {chat.recipient.name}",
    )
    return team.summed_up_by(summary_of(running, chat))


def log_of(messages: Iterable[Message]) -> Log:
    """A log in which these were said."""
    return Log(Said(message) for message in messages)


# --- the opening ------------------------------------------------------------------------------------------------


@frozen
class Opening:
    """Says this."""

    message: Plain = field(eq=False)

    def __call__(self, view: View, /) -> Reply:
        return said(self.message)


@frozen
class AskedOpening:
    """Says what a human types, and what is carried over."""

    side: Side
    method: str
    carryover: object = field(eq=False)

    def __call__(self, view: View, /) -> Steps:
        answer = yield from AskPerson(PROMPT, view.me, view.transcript, self.side.whose, self.method)
        text = answer.text if isinstance(answer, Typed) else ""
        parts = parts_of(normalized(carried({"content": text}, self.carryover)))
        return Reply((Draft(parts, "human", blank=True),), origin="human")


@frozen
class PythonOpening:
    """Says what a function of the program's returns."""

    live: Live

    def __call__(self, view: View, /) -> Steps:
        return said((yield from self.live(view.transcript)).value)


def opening_of(compiler: Compiler, chat: Chat) -> Policy[LayerEffect]:
    """What ``chat`` is opened with, by ``compiler`` for whoever begins it."""
    starter, message, side = chat.starter, chat.message, compiler.side
    own = compiler.overriding("generate_init_message")
    name, call, context = "", None, {**chat.context}
    if callable(message):
        name, call = called(message), partial(message, starter, chat.recipient, context)
    elif own is not None:
        name, call = called(own), partial(getattr(starter, own.__name__), message, **context)
    if call is not None:
        return PythonOpening(compiler.live("message", name, lambda _: call(), normalized))
    if message is None:
        asks = compiler.overriding("get_human_input")
        return AskedOpening(side, "" if asks is None else asks.__qualname__, chat.carryover)
    return Opening(normalized(carried(normalized(message), chat.carryover)))


def carried(message: Mapping[str, object], carryover: object) -> Plain:
    """``message`` with what is carried over behind its words, or before its parts."""
    content = message.get("content")
    plain = dict(message)
    if not carryover or content is None:
        return plain
    if isinstance(carryover, str):
        words = carryover
    elif isinstance(carryover, list):
        words = "\n".join(in_words(one) for one in carryover)
    else:
        raise InvalidCarryOverType(
            f"carryover is a text or a list of texts; found {type(carryover).__name__}"
        )
    told = f"\nContext: \n{words}"
    if isinstance(content, list):
        plain["content"] = [{"type": "text", "text": told}, *content]
    else:
        plain["content"] = f"{content}{told}"
    return plain


def in_words(one: object) -> str:
    """One item of a carryover as text."""
    return str(one["content"]) if isinstance(one, Mapping) and "content" in one else str(one)


# --- the summary ------------------------------------------------------------------------------------------------

SummarySteps: TypeAlias = Generator[Request[LayerEffect], object, str]


@frozen
class Summing:
    """What a chat came to: by a function of the program's, by the model of ``thinks``, or its last message."""

    thinks: Side | None = None
    prompt: str = ""
    role: str = "system"
    live: Live | None = None

    def __call__(self, log: Log, /) -> SummarySteps:
        last = log.transcript.last
        if self.live is not None:
            return _summary_text((yield from self.live(log.transcript)).value)
        if last is None:
            return ""
        if self.thinks is None:
            return text_of(classic(last, "")["content"]).replace("TERMINATE", "")
        shown = log.transcript.fork().append(Message(agent_name(self.role), self.prompt))
        reply = yield from CallModel(shown, self.thinks.me, self.thinks.whose)
        return reply.text


def _summary_text(value: object) -> str:
    if isinstance(value, Mapping):
        return text_of(value.get("content"))
    return value if isinstance(value, str) else "" if value is None else str(value)


def _prove_summary(chat: Chat) -> None:
    method, args = chat.summary_method, chat.summary_args
    if not (method is None or callable(method) or method in ("last_msg", "reflection_with_llm")):
        raise FailedAssertion(
            f"summary_method is 'last_msg', 'reflection_with_llm', a function or None; found {method!r:.60}"
        )
    if method != "reflection_with_llm":
        return
    prompt = args.get("summary_prompt")
    if not (prompt is None or isinstance(prompt, str)):
        raise InvalidValue(f"summary_prompt is a text; found {type(prompt).__name__}")
    if not (chat.recipient.has_model or chat.starter.has_model):
        raise FailedAssertion(
            f"summary_method='reflection_with_llm' asks a model, and neither {chat.recipient.name!r} nor "
            f"{chat.starter.name!r} has one; give one of them an llm_config"
        )


def summary_of(running: Running, chat: Chat) -> Callable[[Log], str | SummarySteps]:
    """How ``chat`` is summed up."""
    from .compiling import Compiler

    method, args = chat.summary_method, chat.summary_args
    starter, recipient = chat.starter, chat.recipient
    if method == "reflection_with_llm":
        thinks = recipient if recipient.has_model else starter
        side = Compiler(running, thinks, None).side
        prompt = args.get("summary_prompt") or starter.DEFAULT_SUMMARY_PROMPT
        return Summing(side, str(prompt), str(args.get("summary_role") or "system"))
    if callable(method):
        function, compiler = method, Compiler(running, starter, recipient)
        return Summing(
            live=compiler.live(
                "summary", called(method), lambda effect: function(starter, recipient, {**args})
            )
        )
    return Summing() if method else no_summary


def no_summary(log: Log) -> str:
    """The summary of a chat that nobody asked to sum up."""
    return ""
