"""Typed, replayable conversations between agents, tools, code runners and humans.

Put a team together (``assistant``, ``user_proxy``, ``chat``, ``group``), choose who performs its effects (``World``),
and run it. The names below are the public ones; the folders hold the rest, each layer above those it uses.
"""

__version__ = "0.1.0"

from typedagents.core.ambient import Draw, Now, Sleep
from typedagents.core.chain import Fold
from typedagents.core.code import CodeBlock, CodeFile, CodeLimits, CodeResult, RunCode
from typedagents.core.code_approval import ApproveCode
from typedagents.core.context import Change, Context, Variable, is_set
from typedagents.core.decision import Chosen, Decision, Draft, Pass, Reply, Stop
from typedagents.core.effect import Effect, Failed, Ok, Steps, proved
from typedagents.core.errors import (
    ConfigError,
    Divergence,
    ExecutorError,
    ExecutorUnavailable,
    HandlerError,
    HumanError,
    Parked,
    PolicyError,
    ProviderError,
    Suspended,
    ToolError,
    TraceError,
    TypedAgentsError,
    UnknownTeam,
)
from typedagents.core.handler import Call, Handler
from typedagents.core.human import AskHuman, HumanAnswer, Left, Skipped, Typed
from typedagents.core.kernel import converse
from typedagents.core.limits import Limits, Unlimited
from typedagents.core.log import Log, Transcript
from typedagents.core.message import Message
from typedagents.core.model import CallModel, ModelReply, PartialAnswer, Prompt, Settings, TextDelta, ToolSpec
from typedagents.core.parts import (
    Audio,
    Data,
    File,
    Image,
    Inline,
    Link,
    Opaque,
    Reasoning,
    Refusal,
    Text,
    ToolCall,
    ToolResult,
)
from typedagents.core.registry import Teams, teams
from typedagents.core.rule import AlwaysHolds, Rule
from typedagents.core.stop import (
    BudgetExceeded,
    Cancelled,
    DecisionLimit,
    EffectFailure,
    EffectLimit,
    HumanLeft,
    PolicyStopped,
    RuleFired,
    Silence,
    StopReason,
)
from typedagents.core.structure import Node, attempt, both, each, either, graph, race
from typedagents.core.team import Agent, Team, group, group_of
from typedagents.core.tool import Approve, Approved, CallTool, Denied
from typedagents.core.turn import Ended
from typedagents.core.usage import Charge, Usage
from typedagents.core.view import Policy, Selector, SharedView, Summary, View, WaveSelector
from typedagents.interpreter.approval import with_approval, with_code_approval
from typedagents.interpreter.bill import Bill, Billed, BillRow
from typedagents.interpreter.budget import Budget
from typedagents.interpreter.control import Control
from typedagents.interpreter.events import (
    EffectFinished,
    EffectStarted,
    EntryAdded,
    Event,
    Observed,
    RunEnded,
    RunStarted,
)
from typedagents.interpreter.many import Held, Holder, Progress, in_world, map_conversations
from typedagents.interpreter.outcome import Outcome
from typedagents.interpreter.ports import (
    CodeExecutor,
    Human,
    ModelProvider,
    with_executor,
    with_human,
    with_models,
)
from typedagents.interpreter.prices import (
    Prices,
    PriceTable,
    built_in_prices,
    first_known,
    prices_of,
    read_prices,
    usual_prices,
)
from typedagents.interpreter.prompts import answered_later
from typedagents.interpreter.secrets import Secret
from typedagents.interpreter.tokens import TokenCounter, estimated_tokens
from typedagents.interpreter.tools import with_tools
from typedagents.interpreter.traces import TraceFiles, TraceMemory
from typedagents.interpreter.world import World
from typedagents.policies.answering import AnswerRefused, TypedAnswer, typed_answer
from typedagents.policies.calling.loop import tool_loop
from typedagents.policies.calling.reply import tool_reply
from typedagents.policies.calling.settling import settled
from typedagents.policies.calling.team_tool import as_tool
from typedagents.policies.calling.text_calls import calls_from_text
from typedagents.policies.carryover import carried
from typedagents.policies.coding.running import code_reply
from typedagents.policies.combinators import first_of, unless, when
from typedagents.policies.diagrams.mermaid import mermaid
from typedagents.policies.ending import until, with_limit
from typedagents.policies.fixed import passes, says
from typedagents.policies.flows.edges import OTHERWISE, Edge, edge
from typedagents.policies.flows.flow import flow
from typedagents.policies.guarding import fallback, guard
from typedagents.policies.guardrails import guard_received, guard_said, judged, matching
from typedagents.policies.handing.handing import hands_to, with_handoffs
from typedagents.policies.handing.handoff import handoff
from typedagents.policies.handing.showing import without_handoffs
from typedagents.policies.handing.swarm import swarm
from typedagents.policies.handing.targets import asking, finish, stay, to, to_whom
from typedagents.policies.human import human_reply
from typedagents.policies.model import model_reply
from typedagents.policies.nesting import nested, society
from typedagents.policies.opening import Opening, from_human, opens
from typedagents.policies.recipes import assistant, chat, user_proxy
from typedagents.policies.rules.events import (
    handed_over,
    human_spoke,
    plain_words,
    timed_out,
    tool_called,
    tool_returned,
)
from typedagents.policies.rules.said import (
    decision_count,
    ends_with,
    holds,
    mentions,
    message_count,
    says_exactly,
    spoke,
)
from typedagents.policies.rules.spending import cost_reached, tokens_used
from typedagents.policies.selecting.able import able
from typedagents.policies.selecting.by_human import by_human
from typedagents.policies.selecting.by_model import by_model
from typedagents.policies.selecting.by_policy import by_policy
from typedagents.policies.selecting.candidates import Candidates, everyone, not_last, those
from typedagents.policies.selecting.introductions import introduced
from typedagents.policies.selecting.orders import at_random, in_order
from typedagents.policies.selecting.prompts import ChoicePrompts
from typedagents.policies.selecting.resuming import resumed_from
from typedagents.policies.selecting.transitions import transitions
from typedagents.policies.selecting.within import hand_on, within
from typedagents.policies.sequences import plan, sequence
from typedagents.policies.summaries import last_words, reflection
from typedagents.policies.talks import Talk, talk
from typedagents.policies.transforms.cut import Cut
from typedagents.policies.transforms.dropping import without
from typedagents.policies.transforms.measures import approximate_tokens
from typedagents.policies.transforms.newest import last, token_limit
from typedagents.policies.transforms.rewriting import name_prefixes
from typedagents.policies.transforms.shortening import message_limit
from typedagents.policies.transforms.summing import summarised
from typedagents.policies.transforms.transform import Transform
from typedagents.policies.transforms.transformed import transformed
from typedagents.policies.wording import wording
from typedagents.tools.answered import Answered
from typedagents.tools.answers import answer_in

__all__ = [
    "OTHERWISE",
    "Agent",
    "AlwaysHolds",
    "AnswerRefused",
    "Answered",
    "Approve",
    "ApproveCode",
    "Approved",
    "AskHuman",
    "Audio",
    "Bill",
    "BillRow",
    "Billed",
    "Budget",
    "BudgetExceeded",
    "Call",
    "CallModel",
    "CallTool",
    "Cancelled",
    "Candidates",
    "Change",
    "Charge",
    "ChoicePrompts",
    "Chosen",
    "CodeBlock",
    "CodeExecutor",
    "CodeFile",
    "CodeLimits",
    "CodeResult",
    "ConfigError",
    "Context",
    "Control",
    "Cut",
    "Data",
    "Decision",
    "DecisionLimit",
    "Denied",
    "Divergence",
    "Draft",
    "Draw",
    "Edge",
    "Effect",
    "EffectFailure",
    "EffectFinished",
    "EffectLimit",
    "EffectStarted",
    "Ended",
    "EntryAdded",
    "Event",
    "ExecutorError",
    "ExecutorUnavailable",
    "Failed",
    "File",
    "Fold",
    "Handler",
    "HandlerError",
    "Held",
    "Holder",
    "Human",
    "HumanAnswer",
    "HumanError",
    "HumanLeft",
    "Image",
    "Inline",
    "Left",
    "Limits",
    "Link",
    "Log",
    "Message",
    "ModelProvider",
    "ModelReply",
    "Node",
    "Now",
    "Observed",
    "Ok",
    "Opaque",
    "Opening",
    "Outcome",
    "Parked",
    "PartialAnswer",
    "Pass",
    "Policy",
    "PolicyError",
    "PolicyStopped",
    "PriceTable",
    "Prices",
    "Progress",
    "Prompt",
    "ProviderError",
    "Reasoning",
    "Refusal",
    "Reply",
    "Rule",
    "RuleFired",
    "RunCode",
    "RunEnded",
    "RunStarted",
    "Secret",
    "Selector",
    "Settings",
    "SharedView",
    "Silence",
    "Skipped",
    "Sleep",
    "Steps",
    "Stop",
    "StopReason",
    "Summary",
    "Suspended",
    "Talk",
    "Team",
    "Teams",
    "Text",
    "TextDelta",
    "TokenCounter",
    "ToolCall",
    "ToolError",
    "ToolResult",
    "ToolSpec",
    "TraceError",
    "TraceFiles",
    "TraceMemory",
    "Transcript",
    "Transform",
    "Typed",
    "TypedAgentsError",
    "TypedAnswer",
    "UnknownTeam",
    "Unlimited",
    "Usage",
    "Variable",
    "View",
    "WaveSelector",
    "World",
    "able",
    "answer_in",
    "answered_later",
    "approximate_tokens",
    "as_tool",
    "asking",
    "assistant",
    "at_random",
    "attempt",
    "both",
    "built_in_prices",
    "by_human",
    "by_model",
    "by_policy",
    "calls_from_text",
    "carried",
    "chat",
    "code_reply",
    "converse",
    "cost_reached",
    "decision_count",
    "each",
    "edge",
    "either",
    "ends_with",
    "estimated_tokens",
    "everyone",
    "fallback",
    "finish",
    "first_known",
    "first_of",
    "flow",
    "from_human",
    "graph",
    "group",
    "group_of",
    "guard",
    "guard_received",
    "guard_said",
    "hand_on",
    "handed_over",
    "handoff",
    "hands_to",
    "holds",
    "human_reply",
    "human_spoke",
    "in_order",
    "in_world",
    "introduced",
    "is_set",
    "judged",
    "last",
    "last_words",
    "map_conversations",
    "matching",
    "mentions",
    "mermaid",
    "message_count",
    "message_limit",
    "model_reply",
    "name_prefixes",
    "nested",
    "not_last",
    "opens",
    "passes",
    "plain_words",
    "plan",
    "prices_of",
    "proved",
    "race",
    "read_prices",
    "reflection",
    "resumed_from",
    "says",
    "says_exactly",
    "sequence",
    "settled",
    "society",
    "spoke",
    "stay",
    "summarised",
    "swarm",
    "talk",
    "teams",
    "those",
    "timed_out",
    "to",
    "to_whom",
    "token_limit",
    "tokens_used",
    "tool_called",
    "tool_loop",
    "tool_reply",
    "tool_returned",
    "transformed",
    "transitions",
    "typed_answer",
    "unless",
    "until",
    "user_proxy",
    "usual_prices",
    "when",
    "with_approval",
    "with_code_approval",
    "with_executor",
    "with_handoffs",
    "with_human",
    "with_limit",
    "with_models",
    "with_tools",
    "within",
    "without",
    "without_handoffs",
    "wording",
]
