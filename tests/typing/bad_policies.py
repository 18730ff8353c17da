"""What both checkers must refuse about policies: each marked line, and no other."""

from __future__ import annotations

from typing import Never

from typedagents.core.code import RunCode
from typedagents.core.context import Variable
from typedagents.core.decision import Decision, Reply
from typedagents.core.effect import Steps
from typedagents.core.human import AskHuman
from typedagents.core.log import Log, Transcript
from typedagents.core.message import AgentName, Message
from typedagents.core.model import CallModel
from typedagents.core.team import Agent, Team, group
from typedagents.core.view import Policy, SharedView, View
from typedagents.policies.coding.running import code_reply
from typedagents.policies.combinators import first_of, when
from typedagents.policies.ending import until, with_limit
from typedagents.policies.guarding import fallback, guard
from typedagents.policies.guardrails import (
    guard_said,
    judged,
)
from typedagents.policies.handing.handing import hands_to
from typedagents.policies.handing.swarm import swarm
from typedagents.policies.handing.targets import stay, to_whom
from typedagents.policies.human import HumanInput, human_reply
from typedagents.policies.model import model_reply
from typedagents.policies.recipes import assistant, chat, user_proxy
from typedagents.policies.rules.said import ends_with, holds
from typedagents.policies.selecting.by_human import by_human
from typedagents.policies.selecting.by_model import by_model
from typedagents.policies.selecting.by_policy import by_policy
from typedagents.policies.selecting.candidates import not_last
from typedagents.policies.selecting.orders import at_random
from typedagents.policies.selecting.transitions import transitions
from typedagents.policies.selecting.within import within
from typedagents.policies.transforms.newest import last
from typedagents.policies.transforms.summing import summarised
from typedagents.policies.transforms.transform import Transform
from typedagents.policies.transforms.transformed import transformed


def echo(view: View) -> Decision:
    return Reply(view.me)


def asks_model(view: View) -> Steps[Decision, CallModel]:
    return Reply((yield from CallModel(view.transcript, view.me)).parts)


def lets_see(view: View, decision: Decision) -> Steps[Decision, AskHuman]:
    yield from AskHuman("may it?", view.me)
    return decision


def says_text(view: View) -> str:
    return "text"


async def waits(view: View) -> Decision:
    return Reply("x")


def picks(view: SharedView) -> str:
    return "a"


def others(view: View) -> Transcript:
    return Transcript([message for message in view.transcript if message.sender != view.me])


def listed(view: SharedView) -> list[Message]:
    return list(view.transcript)


async def later(view: SharedView) -> Transcript:
    return view.transcript


def of_the_log(log: Log) -> bool:
    return True


mode: HumanInput = "always"

# More is asked for than the type allows.
a: Policy[CallModel] = first_of(asks_model, human_reply())  # E
b: Policy[CallModel] = when(ends_with("x"), human_reply())  # E: AskHuman
c: Policy[CallModel] = until(ends_with("x"), code_reply())  # E: RunCode
cc: Policy[RunCode] = code_reply(approval=True)  # E: ApproveCode
d: Policy[CallModel] = with_limit(code_reply(), max_auto_replies=1)  # E: RunCode
e: Policy[CallModel] = guard(asks_model, lets_see)  # E: AskHuman
f: Policy[CallModel] = fallback(asks_model, human_reply())  # E
g: Policy = human_reply("terminate")  # E: HumanPolicy
h: Policy = human_reply(mode)  # E: HumanPolicy
i: Agent[RunCode] = user_proxy("u")  # E: AskHuman
j: Agent[AskHuman] = user_proxy("u", "always")  # E: RunCode
k: Agent[RunCode] = user_proxy("u", mode)  # E: AskHuman
m: Team[CallModel] = chat(user_proxy("u", "never"), assistant("a"))  # E: RunCode
n: Agent[RunCode] = Agent("a", first_of(human_reply("never"), model_reply()))  # E
o: Team[AskHuman] = group(Agent("a", echo)).selected_by(by_model())  # E: CallModel
p: Team = group(Agent("a", echo)).selected_by(by_human())  # E: Human
q: Team = group(Agent("a", echo)).selected_by(at_random())  # E
r: Policy = transformed(echo, summarised(over=9, keep=3))  # E
s: Transform = others  # E: View

# No policies, conditions, checks, transforms or rules.
transformed(echo, echo)  # E: transformed
transformed(echo, listed)  # E: transformed
Agent("a", transformed(echo, later))  # E: transformed
transformed(picks, others)  # E: transformed
transformed(picks, summarised(over=9, keep=3))  # E: transformed
transformed(says_text, last(3))  # E: transformed
Agent("a", transformed(picks, last(3)))  # E: Agent
first_of(echo, says_text)  # E: str
first_of(echo, waits)  # E: Coroutine
first_of("text")  # E: first_of
when(of_the_log, echo)  # E: when
when(echo, echo)  # E: when
until(of_the_log, echo)  # E: Rule
guard(echo, echo)  # E: guard
holds(echo)  # E: holds
with_limit(echo, 3)  # E
with_limit(echo, max_auto_replies=None)  # E: None
with_limit(echo, max_auto_replies=3, then="skip")  # E: then
human_reply("ALWAYS")  # E: human_reply
user_proxy("u", "sometimes")  # E: user_proxy
user_proxy("u", code=True)  # E: user_proxy
assistant("a", until="TERMINATE")  # E: until
by_model(among=ends_with("x"))  # E: Candidates
by_model(answer="json")  # E: answer
by_human(among=["a"])  # E: Candidates
not_last() & ends_with("x")  # E
transitions(allowed={"a": [3]})  # E
transitions()  # E
within("three")  # E
within(3, then="pass")  # E: then
by_policy(says_text)  # E: by_policy
group(Agent("a", echo)).selected_by(holds(of_the_log))  # E

COUNT = Variable("count", int, 0)
TIER = Variable("tier", str, "basic")
too_much = COUNT > "x"  # E: Variable[int]
COUNT.equals("x")  # E: equals
too_few = TIER <= 3  # E: Variable[str]
not_free: Policy[Never] = guard_said(echo, judged("x"), stay())  # E
quiet: Policy[CallModel] = hands_to(to_whom(at_random()))  # E: Draw
guard_said(echo, says_text, stay())  # E: guard_said
no_dice: Team[CallModel] = swarm(group(Agent(AgentName("a"), echo)), otherwise=to_whom(at_random()))  # E: Draw
