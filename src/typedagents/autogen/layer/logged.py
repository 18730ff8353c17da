"""What runs, agents and ``OpenAIWrapper`` tell ``runtime_logging``, while a program has it on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING
from uuid import uuid4

from attrs import define, field
from msgspec import DecodeError
from msgspec.json import decode

from typedagents.autogen import runtime_logging
from typedagents.autogen.logger.logger_utils import get_current_ts
from typedagents.core.effect import Ok, Outcome, Path
from typedagents.core.log import Said
from typedagents.core.model import CallModel, ModelReply
from typedagents.core.parts import ToolResult
from typedagents.core.tool import CallTool
from typedagents.interpreter.events import EffectFinished, EffectStarted, EntryAdded, Event
from typedagents.interpreter.ports import ModelProvider
from typedagents.providers.formats.openai_chat import COMPATIBLE, encode

from .answers import response_of
from .messages import classic

if TYPE_CHECKING:
    from typedagents.autogen.agentchat.conversable_agent import ConversableAgent


def log_agent(agent: ConversableAgent) -> None:
    """An agent was made."""
    if runtime_logging.logging_enabled():
        told = (
            "name",
            "system_message",
            "description",
            "human_input_mode",
            "llm_config",
            "default_auto_reply",
        )
        runtime_logging.log_new_agent(agent, {name: getattr(agent, name) for name in told})


def log_wrapper(wrapper: object, init_args: Mapping[str, object]) -> None:
    """A wrapper was made."""
    if runtime_logging.logging_enabled():
        runtime_logging.log_new_wrapper(wrapper, init_args)


def log_answer(
    agent: object, client: object, wrapper: object, asked: CallModel, came: ModelReply | str, began: str
) -> None:
    """A model was asked, and answered; or why it did not."""
    if not runtime_logging.logging_enabled():
        return
    request = decode(
        encode(asked, COMPATIBLE, model="", stream=False).body, type=dict[str, object]
    )  # as most services are asked
    reply = came if isinstance(came, ModelReply) else None
    runtime_logging.log_chat_completion(
        uuid4(),
        id(client),
        id(wrapper),
        agent,
        request,
        came if reply is None else response_of(reply, 0, legacy=False),
        int(reply is not None and reply.cached),
        float(reply.cost_usd or 0) if reply else 0.0,
        began,
    )


@define(eq=False)
class RunLogger:
    """Watches a run. ``agents`` are those of the run, ``models`` what they answer with, by their names in it."""

    agents: Mapping[str, ConversableAgent]
    models: Mapping[str, ModelProvider]
    _began: dict[Path, str] = field(factory=dict)

    def __call__(self, event: Event) -> None:
        """Log what is worth it."""
        match event:
            case EntryAdded(entry=Said(message)):
                source = self.agents.get(message.sender, message.sender)
                runtime_logging.log_event(source, "said_message", message=classic(message, message.sender))
            case EffectStarted(effect=CallModel()):
                self._began[event.path] = get_current_ts()
            case EffectFinished(effect=CallModel() as asked, replayed=False):
                agent = self.agents.get(asked.model, event.agent)
                client = self.models.get(asked.model)
                began = self._began.pop(event.path, "") or get_current_ts()
                log_answer(agent, client, agent, asked, _came(event.outcome), began)
            case EffectFinished(
                effect=CallTool() as called, outcome=Ok(ToolResult() as result), replayed=False
            ):
                self._called(event.agent, called, result)
            case _:
                pass

    def _called(self, name: str, called: CallTool, result: ToolResult) -> None:
        agent = self.agents.get(getattr(called, "whose", name))
        function = None if agent is None else agent.function_map.get(called.name)
        if function is not None:
            runtime_logging.log_function_use(agent, function, _arguments(called.arguments), result.text)


def run_loggers(
    agents: Mapping[str, ConversableAgent], models: Mapping[str, ModelProvider]
) -> tuple[RunLogger, ...]:
    """The watcher of a run that logs it; none where the program does not log, so that no run makes events for it."""
    return (RunLogger(agents, models),) if runtime_logging.logging_enabled() else ()


def _arguments(text: str) -> dict[str, object]:
    try:
        return decode(text or "{}", type=dict[str, object])
    except DecodeError:  # what a model wrote
        return {"arguments": text}


def _came(outcome: Outcome) -> ModelReply | str:
    if isinstance(outcome, Ok):
        return outcome.value if isinstance(outcome.value, ModelReply) else f"{outcome.value}"
    return outcome.text
