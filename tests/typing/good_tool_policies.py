"""What tools make of the types of policies and recipes."""

from __future__ import annotations

from typing import assert_type

from typedagents.core.code import RunCode
from typedagents.core.decision import Decision, Reply
from typedagents.core.handler import Handler
from typedagents.core.human import AskHuman
from typedagents.core.model import CallModel
from typedagents.core.team import Agent, Team
from typedagents.core.tool import Approve, CallTool
from typedagents.core.view import View
from typedagents.interpreter.approval import with_approval
from typedagents.interpreter.ports import Human, with_human
from typedagents.interpreter.tools import with_tools
from typedagents.policies.calling.loop import ToolLoop, tool_loop
from typedagents.policies.calling.reply import ToolPolicy, tool_reply
from typedagents.policies.calling.text_calls import TextCalls, calls_from_text
from typedagents.policies.human import HumanInput
from typedagents.policies.model import model_reply
from typedagents.policies.recipes import assistant, chat, user_proxy
from typedagents.tools.functions.decorator import tool
from typedagents.tools.toolset import Toolset, toolset


@tool
def add(a: int, b: int = 2) -> int:
    """Adds."""
    return a + b


@tool(approval=True)
def rm(path: str) -> None:
    """Removes."""


def echo(view: View) -> Decision:
    return Reply(view.me)


plain = toolset(add)
both = toolset(add, rm)
assert_type(plain, Toolset[CallTool])
assert_type(both, Toolset[CallTool | Approve])
assert_type(tool_reply(both), ToolPolicy[CallTool | Approve])
assert_type(tool_loop(model_reply(tools=plain), plain), ToolLoop[CallModel | CallTool])
assert_type(tool_loop(echo, plain), ToolLoop[CallTool])
assert_type(calls_from_text(model_reply(), plain), TextCalls[CallModel])
assert_type(assistant("a", tells=both), Agent[CallModel])
assert_type(assistant("a", "m", tools=both), Agent[CallModel | CallTool | Approve])
assert_type(assistant("a", "m", tools=plain, tells=both), Agent[CallModel | CallTool])
assert_type(user_proxy("u", runs=plain), Agent[AskHuman | RunCode | CallTool])
assert_type(user_proxy("u", "terminate", runs=plain), Agent[AskHuman | RunCode | CallTool])
assert_type(user_proxy("u", code=None, runs=both), Agent[AskHuman | CallTool | Approve])
assert_type(user_proxy("u", "never", runs=both), Agent[RunCode | CallTool | Approve])
assert_type(user_proxy("u", "never", code=None, runs=plain), Agent[CallTool])


def of_any(mode: HumanInput, human: Human) -> None:
    assert_type(user_proxy("u", mode, runs=plain), Agent[AskHuman | RunCode | CallTool])
    assert_type(with_tools(both) | with_approval(human), Handler[CallTool | Approve])
    assert_type(with_human(human) | with_approval(human), Handler[AskHuman | Approve])


assert_type(
    chat(user_proxy("u", "never", code=None, runs=plain), assistant("a", tells=plain)),
    Team[CallTool | CallModel],
)
