"""Typed, replayable conversations between agents, tools, code runners and humans.

Put a team together (``assistant``, ``user_proxy``, ``chat``, ``group``), choose who performs its effects (``World``),
and run it. The names below are the public ones; the folders hold the rest, each layer above those it uses.
"""

__version__ = "0.1.0"

from typedagents.core.ambient import Draw, Now, Sleep
from typedagents.core.chain import Fold
from typedagents.core.code import CodeBlock, CodeLimits, CodeResult, RunCode
from typedagents.core.decision import Decision, Draft, Pass, Reply, Stop
from typedagents.core.effect import Effect, Failed, Ok, Steps, proved
from typedagents.core.errors import (
    ConfigError,
    Divergence,
    ExecutorError,
    ExecutorUnavailable,
    HandlerError,
    HumanError,
    PolicyError,
    ProviderError,
    Suspended,
    ToolError,
    TraceError,
    TypedAgentsError,
)
from typedagents.core.handler import Call, Handler
from typedagents.core.human import AskHuman, HumanAnswer, Left, Skipped, Typed
from typedagents.core.kernel import Ended, converse
from typedagents.core.limits import Limits, Unlimited
from typedagents.core.log import Context, Log, Transcript, Variable
from typedagents.core.message import Message
from typedagents.core.model import CallModel, ModelReply, Prompt, Settings, TextDelta, ToolSpec
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
from typedagents.core.rule import Rule
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
from typedagents.core.tool import CallTool
from typedagents.core.usage import Charge, Usage
from typedagents.core.view import Policy, Selector, SharedView, Summary, View
from typedagents.interpreter.budget import Bill, Budget
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
from typedagents.interpreter.outcome import Outcome
from typedagents.interpreter.ports import (
    CodeExecutor,
    Human,
    ModelProvider,
    with_executor,
    with_human,
    with_models,
)
from typedagents.interpreter.secrets import Secret
from typedagents.interpreter.traces import TraceFiles, TraceMemory
from typedagents.interpreter.world import World
from typedagents.policies.code import code_reply
from typedagents.policies.combinators import first_of, unless, when
from typedagents.policies.ending import until, with_limit
from typedagents.policies.fixed import passes, says
from typedagents.policies.guarding import fallback, guard
from typedagents.policies.human import human_reply
from typedagents.policies.model import model_reply
from typedagents.policies.nesting import nested, society
from typedagents.policies.opening import Opening, from_human, opens
from typedagents.policies.recipes import assistant, chat, user_proxy
from typedagents.policies.rules import (
    decision_count,
    ends_with,
    holds,
    mentions,
    message_count,
    says_exactly,
    spoke,
)
from typedagents.policies.rules_events import (
    handed_over,
    human_spoke,
    plain_words,
    timed_out,
    tool_called,
    tool_returned,
    variable_is,
)
from typedagents.policies.rules_spending import cost_reached, tokens_used
from typedagents.policies.selectors import in_order
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

__all__ = [
    "Agent",
    "AskHuman",
    "Audio",
    "Bill",
    "Budget",
    "BudgetExceeded",
    "Call",
    "CallModel",
    "CallTool",
    "Cancelled",
    "Charge",
    "CodeBlock",
    "CodeExecutor",
    "CodeLimits",
    "CodeResult",
    "ConfigError",
    "Context",
    "Control",
    "Cut",
    "Data",
    "Decision",
    "DecisionLimit",
    "Divergence",
    "Draft",
    "Draw",
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
    "Pass",
    "Policy",
    "PolicyError",
    "PolicyStopped",
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
    "Text",
    "TextDelta",
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
    "Unlimited",
    "Usage",
    "Variable",
    "View",
    "World",
    "approximate_tokens",
    "assistant",
    "attempt",
    "both",
    "chat",
    "code_reply",
    "converse",
    "cost_reached",
    "decision_count",
    "each",
    "either",
    "ends_with",
    "fallback",
    "first_of",
    "from_human",
    "graph",
    "group",
    "group_of",
    "guard",
    "handed_over",
    "holds",
    "human_reply",
    "human_spoke",
    "in_order",
    "last",
    "last_words",
    "mentions",
    "message_count",
    "message_limit",
    "model_reply",
    "name_prefixes",
    "nested",
    "opens",
    "passes",
    "plain_words",
    "plan",
    "proved",
    "race",
    "reflection",
    "says",
    "says_exactly",
    "sequence",
    "society",
    "spoke",
    "summarised",
    "talk",
    "timed_out",
    "token_limit",
    "tokens_used",
    "tool_called",
    "tool_returned",
    "transformed",
    "unless",
    "until",
    "user_proxy",
    "variable_is",
    "when",
    "with_executor",
    "with_human",
    "with_limit",
    "with_models",
    "without",
]
