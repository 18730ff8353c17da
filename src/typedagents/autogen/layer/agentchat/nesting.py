"""Several chats in one run: one after the other, in any order that their prerequisites allow, and within a reply."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from attrs import evolve, frozen

from typedagents.autogen.exception_utils import InvalidValue
from typedagents.autogen.layer.console.printing import Begins
from typedagents.autogen.layer.messages import classic
from typedagents.autogen.layer.python import Python
from typedagents.core.decision import Draft, Pass, Reply, Stop
from typedagents.core.effect import EffectFailed, Request, Tell
from typedagents.core.kernel import converse
from typedagents.core.log import Log
from typedagents.core.message import agent_name
from typedagents.core.stop import EffectFailure
from typedagents.core.structure import Node, graph, ordered
from typedagents.core.team import Agent, Team, group
from typedagents.core.turn import Ended
from typedagents.core.view import View

from .calling import CallPython, LayerEffect, Live
from .chats import UNLIMITED, Chat
from .policies import Steps, nothing_said, said
from .registering import NestedChats, called
from .running import Held, Running

if TYPE_CHECKING:
    from typedagents.autogen.agentchat.conversable_agent import ConversableAgent

    from .compiling import Compiler

ChatSteps: TypeAlias = Generator[Request[LayerEffect], object, Ended]


@frozen(eq=False)
class Queued:
    """A chat among several: ``after`` which, and the summaries of which ``without``."""

    id: int
    chat: Chat
    after: tuple[int, ...] = ()
    without: frozenset[int] = frozenset()
    verbose: bool = False


CHAT = ("message", "clear_history", "silent", "max_turns", "summary_method", "summary_args")
ELSE = (
    "sender",
    "recipient",
    "chat_id",
    "prerequisites",
    "finished_chat_indexes_to_exclude_from_carryover",
    "verbose",
    "cache",
)


def queue_of(entries: Sequence[Mapping[str, object]], sender: ConversableAgent | None) -> list[Queued]:
    """The entries of a queue as chats; ``sender`` begins those that name nobody else."""
    return [queued(place, entry, sender) for place, entry in enumerate(entries)]


def queued(place: int, entry: Mapping[str, object], sender: ConversableAgent | None) -> Queued:
    """One entry of a queue."""
    from typedagents.autogen.agentchat.conversable_agent import ConversableAgent

    starter, recipient = entry.get("sender") or sender, entry.get("recipient")
    if not isinstance(starter, ConversableAgent) or not isinstance(recipient, ConversableAgent):
        raise InvalidValue(
            f"chat {place} of the queue names an agent as recipient, and one as sender where no agent holds the queue; "
            f"found {sorted(entry)}"
        )
    asked = {
        key: entry[key]
        for key in CHAT
        if entry.get(key) is not None or (key in entry and key == "summary_method")
    }
    context = {key: value for key, value in entry.items() if key not in (*CHAT, *ELSE)}
    chat = Chat(starter, recipient, context=context, **asked)  # type: ignore[arg-type]  # ``check`` proves what is untyped
    chat.check()
    without = entry.get("finished_chat_indexes_to_exclude_from_carryover") or ()
    return Queued(
        place, chat, without=frozenset(_whole(without, place)), verbose=bool(entry.get("verbose", False))
    )


def plan_of(entries: Sequence[Mapping[str, object]], sender: ConversableAgent | None) -> list[Queued]:
    """The entries of an async queue: each has a number, and names those it comes after."""
    found: list[Queued] = []
    for place, entry in enumerate(entries):
        number = entry.get("chat_id")
        if not isinstance(number, int):
            raise InvalidValue(f"chat {place} of an async queue needs a chat_id, a number; found {number!r}")
        after = _whole(entry.get("prerequisites") or (), place)
        found.append(evolve(queued(place, entry, sender), id=number, after=tuple(after)))
    if len({one.id for one in found}) < len(found):
        raise InvalidValue(f"two chats have one chat_id; found {[one.id for one in found]}")
    ordered({str(one.id): tuple(map(str, one.after)) for one in found})
    return found


def _whole(given: object, place: int) -> list[int]:
    if isinstance(given, list | tuple | set) and all(isinstance(one, int) for one in given):
        return [one for one in given if isinstance(one, int)]
    raise InvalidValue(f"chat {place} of the queue names other chats by their numbers; found {given!r:.60}")


# --- holding them -----------------------------------------------------------------------------------------------


@frozen(eq=False)
class Holding:
    """Holds chats in a run. ``outermost``: the run is there for them; else they are nested in a reply."""

    running: Running
    outermost: bool = False

    def one(self, queued: Queued, summaries: Sequence[str]) -> ChatSteps:
        """Hold one chat, told what others came to."""
        queued = evolve(queued, chat=queued.chat.carrying(summaries))
        chat = queued.chat
        if not chat.silent:
            words = f"Message:\n{chat.message}\nCarryover:\n{chat.carryover}" if queued.verbose else ""
            yield Tell(Begins(words))
        return (yield from self.held(queued, *chat.recipient.conversation(self.running, chat)))

    def held(self, queued: Queued, team: Team[LayerEffect], log: Log | None) -> ChatSteps:
        """Hold one chat, as a team and after a log."""
        chat = queued.chat
        ended = yield from converse(team, after=log)
        yield Tell(Held(queued.id, chat, ended, self.outermost))
        if isinstance(ended.reason, EffectFailure):
            raise EffectFailed(ended.reason.failure)
        self.running.keep(chat, ended)
        return ended

    def all(
        self, queue: Sequence[Queued], *, any_order: bool
    ) -> Generator[Request[LayerEffect], object, str]:
        """Hold one after the other, or each when those before it are over. Returns what the last of the queue came to."""
        held: Mapping[str, Ended] = {}
        if any_order:
            nodes = {
                str(one.id): Node(partial(self._after, one), tuple(map(str, one.after))) for one in queue
            }
            held = yield from graph(nodes)
        else:
            for one in queue:
                held = {**held, str(one.id): (yield from self._after(one, held))}
        return held[str(queue[-1].id)].log.summary

    def _after(self, queued: Queued, held: Mapping[str, Ended]) -> ChatSteps:
        """Hold one chat, told what those came to that were ``held`` before it."""
        told = [ended.log.summary for name, ended in held.items() if int(name) not in queued.without]
        return self.one(queued, told)


# --- as a team, and within a reply ------------------------------------------------------------------------------


@frozen(eq=False)
class ChatsPolicy:
    """Holds all chats in its one turn, and says what the last came to."""

    holding: Holding
    queue: Sequence[Queued]
    any_order: bool

    def __call__(self, view: View, /) -> Steps:
        summary = yield from self.holding.all(self.queue, any_order=self.any_order)
        return Reply((Draft(summary, blank=True),), ends=Stop("all chats are over"))


def chats_team(running: Running, queue: Sequence[Queued], *, any_order: bool) -> Team[LayerEffect]:
    """All of ``queue`` as the team of one, who holds them."""
    policy = ChatsPolicy(Holding(running, outermost=True), queue, any_order)
    return group(Agent(agent_name("chats"), policy), name="chats", limits=UNLIMITED)


@frozen(eq=False)
class NestedStep:
    """Holds chats before it answers, and says what the last came to."""

    compiler: Compiler
    chats: NestedChats
    applies: Callable[[], bool]
    messages: Mapping[int, Live]

    def __call__(self, view: View, /) -> Steps:
        if not self.applies():
            return Pass()
        queue = yield from self._queue(view)
        if not queue:
            return nothing_said(view.me)
        any_order = self.chats.use_async
        chats = (plan_of if any_order else queue_of)(queue, self.compiler.agent)
        return said((yield from Holding(self.compiler.running).all(chats, any_order=any_order)))

    def _queue(self, view: View) -> Generator[Request[LayerEffect], object, list[Mapping[str, object]]]:
        """Those of the chats that have a message; the first has the last one of the chat around, where it names none."""
        found: list[Mapping[str, object]] = []
        last = view.transcript.last
        for place, entry in enumerate(self.chats.queue):
            message = entry.get("message")
            if message is None and place == 0 and last is not None:
                message = classic(last, view.me)["content"]
            if place in self.messages:
                message = (yield from self.messages[place](view.transcript)).value
            if message:
                found.append({**entry, "message": message})
        return found


def nested_step(
    compiler: Compiler, chats: NestedChats, applies: Callable[[], bool], config: object
) -> NestedStep:
    """The reply of ``register_nested_chats``."""

    def call(function: Python, effect: CallPython) -> object:
        return function(compiler.agent, compiler.seen(effect), compiler.partner, config)

    messages = {
        place: compiler.live("message", called(message), partial(call, message))
        for place, entry in enumerate(chats.queue)
        if callable(message := entry.get("message"))
    }
    return NestedStep(compiler, chats, applies, messages)
