"""The members of a pattern's group as policies: what they do beside what they do in any group.

before its reply functions      hand over where a context condition holds
its model                       is told of the functions that hand over, where they can be called
its guardrails                  around both
around all of it                what the functions that hand over said is not shown, unless asked for
the executor                    answers all calls: of tools, and of functions that hand over
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from typing import TYPE_CHECKING, TypeAlias

from attrs import evolve, field, frozen
from msgspec.json import decode

from typedagents.autogen.layer.ag2.expressions import values_in
from typedagents.autogen.layer.agentchat.calling import LayerEffect
from typedagents.autogen.layer.agentchat.policies import ClassicAgent, Hooks, Steps
from typedagents.autogen.layer.agentchat.steps import ModelStep, ToolStep
from typedagents.core.chain import Fold
from typedagents.core.context import Change
from typedagents.core.deciding import consult
from typedagents.core.decision import Decision, Draft, Pass, Reply, Stop
from typedagents.core.effect import Request
from typedagents.core.log import Log, Transcript
from typedagents.core.message import Message
from typedagents.core.model import ToolSpec
from typedagents.core.parts import Text, ToolCall, ToolResult
from typedagents.core.rule import AlwaysHolds, Rule
from typedagents.core.view import Policy, View
from typedagents.policies.calling.pending import not_made, pending_calls
from typedagents.policies.calling.settling import changed
from typedagents.policies.handing.handing import hands_to
from typedagents.policies.handing.handoff import NO_PARAMETERS
from typedagents.policies.handing.targets import Floor, Landing, Over, Target, landed

from .shared import TARGET

if TYPE_CHECKING:
    from typedagents.autogen.agentchat.group.handoffs import Handoffs
    from typedagents.autogen.agentchat.group.llm_condition import LLMCondition

    from .places import Place


@frozen(eq=False)
class Offer:
    """A function by which a model hands over. ``words``: what the model is told of it."""

    name: str
    words: LLMCondition
    target: Target[LayerEffect]
    said: str
    rule: Rule

    def spec(self, log: Log) -> ToolSpec:
        """What the model is told."""
        return ToolSpec(self.name, self.words.words(values_in(log)), NO_PARAMETERS)


def offers_of(handoffs: Handoffs, place: Place) -> tuple[Offer, ...]:
    """What the model of an agent is offered."""
    found: list[Offer] = []
    for number, one in enumerate(handoffs.llm_conditions, 1):
        name = one.llm_function_name or f"transfer_to_{one.target.normalized_name()}_{number}"
        rule = AlwaysHolds() if one.available is None else one.available.rule
        found.append(Offer(name, one.condition, one.target.landing(place), str(one.target), rule))
    return tuple(found)


def before_it(handoffs: Handoffs, place: Place) -> list[Policy[LayerEffect]]:
    """The steps that hand over before anybody is asked."""
    return [hands_to(one.target.landing(place).when(one.rule)) for one in handoffs.context_conditions]


@frozen(eq=False)
class Telling:
    """The step of a model that is told of ``offers``, where they can be called."""

    step: ModelStep
    offers: tuple[Offer, ...]

    def __call__(self, view: View, /) -> Steps:
        log = view.log
        told = [offer.spec(log) for offer in self.offers if offer.rule(log)]
        return (yield from evolve(self.step, tools=(*self.step.tools, *told))(view))


# --- what is shown ----------------------------------------------------------------------------------------------


@frozen
class _Cut:
    """The step that leaves out calls of the functions ``names``, and their results."""

    names: frozenset[str]

    def __call__(self, so_far: Transcript, message: Message) -> Transcript:
        parts = tuple(part for part in message.parts if not self._cut(part))
        if len(parts) < len(message.parts):
            if not any(not isinstance(part, Text) or part.text for part in parts):
                return so_far
            message = evolve(message, parts=parts)
        return (so_far or Transcript()).append(message)

    def _cut(self, part: object) -> bool:
        return isinstance(part, ToolCall | ToolResult) and part.name in self.names


NOTHING = Transcript()


@frozen(eq=False)
class WithoutTransit:
    """A member who is shown nothing of hand-overs by functions ``names``."""

    policy: Policy[LayerEffect]
    names: frozenset[str]

    @property
    def parts(self) -> tuple[Policy[LayerEffect], ...]:
        return (self.policy,)

    def __call__(self, view: View, /) -> Steps:
        shown = view.transcript.fold(Fold(NOTHING, _Cut(self.names)))
        return (yield from consult(self.policy, view.showing(shown)))


# --- the executor -----------------------------------------------------------------------------------------------


@frozen(eq=False)
class GroupToolStep:
    """Answers calls one after the other, so that each sees what the one before it changed; the last target holds."""

    step: ToolStep
    offers: dict[str, Offer]
    place: Place = field(repr=False)

    def __call__(self, view: View, /) -> Pass | Steps:
        waiting = pending_calls(view.log).calls
        return self._answered(waiting, view) if waiting else Pass()

    def _answered(self, calls: Sequence[ToolCall], view: View) -> Steps:
        results: list[ToolResult] = []
        changes: tuple[Change, ...] = ()
        target: Target[LayerEffect] | None = None
        for call in calls:
            now = changed(view, changes)
            result, asked = yield from self._answer(call, now)
            results.append(evolve(result, changes=()))
            changes += tuple(change for change in result.changes if change.variable != TARGET)
            target = asked or target
        landing: Landing | None = None
        if target is not None:
            landing = yield from landed(target, changed(view, changes))
        return _handed(Reply((Draft(tuple(results), "tool"),), origin="tool", changes=changes), landing)

    def _answer(
        self, call: ToolCall, view: View
    ) -> Generator[Request[LayerEffect], object, tuple[ToolResult, Target[LayerEffect] | None]]:
        offer = self.offers.get(call.name)
        if offer is None:
            result = yield from self.step.answer(call, view)
            return result, self._asked(result.changes)
        if not offer.rule(view.log):
            return not_made(call, f"{call.name} is not possible now."), None
        return ToolResult(call.id, call.name, (Text(offer.said),)), offer.target

    def _asked(self, changes: Iterable[Change]) -> Target[LayerEffect] | None:
        """The target that a function returned."""
        from typedagents.autogen.agentchat.group.targets.transition_target import target_of

        told = next((change.json for change in changes if change.variable == TARGET), "null")
        found: object = decode(told)
        return target_of(found).landing(self.place) if isinstance(found, list) else None


def _handed(reply: Reply, landing: Landing | None) -> Decision:
    match landing:
        case Floor(agent):
            return evolve(reply, hand_to=agent)
        case Over(reason):
            return evolve(reply, ends=Stop(reason))
        case _:
            return reply


# --- the whole member -------------------------------------------------------------------------------------------


Guarded: TypeAlias = "Callable[[Policy[LayerEffect]], Policy[LayerEffect]]"


def member(
    made: ClassicAgent,
    handoffs: Handoffs,
    place: Place,
    guarded: Guarded | None = None,
) -> ClassicAgent:
    """A member's policy with its hand-overs, within its guardrails."""
    offers = offers_of(handoffs, place)
    told = [Telling(step, offers) if isinstance(step, ModelStep) and offers else step for step in made.steps]
    steps = (*before_it(handoffs, place), *told)
    if guarded is None:
        return evolve(made, steps=steps)
    quiet = evolve(made.side, silent=True)
    inner = evolve(made, side=quiet, steps=steps, hooks=evolve(made.hooks, send=()), opens=None, past=None)
    return evolve(made, steps=(guarded(inner),), hooks=Hooks(send=made.hooks.send), default=None)
