"""Why a run ended: one closed union for every pattern of conversation. Each reason explains itself."""

from __future__ import annotations

from typing import Literal, TypeAlias

from attrs import field, frozen

from .effect import Failed

DecisionLimitName: TypeAlias = Literal["max_decisions", "max_messages", "max_turns", "max_auto_replies"]
EffectLimitName: TypeAlias = Literal["max_effects", "max_model_calls", "max_repeats", "max_depth"]


@frozen
class RuleFired:
    """A termination rule held. ``rule`` is the rule in words."""

    rule: str
    why: Literal["rule"] = field(default="rule", init=False, repr=False)

    def __str__(self) -> str:
        return f"rule: {self.rule}"


@frozen
class DecisionLimit:
    """A limit on turns or messages was reached; it ends the conversation it belongs to.

    ``agent`` is whose limit it was; of ``max_decisions``, who answered itself, being alone in its team.
    """

    limit: DecisionLimitName
    value: int
    agent: str = ""
    why: Literal["decision_limit"] = field(default="decision_limit", init=False, repr=False)

    def __str__(self) -> str:
        whose = f" of {self.agent!r}" if self.agent else ""
        if self.agent and self.limit == "max_decisions":
            return (
                f"limit: max_decisions={self.value} was reached by {self.agent!r}, who is alone in its team and answered "
                "itself; give the team a rule that ends it (until=...), max_decisions=1, or another agent"
            )
        return (
            f"limit: {self.limit}={self.value}{whose} was reached; raise it, or write {self.limit}=Unlimited"
        )


@frozen
class EffectLimit:
    """A limit on what a conversation may ask for was reached; it ends the run. ``effect`` would have been the next."""

    limit: EffectLimitName
    value: int
    effect: str
    why: Literal["effect_limit"] = field(default="effect_limit", init=False, repr=False)

    def __str__(self) -> str:
        return (
            f"limit: {self.limit}={self.value} was reached before {self.effect}; raise it in the team's Limits, "
            f"or write {self.limit}=Unlimited"
        )


@frozen
class BudgetExceeded:
    """The world's budget does not allow the next effect."""

    budget: str
    effect: str
    why: Literal["budget"] = field(default="budget", init=False, repr=False)

    def __str__(self) -> str:
        return f"budget: {self.budget} does not allow {self.effect}"


@frozen
class Silence:
    """Everyone who may speak has passed since the last message."""

    why: Literal["silence"] = field(default="silence", init=False, repr=False)

    def __str__(self) -> str:
        return "silence: everyone who may speak has passed since the last message"


@frozen
class PolicyStopped:
    """An agent's policy decided to stop; with an empty ``agent``, the selector named nobody."""

    agent: str
    reason: str
    why: Literal["policy"] = field(default="policy", init=False, repr=False)

    def __str__(self) -> str:
        return f"stopped by {self.agent or 'the selector'}: {self.reason}"


@frozen
class HumanLeft:
    """The human left."""

    agent: str
    why: Literal["human_left"] = field(default="human_left", init=False, repr=False)

    def __str__(self) -> str:
        return f"the human behind {self.agent!r} left"


@frozen
class EffectFailure:
    """An effect failed and no policy dealt with it."""

    agent: str
    failure: Failed
    why: Literal["failure"] = field(default="failure", init=False, repr=False)

    def __str__(self) -> str:
        return (
            f"failure in the turn of {self.agent or 'the selector'}: {self.failure.kind}: {self.failure.text}"
        )


@frozen
class Cancelled:
    """The run was cancelled from outside."""

    reason: str = ""
    why: Literal["cancelled"] = field(default="cancelled", init=False, repr=False)

    def __str__(self) -> str:
        return f"cancelled: {self.reason}" if self.reason else "cancelled"


StopReason: TypeAlias = (
    RuleFired
    | DecisionLimit
    | EffectLimit
    | BudgetExceeded
    | Silence
    | PolicyStopped
    | HumanLeft
    | EffectFailure
    | Cancelled
)
