"""Agents whose model is LLaVA: on a worker of its own, or at Replicate."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping, Sequence
from functools import partial
from importlib import import_module
from typing import Final

from typedagents.autogen.agentchat.agent import LLMAgent
from typedagents.autogen.agentchat.conversable_agent import ConversableAgent
from typedagents.autogen.exception_utils import InvalidValue, NotInstalled
from typedagents.autogen.layer.ag2.asking import beside
from typedagents.autogen.layer.agentchat.describing import Terminal
from typedagents.autogen.layer.configs import items
from typedagents.autogen.layer.fetching import AGENT, fetched
from typedagents.autogen.layer.messages import Plain
from typedagents.autogen.layer.models import all_of
from typedagents.core.errors import ProviderError
from typedagents.core.json_text import json_text
from typedagents.interpreter.ports import HttpRequest
from typedagents.providers.loose import entries, json_object, words

from .img_utils import llava_formatter
from .multimodal_conversable_agent import MultimodalConversableAgent

DEFAULT_LLAVA_SYS_MSG: Final = (
    "You see the pictures that you are shown, and answer what you are asked about them."
)
SEP: Final = "###"
"""What stands between those who speak, in LLaVA's prompts."""
LOCAL: Final = ("localhost", "127.0.0.1", "0.0.0.0")  # looked for in addresses; nothing listens
PLACE: Final = 2
MAX_NEW_TOKENS: Final = 1000
TEMPERATURE: Final = 0.5
SEED: Final = 1


class LLaVAAgent(MultimodalConversableAgent):
    """Answers with LLaVA, which sees the pictures that messages hold or name.

    An entry of ``config_list`` has the worker's address as ``base_url`` where that is this machine; else ``base_url`` is a
    model at Replicate, whose package has to be installed. ``max_new_tokens``, ``temperature`` and ``seed`` are for all.
    """

    def __init__(
        self,
        name: str,
        system_message: str | list[str] | None = DEFAULT_LLAVA_SYS_MSG,
        is_termination_msg: Terminal | None = None,
        *args: object,
        llm_config: Mapping[str, object],
        **kwargs: object,
    ) -> None:
        super().__init__(name, system_message, is_termination_msg, *args, llm_config=False, **kwargs)
        _entries(llm_config)
        self._config = dict(llm_config)
        self.register_reply([LLMAgent, None], self._image_reply, position=PLACE)

    def _image_reply(
        self,
        recipient: ConversableAgent,
        messages: Sequence[Mapping[str, object]],
        sender: ConversableAgent | None = None,
        config: object = None,
    ) -> tuple[bool, str | None] | Awaitable[tuple[bool, str | None]]:
        """What LLaVA says."""
        del recipient, sender, config
        spoken = [f"{SEP}{_role(one)}: {_tagged(one.get('content'))}\n" for one in messages]
        prompt = f"{self.system_message}\n{''.join(spoken)}{SEP}Assistant: "
        return beside(partial(_answered, prompt, self._config))


def _answered(prompt: str, config: Mapping[str, object]) -> tuple[bool, str | None]:
    return True, llava_call(prompt, config)


def _role(message: Mapping[str, object]) -> str:
    return "Assistant" if message.get("role") == "assistant" else "Human"


def _tagged(content: object) -> str:
    """A content as text, with tags in the place of its pictures."""
    if isinstance(content, list):
        return "".join(_tag(item) for item in content if isinstance(item, Mapping))
    return words(content)


def _tag(item: Mapping[str, object]) -> str:
    shown = item.get("image_url")
    return f"<img {shown.get('url')}>" if isinstance(shown, Mapping) else words(item.get("text"))


# --- asking -----------------------------------------------------------------------------------------------------


def _entries(llm_config: Mapping[str, object]) -> list[Mapping[str, object]]:
    found = items(llm_config, "config_list")
    if found and all(words(one.get("base_url")) for one in found):
        return found
    raise InvalidValue(
        "LLaVA is asked by the entries of a config_list, each with a base_url: the address of a worker on this machine, "
        "or a model at Replicate"
    )


def llava_call(prompt: str, llm_config: Mapping[str, object]) -> str:
    """What LLaVA says to a text, and to the pictures that its ``<img ...>`` tags name."""
    text, images = llava_formatter(prompt, order_image_tokens=False)
    return llava_call_binary(
        text,
        images,
        config_list=_entries(llm_config),
        max_new_tokens=_number(llm_config, "max_new_tokens", MAX_NEW_TOKENS),
        temperature=_number(llm_config, "temperature", TEMPERATURE),
        seed=_number(llm_config, "seed", SEED),
    )


def _number(config: Mapping[str, object], name: str, usual: float) -> float:
    found = config.get(name)
    return found if isinstance(found, int | float) else usual


def llava_call_binary(
    prompt: str,
    images: Sequence[str],
    config_list: Sequence[Mapping[str, object]],
    max_new_tokens: float = MAX_NEW_TOKENS,
    temperature: float = TEMPERATURE,
    seed: float = SEED,
) -> str:
    """What the first entry says that answers. ``images`` are in base64, and ``<image>`` in ``prompt`` stands for each."""
    failures: list[ProviderError] = []
    for config in config_list:
        try:
            return _llava_call_binary_with_config(prompt, images, config, max_new_tokens, temperature, seed)
        except ProviderError as error:
            failures.append(error)
    raise all_of(failures)


def _llava_call_binary_with_config(
    prompt: str,
    images: Sequence[str],
    config: Mapping[str, object],
    max_new_tokens: float,
    temperature: float,
    seed: float,
) -> str:
    place = words(config.get("base_url"))
    if not any(host in place for host in LOCAL):
        return _at_replicate(place, prompt, images, seed)
    told: Plain = {
        "model": config.get("model"),
        "prompt": prompt,
        "max_new_tokens": max_new_tokens,
        "temperature": temperature,
        "stop": SEP,
        "images": list(images),
    }
    url = f"{place if '://' in place else f'http://{place}'}/worker_generate_stream"
    headers = (("content-type", "application/json"), AGENT)
    reply = fetched(HttpRequest("POST", url, headers, json_text(told).encode()), f"LLaVA at {url}")
    return _last_said(reply.body, url)


def _last_said(body: bytes, url: str) -> str:
    """A worker says all that it has said so far, again and again, with a zero byte behind each."""
    said = [entries(json_object(line)).get("text") for line in body.split(b"\0") if line.strip()]
    if said and isinstance(said[-1], str):
        return said[-1].rpartition(SEP)[2].removeprefix("Assistant:").strip()
    raise ProviderError(f"LLaVA at {url}: answered without a text", kind="protocol")


def _at_replicate(model: str, prompt: str, images: Sequence[str], seed: float) -> str:
    try:
        replicate = import_module("replicate")
    except ImportError as error:
        raise NotInstalled(
            f"{model!r} is no address on this machine, so it is a model at Replicate, whose package `replicate` is not "
            "installed; install it, or give base_url the address of a worker"
        ) from error
    shown = {"image": f"data:image/jpeg;base64,{images[0]}"} if images else {}
    return "".join(
        replicate.run(model, input={**shown, "prompt": prompt.replace("<image>", " "), "seed": seed})
    )
