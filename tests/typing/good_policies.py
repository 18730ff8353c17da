"""What the types of policies say of what they ask for, as users write them."""

from __future__ import annotations

from typing import Literal, Never, assert_type

from typedagents.core.ambient import Draw, Now
from typedagents.core.code import RunCode
from typedagents.core.code_approval import ApproveCode
from typedagents.core.context import Variable, is_set
from typedagents.core.decision import Choice, Chosen, Decision, Pass, Reply, Stop
from typedagents.core.effect import Steps
from typedagents.core.human import AskHuman
from typedagents.core.log import Log, Transcript
from typedagents.core.message import AgentName
from typedagents.core.model import CallModel
from typedagents.core.rule import Rule
from typedagents.core.team import Agent, Team, group
from typedagents.core.view import Policy, SharedView, View
from typedagents.policies.coding.running import code_reply
from typedagents.policies.combinators import FirstOf, When, first_of, unless, when
from typedagents.policies.ending import Limited, Until, until, with_limit
from typedagents.policies.fixed import passes, says
from typedagents.policies.flows.edges import Edge, edge
from typedagents.policies.flows.flow import flow
from typedagents.policies.guarding import Fallback, Guarded, fallback, guard
from typedagents.policies.guardrails import (
    GuardReceived,
    GuardSaid,
    guard_received,
    guard_said,
    judged,
    matching,
)
from typedagents.policies.handing.handing import HandsTo, WithHandoffs, hands_to, with_handoffs
from typedagents.policies.handing.handoff import Handoff, handoff
from typedagents.policies.handing.swarm import swarm
from typedagents.policies.handing.targets import Target, stay, to, to_whom
from typedagents.policies.human import HumanInput, HumanPolicy, NobodyAsked, human_reply
from typedagents.policies.model import ModelPolicy, model_reply
from typedagents.policies.recipes import assistant, chat, user_proxy
from typedagents.policies.rules.said import ends_with, mentions, spoke
from typedagents.policies.selecting.by_human import by_human
from typedagents.policies.selecting.by_model import by_model
from typedagents.policies.selecting.by_policy import by_policy
from typedagents.policies.selecting.candidates import not_last
from typedagents.policies.selecting.introductions import introduced
from typedagents.policies.selecting.orders import at_random, in_order
from typedagents.policies.selecting.transitions import transitions
from typedagents.policies.selecting.within import hand_on, within
from typedagents.policies.talks import talk
from typedagents.policies.transforms.dropping import Without, without
from typedagents.policies.transforms.newest import last, token_limit
from typedagents.policies.transforms.rewriting import name_prefixes
from typedagents.policies.transforms.shortening import message_limit
from typedagents.policies.transforms.summing import summarised
from typedagents.policies.transforms.transform import AgentTransform, Transform
from typedagents.policies.transforms.transformed import Transformed, transformed
from typedagents.policies.wording import wording


def echo(view: View) -> Decision:
    return Reply(view.me)


def asks_model(view: View) -> Steps[Decision, CallModel]:
    reply = yield from CallModel(view.transcript, view.me)
    return Reply(reply.parts, origin="model")


def early(view: View) -> bool:
    return view.turn < 3


def shortens(view: View, decision: Decision) -> Decision:
    return Pass()


def lets_see(view: View, decision: Decision) -> Steps[Decision, AskHuman]:
    yield from AskHuman("may it?", view.me)
    return decision


def picks(view: SharedView) -> Steps[str | None, CallModel]:
    return (yield from CallModel(view.transcript, "picker")).text


def explains(view: SharedView) -> str | Chosen | Stop | None:
    return Chosen("a", "because") if view.turn else Stop("late")


def tail(view: SharedView) -> Transcript:
    return Transcript(list(view.transcript)[-3:])


def others(view: View) -> Transcript:
    return Transcript([message for message in view.transcript if message.sender != view.me])


def asks_which(view: SharedView) -> Steps[Transcript, AskHuman]:
    yield from AskHuman("which?", "u")
    return view.transcript


def first_of_all(view: SharedView) -> str:
    return "a"


# The first who has something to say performs what all of them perform.
assert_type(first_of(human_reply("always"), model_reply()), FirstOf[AskHuman | CallModel])
assert_type(first_of(asks_model, echo), FirstOf[CallModel])
assert_type(first_of(echo, passes, says("x")), FirstOf[Never])
assert_type(first_of(), FirstOf[Never])
assert_type(
    first_of(first_of(asks_model, human_reply()), code_reply()), FirstOf[CallModel | AskHuman | RunCode]
)
assert_type(
    first_of(echo, asks_model, echo, human_reply(), echo, code_reply(), echo, passes),
    FirstOf[CallModel | AskHuman | RunCode],
)


def of_a_list(policies: list[Policy[CallModel | AskHuman]]) -> None:
    assert_type(first_of(*policies), FirstOf[CallModel | AskHuman])


# The others change nothing about it.
assert_type(when(early, asks_model), When[CallModel])
assert_type(when(mentions("x") & ~mentions("y"), when(early, human_reply())), When[AskHuman])
assert_type(unless(early, echo), When[Never])
assert_type(edge("a", "b", lambda message: "x" in message.text), Edge)
assert_type(without(lambda message: message.origin == "tool"), Without)
assert_type(until(ends_with("x"), asks_model), Until[CallModel])
assert_type(with_limit(asks_model, max_auto_replies=3), Limited[CallModel])
assert_type(with_limit(echo, max_auto_replies=3, then="pass"), Limited[Never])
assert_type(guard(asks_model, shortens), Guarded[CallModel])
assert_type(guard(asks_model, lets_see), Guarded[CallModel | AskHuman])
assert_type(guard(echo, shortens), Guarded[Never])
assert_type(fallback(asks_model, human_reply(), kinds="provider"), Fallback[CallModel | AskHuman])
assert_type(fallback(echo, says("x")), Fallback[Never])

# What is shown to a policy or selector may be asked for too.
assert_type(transformed(echo, last(3)), Transformed[View, Decision, Never])
assert_type(transformed(says("x"), tail, others, name_prefixes()), Transformed[View, Decision, Never])
assert_type(transformed(asks_model, last(3), message_limit(50)), Transformed[View, Decision, CallModel])
assert_type(transformed(model_reply(), without(spoke("b"))), Transformed[View, Decision, CallModel])
assert_type(transformed(echo, summarised(over=9, keep=3), last(3)), Transformed[View, Decision, CallModel])
assert_type(transformed(model_reply(), tail, asks_which), Transformed[View, Decision, CallModel | AskHuman])
assert_type(
    transformed(transformed(human_reply(), asks_which), summarised(over=9, keep=3)),
    Transformed[View, Decision, AskHuman | CallModel],
)
assert_type(transformed(first_of_all, last(3)), Transformed[SharedView, Choice, Never])
assert_type(transformed(in_order("a"), tail), Transformed[SharedView, Choice, Never])
assert_type(transformed(picks, last(3)), Transformed[SharedView, Choice, CallModel])
assert_type(transformed(picks, asks_which), Transformed[SharedView, Choice, CallModel | AskHuman])
assert_type(Agent("a", transformed(human_reply(), summarised(over=9, keep=3))), Agent[AskHuman | CallModel])
assert_type(group(Agent("a", echo)).selected_by(transformed(picks, last(3))), Team[CallModel])
cut: Policy[CallModel] = transformed(model_reply(), token_limit(4000))
anybodys: Transform = tail
somebodys: AgentTransform[AskHuman] = asks_which

# What is narrower goes where more is allowed.
wide: Policy[CallModel | AskHuman] = asks_model
silent: Policy = echo
assert_type(Agent("a", first_of(when(early, human_reply()), asks_model)), Agent[AskHuman | CallModel])

# Whom a human's reply may ask is seen from its mode.
assert_type(human_reply(), HumanPolicy)
assert_type(human_reply("terminate"), HumanPolicy)
assert_type(human_reply("never"), NobodyAsked)
assert_type(model_reply("m", "be brief"), ModelPolicy)


def of_any_mode(mode: HumanInput) -> None:
    assert_type(human_reply(mode), HumanPolicy | NobodyAsked)
    assert_type(Agent("u", first_of(human_reply(mode), asks_model)), Agent[AskHuman | CallModel])
    assert_type(user_proxy("u", mode), Agent[AskHuman | RunCode])


# Recipes perform exactly what they are made of.
asking: Literal["terminate"] = "terminate"
assert_type(assistant("a"), Agent[CallModel])
assert_type(assistant("a", "m", until=ends_with("x"), max_auto_replies=3), Agent[CallModel])
assert_type(user_proxy("u"), Agent[AskHuman | RunCode])
assert_type(user_proxy("u", asking), Agent[AskHuman | RunCode])
assert_type(user_proxy("u", code=None), Agent[AskHuman])
assert_type(user_proxy("u", "terminate", code=None), Agent[AskHuman])
assert_type(user_proxy("u", "never"), Agent[RunCode])
assert_type(user_proxy("u", "never", code=code_reply(languages="sh"), default_reply="go on"), Agent[RunCode])
assert_type(user_proxy("u", "never"), Agent[RunCode])
assert_type(user_proxy("u", "never", code=code_reply(approval=True)), Agent[RunCode | ApproveCode])
assert_type(user_proxy("u", code=code_reply(approval=True)), Agent[AskHuman | RunCode | ApproveCode])
assert_type(user_proxy("u", "never", code=None), Agent[Never])

assert_type(chat(user_proxy("u", "never"), assistant("a"), "hi", max_turns=3), Team[RunCode | CallModel])
assert_type(chat(user_proxy("u", "never", code=None), assistant("a")), Team[CallModel])
assert_type(group(assistant("a"), user_proxy("u")).selected_by(picks), Team[CallModel | AskHuman | RunCode])
assert_type(group(assistant("a"), Agent("b", echo)).selected_by(in_order("b", "a")), Team[CallModel])

# A selector performs what it has to ask for its choice, and only then.
rules = not_last() & transitions(allowed={"a": ["b"], "b": ["a"]}) & within({"a": 3}, then=hand_on("b"))
two = group(Agent("a", code_reply()), Agent("b", echo))
assert_type(two.selected_by(in_order(among=rules)), Team[RunCode])
assert_type(two.selected_by(at_random(rules)), Team[RunCode | Draw])
assert_type(two.selected_by(by_model("m", among=rules)), Team[RunCode | CallModel])
assert_type(two.selected_by(by_human(among=rules)), Team[RunCode | AskHuman])
assert_type(two.selected_by(by_policy(echo)), Team[RunCode])
assert_type(
    two.selected_by(by_policy(first_of(human_reply(), asks_model), among=rules)),
    Team[RunCode | AskHuman | CallModel],
)
assert_type(introduced(group(assistant("a"), user_proxy("u", code=None))), Team[CallModel | AskHuman])
assert_type(two.selected_by(explains), Team[RunCode])
assert_type(rules(SharedView(Log(), two.roster, "x")), tuple[AgentName, ...])


# Flows perform what their nodes perform, and may ask for the time.
def all_of_them(view: SharedView) -> tuple[str, ...]:
    return tuple(view.roster)


def whoever(view: SharedView) -> Steps[tuple[str, ...], CallModel]:
    return ((yield from CallModel(view.transcript, "picker")).text,)


LINE = [edge("a", "u", when="x"), edge("a", "b", when=ends_with("x"))]
assert_type(flow(assistant("a"), user_proxy("u", "never"), edges=LINE), Team[CallModel | RunCode | Now])
assert_type(
    flow(chat(user_proxy("u"), assistant("a")), talk(group(Agent("b", echo))), Agent("b", echo), edges=LINE),
    Team[AskHuman | RunCode | CallModel | Now],
)
assert_type(flow(*[assistant("a"), assistant("b")], edges=LINE, any_of=["b"]), Team[CallModel | Now])
assert_type(group(Agent("b", echo)).selected_by(all_of_them), Team[Never])
assert_type(group(Agent("b", echo)).selected_by(whoever), Team[CallModel])

# Names for such values need no annotations.
quiet = when(early, echo)
quieter = first_of(
    quiet, guard(echo, shortens), with_limit(echo, max_auto_replies=1), until(ends_with("x"), echo)
)
silent_team = group(Agent("a", quieter), Agent("b", echo))
ordered = silent_team.selected_by(in_order("b", "a"))
spoken = chat(Agent("a", echo), Agent("b", echo))
also_ordered = group(assistant("a"), Agent("b", echo)).selected_by(in_order("b", "a"))
assert_type(quieter, FirstOf[Never])
assert_type(also_ordered, Team[CallModel])


def asks(view: View) -> Steps[Decision, AskHuman]:
    yield from AskHuman("?", view.me)
    return Pass()


COUNT = Variable("count", int, 0)
TIER = Variable("tier", str, "basic")
vip: Rule = (COUNT > 3) & ~TIER.equals("gold") | is_set(TIER)

assert_type(to("b").when(vip) | to_whom(at_random()), Target[Draw])
assert_type(handoff("b", "when"), Handoff[Never])
assert_type(handoff(to_whom(at_random()), "when", name="any"), Handoff[Draw])
assert_type(with_handoffs(model_reply(), handoff("b", "when")), WithHandoffs[CallModel])
assert_type(
    with_handoffs(model_reply(), handoff("b", "when"), handoff(to_whom(at_random()), "", name="any")),
    WithHandoffs[CallModel | Draw],
)
assert_type(with_handoffs(echo, handoff("b", "when")), WithHandoffs[Never])
assert_type(hands_to(to("b")), HandsTo[Never])
assert_type(hands_to(to_whom(by_human())), HandsTo[AskHuman])
pair = group(
    Agent(AgentName("a"), model_reply(instructions=wording("{n}", n=COUNT))), Agent(AgentName("b"), echo)
)
assert_type(swarm(pair), Team[CallModel])
assert_type(swarm(pair, first="a", otherwise=to_whom(at_random())), Team[CallModel | Draw])
assert_type(swarm(pair, after={"a": to("b")}, otherwise=to_whom(by_human())), Team[CallModel | AskHuman])
assert_type(guard_said(echo, matching("x"), stay()), GuardSaid[Never])
assert_type(guard_said(echo, judged("x"), stay()), GuardSaid[CallModel])
assert_type(
    guard_received(asks, judged("x"), to_whom(at_random())), GuardReceived[AskHuman | CallModel | Draw]
)
