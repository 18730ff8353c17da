"""Asking whether a tool may be called: what is shown, what an answer means, and rules that decide first."""

from __future__ import annotations

from collections.abc import Awaitable

import anyio
import anyio.lowlevel
import pytest
from attrs import frozen

from tests.interpreter.calling import WAYS
from typedagents.core.code import CodeResult
from typedagents.core.code_approval import ApproveCode
from typedagents.core.decision import Decision, Reply
from typedagents.core.effect import Failed, Ok, Steps
from typedagents.core.handler import Call, Handler
from typedagents.core.human import AskHuman, HumanAnswer, Left, Skipped, Typed
from typedagents.core.limits import Limits
from typedagents.core.message import AgentName
from typedagents.core.stop import HumanLeft
from typedagents.core.structure import attempt
from typedagents.core.team import Agent, Team, group
from typedagents.core.tool import Approve, Approved, Denied, Verdict
from typedagents.core.view import View
from typedagents.interpreter.approval import meant, question_of, with_approval, with_code_approval
from typedagents.interpreter.outcome import Outcome
from typedagents.interpreter.ports import with_executor, with_human
from typedagents.interpreter.traces import TraceMemory
from typedagents.interpreter.world import World
from typedagents.policies.coding.running import code_reply
from typedagents.testing import scripted_executor, scripted_human


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@frozen
class Wants:
    """Asks whether it may, and says what came of it."""

    name: str = "rm"
    arguments: str = '{"path": "/x"}'

    def __call__(self, view: View, /) -> Steps[Decision, Approve]:
        asked = Approve(self.name, self.arguments, "c", view.me, view.transcript)
        match (yield from attempt(asked)):
            case Ok(Denied(reason)):
                return Reply(f"denied: {reason}")
            case Ok():
                return Reply("approved")
            case Failed(kind, text):
                return Reply(f"{kind}: {text}")


def team_of(policy: Wants) -> Team[Approve]:
    return group(Agent("bot", policy), limits=Limits(max_decisions=1))


TEAM = team_of(Wants())


def run(way: str, handler: Handler[Approve], team: Team[Approve] = TEAM) -> Outcome:
    world = World(handler, TraceMemory())
    if way == "sync":
        outcome = world.run_sync(team, "hi", name="r")
    else:
        outcome = anyio.run(lambda: world.run(team, "hi", name="r"), backend=way)
    assert world.replay(team, "r") == outcome
    return outcome


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (Typed("y"), Approved()),
        (Typed(" YES "), Approved()),
        (Typed("n"), Denied()),
        (Typed("No"), Denied()),
        (Typed(""), Denied()),
        (Typed("yes, but carefully"), Denied("yes, but carefully")),
        (Typed(" not today\n"), Denied("not today")),
        (Skipped(), Denied()),
        (Left(), Left()),
    ],
)
def test_only_a_plain_yes_approves(answer: HumanAnswer, verdict: Verdict) -> None:
    assert meant(answer) == verdict


def test_the_human_is_shown_the_call_and_decides(way: str) -> None:
    human = scripted_human("y")

    assert run(way, with_approval(human)).summary == "approved"
    (asked,) = human.asked
    assert asked.question == 'bot wants to call rm({"path": "/x"}). May it? (y, n, or why not)'
    assert [message.text for message in asked.transcript] == ["hi"]
    assert asked.me == "bot"
    assert run(way, with_approval(scripted_human(""))).summary == "denied: "
    assert run(way, with_approval(scripted_human("it is mine"))).summary == "denied: it is mine"


def test_who_leaves_ends_the_run(way: str) -> None:
    assert run(way, with_approval(scripted_human(Left()))).reason == HumanLeft("bot")


class Slowly:
    """A human who takes a while."""

    def answer(self, question: AskHuman, call: Call, /) -> Awaitable[HumanAnswer]:
        async def types() -> HumanAnswer:
            await anyio.lowlevel.checkpoint()
            return Typed("y")

        return types()


def test_a_human_may_take_a_while(way: str) -> None:
    assert run(way, with_approval(Slowly())).summary == "approved"


def test_each_agent_may_have_a_human_of_its_own(way: str) -> None:
    assert run(way, with_approval({"bot": scripted_human("y")})).summary == "approved"
    assert run(way, with_approval({"other": scripted_human()})).summary == (
        "human.not_found: no human stands behind 'bot'; there are: 'other'"
    )


def test_a_rule_may_decide_first_and_leave_the_rest_to_the_human(way: str) -> None:
    def careful(asked: Approve) -> Approved | Denied | None:
        if asked.name == "read":
            return Approved()
        return Denied("never") if "/etc" in asked.arguments else None

    def summary(policy: Wants, *answers: str) -> str:
        return run(way, with_approval(scripted_human(*answers), careful), team_of(policy)).summary

    assert summary(Wants("read")) == "approved"
    assert summary(Wants(arguments='"/etc"')) == "denied: never"
    assert summary(Wants(), "y") == "approved"


def test_a_rule_alone_needs_nobody(way: str) -> None:
    handler = Approve.by(lambda asked: Approved() if asked.name == "rm" else Denied("no"))

    assert run(way, handler).summary == "approved"


def test_humans_answer_and_approve_in_one_world() -> None:
    human = scripted_human("y")
    handler = with_human(human) | with_approval(human)

    assert handler.answer_to(AskHuman) is not None
    assert handler.answer_to(Approve) is not None


def test_what_a_terminal_would_obey_is_spelled_out() -> None:
    hidden = '{"path": "\x1b[2K\u202e\u009b\nx"}'
    text = question_of(Approve("rm", hidden, "c", AgentName("bot")))

    assert r'rm({"path": "\x1b[2K\u202e\x9b\nx"})' in text
    assert "ünï 漢" in question_of(Approve("rm", '"ünï 漢"', "c", AgentName("bot")))


PROGRAM = "```python\n# filename: a.py\nprint('\x1b[2K')\n```\n```sh\nls\n```"


def test_a_program_is_shown_whole_and_a_human_decides(way: str) -> None:
    team = group(Agent("bot", code_reply(approval=True)), limits=Limits(max_decisions=1))
    human, executor = scripted_human("no"), scripted_executor()
    world = World(with_code_approval(human) | with_executor(executor), TraceMemory())
    if way == "sync":
        outcome = world.run_sync(team, PROGRAM, name="r")
    else:
        outcome = anyio.run(lambda: world.run(team, PROGRAM, name="r"), backend=way)

    assert world.replay(team, "r") == outcome
    assert outcome.summary == "exitcode: 1 (execution failed)\nCode output: The code was not approved"
    assert executor.asked == ()
    assert human.asked[0].question == (
        "bot wants to run this:\nrun python as a.py:\n    # filename: a.py\n    print('\\x1b[2K')\nrun sh:\n    ls\n"
        "May it? (y, n, or why not)"
    )


def test_a_rule_may_decide_on_programs_first() -> None:
    def harmless(asked: ApproveCode) -> Approved | Denied | None:
        return Approved() if all("print" in block.code for block in asked.blocks) else None

    team = group(Agent("bot", code_reply(approval=True)), limits=Limits(max_decisions=1))
    world = World(
        with_code_approval(scripted_human("y"), harmless) | with_executor(scripted_executor("1", "2"))
    )

    for text in ("```python\nprint(1)\n```", "```python\nopen(1)\n```"):
        last = world.run_sync(team, text).transcript.last
        assert last is not None
        assert isinstance(last.parts[0], CodeResult)
        assert last.parts[0].exit_code == 0
