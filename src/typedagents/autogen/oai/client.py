"""Asking a model once, without a conversation: ``OpenAIWrapper``. Agents ask theirs through runs instead."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from inspect import isawaitable
from typing import Final

from anyio.from_thread import start_blocking_portal
from attrs import evolve

from typedagents.autogen.cache.disk_cache import ROOT
from typedagents.autogen.exception_utils import InvalidValue
from typedagents.autogen.io.base import IOStream
from typedagents.autogen.layer.answers import ChatResponse, ResponseMessage, response_of
from typedagents.autogen.layer.code.alone import Alone
from typedagents.autogen.layer.custom_clients import ModelClient, Registered, check_registered
from typedagents.autogen.layer.logged import log_answer, log_wrapper
from typedagents.autogen.layer.messages import message_of, text_of
from typedagents.autogen.layer.models import Rotation, all_of, checked, configured, entries_of, passed_over
from typedagents.autogen.layer.sampling import tools_of
from typedagents.autogen.layer.usage import summed, usage_lines
from typedagents.autogen.logger.logger_utils import get_current_ts
from typedagents.core.errors import ProviderError
from typedagents.core.log import Transcript
from typedagents.core.message import AgentName, Message, agent_name
from typedagents.core.model import CallModel, ModelReply, Prompt
from typedagents.core.usage import Charge, merged
from typedagents.interpreter.lifetime import keeping
from typedagents.interpreter.ports import ModelProvider
from typedagents.providers.configuration.options import Options, dicts_in

__all__ = [
    "LEGACY_CACHE_DIR",
    "LEGACY_DEFAULT_CACHE_SEED",
    "TOOL_ENABLED",
    "ChatResponse",
    "ModelClient",
    "OpenAIWrapper",
]

TOOL_ENABLED: Final = True
LEGACY_CACHE_DIR: Final = ROOT
"""Where a ``cache_seed`` has its folder."""
LEGACY_DEFAULT_CACHE_SEED: Final = 41
"""The seed that AutoGen takes where none is given; here nothing is kept then."""
ME = AgentName("assistant")


# --- asking -----------------------------------------------------------------------------------------------------


class OpenAIWrapper:
    """Asks the models of a ``config_list`` in turn, until one answers.

    What an entry says of a call wins over ``base_config``, and both win over what ``create`` is given.
    """

    def __init__(
        self, *, config_list: Sequence[Mapping[str, object]] | None = None, **base_config: object
    ) -> None:
        whole = base_config if config_list is None else {**base_config, "config_list": list(config_list)}
        self._config_list: list[Options] = entries_of(checked(whole))
        self._clients: list[Registered] = []
        self._routing, self._rotation = whole.get("routing_method"), Rotation()
        self._charges: list[Charge] = []
        log_wrapper(self, {"config_list": self._config_list, "base_config": base_config})

    def register_model_client(self, model_client_cls: type[ModelClient], **kwargs: object) -> None:
        """Use this class for the entries whose ``model_client_cls`` is its name; ``ValueError`` where there is none."""
        one = Registered(model_client_cls, kwargs)
        check_registered(self._config_list, one)
        self._clients.append(one)

    def create(self, **config: object) -> ChatResponse:
        """The answer to ``messages``, by the first entry that gives one which ``filter_func`` lets pass.

        Where none passes, the last one's is returned, with ``pass_filter`` False. ``ProviderError`` where none answers.
        """
        failures: list[ProviderError] = []
        order = self._rotation.of(range(len(self._config_list)), self._routing)
        for index in order:
            options = {**config, **self._config_list[index]}
            try:
                response = self._answer(options, index)
            except ProviderError as error:
                failures.append(passed_over(error))
                continue
            passes = _passes(options, response)
            if passes or index == order[-1]:
                return evolve(response, pass_filter=passes)
        raise all_of(failures)

    def _answer(self, options: Options, index: int) -> ChatResponse:
        provider, request, began = configured(options, self._clients), request_of(options), get_current_ts()
        try:
            reply = asked(provider, request)
        except ProviderError as error:
            log_answer(ME, provider, self, request, error.text, began)
            raise
        log_answer(ME, provider, self, request, reply, began)
        self._charges.append(reply.charge)
        legacy = bool(options.get("functions")) and not options.get("tools")
        return response_of(reply, index, legacy=legacy)

    @classmethod
    def extract_text_or_completion_object(cls, response: ChatResponse) -> list[str | ResponseMessage]:
        """The texts of the answers; the whole message where it calls something."""
        messages = [choice.message for choice in response.choices]
        return [
            message if message.tool_calls or message.function_call else message.content or ""
            for message in messages
        ]

    @classmethod
    def instantiate(
        cls,
        template: str | Callable[[Mapping[str, object]], object] | None,
        context: Mapping[str, object] | None = None,
        allow_format_str_template: bool | None = False,
    ) -> object:
        """``template`` filled in from ``context``; as it is where there is no context, or where texts are no templates."""
        if not context or template is None:
            return template
        if isinstance(template, str):
            return template.format(**context) if allow_format_str_template else template
        return template(context)

    # --- usage ------------------------------------------------------------------------------------------------

    @property
    def total_usage_summary(self) -> dict[str, object] | None:
        """What was used so far, by model; None where nothing was."""
        return summed(merged(self._charges)) if self._charges else None

    @property
    def actual_usage_summary(self) -> dict[str, object] | None:
        """The same without what a cache answered."""
        paid = [one for one in self._charges if not one.cached]
        return summed(merged(paid)) if paid else None

    def clear_usage_summary(self) -> None:
        """Begin to count anew."""
        self._charges.clear()

    def print_usage_summary(self, mode: str | Sequence[str] = ("actual", "total")) -> None:
        """Print what was used: ``"actual"``, ``"total"`` (cached answers included), or both."""
        stream = IOStream.get_default()
        for line in usage_lines(mode, self.actual_usage_summary, self.total_usage_summary):
            stream.print(line, flush=True)


def _passes(options: Options, response: ChatResponse) -> bool:
    test = options.get("filter_func")
    return not callable(test) or bool(test(context=options.get("context"), response=response))


def asked(provider: ModelProvider, request: CallModel) -> ModelReply:
    """The provider's answer, waited for."""
    answer = provider.complete(request, Alone())
    if not isawaitable(answer):
        return answer
    with start_blocking_portal() as portal:
        return portal.call(_waited, answer)


async def _waited(answer: Awaitable[ModelReply]) -> ModelReply:
    async with keeping():  # connections, which belong to this loop
        return await answer


# --- messages ---------------------------------------------------------------------------------------------------


def request_of(options: Options) -> CallModel:
    """The call that these options of ``create`` ask for. What stands first with the role ``system`` are instructions."""
    if "messages" in options:
        messages = dicts_in(options, "messages")
    elif "prompt" in options:
        messages = [{"role": "user", "content": options["prompt"]}]
    else:
        raise InvalidValue(f"create needs messages; found the options {', '.join(sorted(options)) or 'none'}")
    filled = [_filled(message, options) for message in messages]
    begin = next((i for i, one in enumerate(filled) if one.get("role") != "system"), len(filled))
    system = "\n".join(text_of(one.get("content")) for one in filled[:begin])
    transcript = Transcript()
    for message in filled[begin:]:
        transcript = transcript.append(_message(message))
    return CallModel(transcript, ME, instructions=Prompt(system) if system else None, tools=tools_of(options))


def _filled(message: Options, options: Options) -> Options:
    """``message``, with its content filled in from the context of the call."""
    content, context = message.get("content"), options.get("context")
    if not isinstance(context, Mapping) or not (isinstance(content, str) or callable(content)):
        return message
    templates = bool(options.get("allow_format_str_template"))
    return {**message, "content": OpenAIWrapper.instantiate(content, context, templates)}


def _message(message: Options) -> Message:
    role = f"{message.get('role') or 'user'}"
    if role == "assistant":
        return message_of(message, ME, "model")
    name = message.get("name")
    spoken = name if isinstance(name, str) and name.strip() and name != ME else role
    return message_of(
        message, agent_name(spoken.strip()[:64]), "tool" if role in ("tool", "function") else "human"
    )
