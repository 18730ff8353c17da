"""When a human is asked, and what becomes of the answer: a table, and the two policies that go by it.

``never`` asks nobody, ``terminate`` asks before the conversation would end, ``always`` asks in every turn. The table
says what to do before anything else is tried in a turn, so code in a message that ends the conversation is not run:

    who is asked   limit     message    first                       without an answer
    never          within    ordinary   go on
    never          reached   ordinary   stop: the limit
    never          any       terminal   stop: the rule
    terminate      within    ordinary   go on
    terminate      reached   ordinary   ask                         go on (and ask again next time)
    terminate      any       terminal   ask                         stop: the rule
    always         any       ordinary   ask                         go on
    always         any       terminal   ask                         stop: the rule

What a human types is the reply, and the count of automatic replies begins anew. Calls of tools that wait are not made
then: the reply holds a failed result for each, before the words. To go on is to pass, so that the next policy of a
``first_of`` has its turn. A human who leaves ends the run.

AutoGen 0.2 goes by the same table with one exception that is not repeated here: at a limit of 0 it sends an empty
message where the human gives no answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, NamedTuple, TypeAlias, overload

from attrs import field, frozen

from typedagents.core.decision import Decision, Pass, Reply, Stop
from typedagents.core.effect import Steps
from typedagents.core.errors import ConfigError
from typedagents.core.human import AskHuman, Left, Typed
from typedagents.core.limits import Limit, Unlimited
from typedagents.core.rule import NeverHolds, Rule
from typedagents.core.stop import DecisionLimit, RuleFired
from typedagents.core.view import View

from .auto_replies import auto_replies
from .calling.interrupting import interrupted_by
from .calling.pending import pending_calls
from .words import written

HumanInput: TypeAlias = Literal["never", "terminate", "always"]
Asking: TypeAlias = Literal["terminate", "always"]


class Situation(NamedTuple):
    """What the table goes by: whether the limit on automatic replies is reached, and what the last message means.

    A tuple, since it is made and looked up once a turn.
    """

    limit: Literal["within", "reached"]
    message: Literal["ordinary", "terminal"]


@frozen
class GoOn:
    """Leave it to the next policy."""


@frozen
class End:
    """Stop the conversation, for this reason."""

    why: Literal["rule", "limit"]


@frozen
class Ask:
    """Ask the human; ``unanswered`` is what to do without an answer."""

    unanswered: GoOn | End


Unattended: TypeAlias = Mapping[Situation, GoOn | End]
Attended: TypeAlias = Mapping[Situation, GoOn | End | Ask]

NEVER: Unattended = MappingProxyType(
    {
        Situation("within", "ordinary"): GoOn(),
        Situation("within", "terminal"): End("rule"),
        Situation("reached", "ordinary"): End("limit"),
        Situation("reached", "terminal"): End("rule"),
    }
)

TERMINATE: Attended = MappingProxyType(
    {
        Situation("within", "ordinary"): GoOn(),
        Situation("within", "terminal"): Ask(End("rule")),
        Situation("reached", "ordinary"): Ask(GoOn()),
        Situation("reached", "terminal"): Ask(End("rule")),
    }
)

ALWAYS: Attended = MappingProxyType(
    {
        Situation("within", "ordinary"): Ask(GoOn()),
        Situation("within", "terminal"): Ask(End("rule")),
        Situation("reached", "ordinary"): Ask(GoOn()),
        Situation("reached", "terminal"): Ask(End("rule")),
    }
)

ASKING: Mapping[Asking, Attended] = MappingProxyType({"terminate": TERMINATE, "always": ALWAYS})


@frozen
class Ending:
    """What a conversation is measured by before an agent answers: its rule of termination, and the agent's limit."""

    until: Rule = NeverHolds()
    max_auto_replies: Limit = Unlimited

    def situation(self, view: View) -> Situation:
        """Where the conversation stands for this agent."""
        most = self.max_auto_replies
        reached = most is not Unlimited and auto_replies(view.log, view.me) >= most
        return Situation(
            "reached" if reached else "within", "terminal" if self.until(view.log) else "ordinary"
        )

    def carried_out(self, step: GoOn | End, view: View) -> Pass | Stop:
        """The decision that ``step`` stands for."""
        most = self.max_auto_replies
        if isinstance(step, GoOn):
            return Pass()
        if step.why == "limit" and most is not Unlimited:
            return Stop(DecisionLimit("max_auto_replies", most, view.me))
        return Stop(RuleFired(str(self.until.holding(view.log))))


@frozen(repr=False)
class NobodyAsked:
    """Stops where the conversation is to end, and passes elsewhere: ``human_reply("never")``."""

    ending: Ending = Ending()

    def __call__(self, view: View, /) -> Pass | Stop:
        return self.ending.carried_out(NEVER[self.ending.situation(view)], view)

    def __repr__(self) -> str:
        return written("human_reply", self.ending, "never")


def _asking(given: Asking) -> Asking:
    if given not in ASKING:
        raise ConfigError(f"human_input is 'never', 'terminate' or 'always'; found {given!r}")
    return given


@frozen(repr=False)
class HumanPolicy:
    """Asks a human as its table says: ``human_reply("terminate")`` and ``human_reply("always")``."""

    asking: Asking = field(converter=_asking)
    ending: Ending = Ending()

    def __call__(self, view: View, /) -> Steps[Decision, AskHuman]:
        step = ASKING[self.asking][self.ending.situation(view)]
        if not isinstance(step, Ask):
            return self.ending.carried_out(step, view)
        answer = yield from AskHuman(question(view, step), view.me, view.transcript)
        if isinstance(answer, Left):  # the run is over by then; this is for who drives a policy by hand
            return Stop("the human left")
        if isinstance(answer, Typed) and answer.text.strip():
            return Reply(interrupted_by(answer.text, view.log), origin="human")
        return self.ending.carried_out(step.unanswered, view)  # no words are no reply

    def __repr__(self) -> str:
        return written("human_reply", self.ending, self.asking)


def question(view: View, step: Ask) -> str:
    """What the human is asked."""
    last = view.log.transcript.last
    whom = f" to {last.sender}" if last is not None and last.sender != view.me else ""
    without = "it answers by itself" if isinstance(step.unanswered, GoOn) else "the conversation ends"
    calls = pending_calls(view.log).calls
    if not calls or not isinstance(step.unanswered, GoOn):
        return f"Your reply{whom} as {view.me}; without one {without}:"
    waiting = ", ".join(f"{call.name}({call.arguments})" for call in calls)
    return f"Waiting to be called: {waiting}\nYour reply{whom} as {view.me} instead; without one {without}:"


NO_RULE = NeverHolds()


@overload
def human_reply(
    human_input: Literal["never"], *, until: Rule = ..., max_auto_replies: Limit = ...
) -> NobodyAsked: ...
@overload
def human_reply(
    human_input: Asking = ..., *, until: Rule = ..., max_auto_replies: Limit = ...
) -> HumanPolicy: ...
@overload
def human_reply(
    human_input: HumanInput, *, until: Rule = ..., max_auto_replies: Limit = ...
) -> HumanPolicy | NobodyAsked: ...
def human_reply(
    human_input: HumanInput = "always", *, until: Rule = NO_RULE, max_auto_replies: Limit = Unlimited
) -> HumanPolicy | NobodyAsked:
    """The policy that asks a human as ``human_input`` says; see the table of this module.

    ``until`` says which message ends the conversation; ``max_auto_replies`` how often the agent answers by itself.
    """
    ending = Ending(until, max_auto_replies)
    return NobodyAsked(ending) if human_input == "never" else HumanPolicy(human_input, ending)
