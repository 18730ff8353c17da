"""Counts by the vocabularies of OpenAI's models: exact for words, close for the tools (the extra ``tokens``).

What stands around the words is known: four tokens a message (its mark and role), one more and its own for a name, three
for the answer to begin with. How tools and schemas are told to the model is not; they count as they are sent.
"""

from __future__ import annotations

from collections.abc import Callable, Sized
from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from typing import TypeAlias, assert_never

from attrs import frozen

from typedagents.core.chain import Fold
from typedagents.core.errors import ConfigError
from typedagents.core.message import AgentName, Message, words_of
from typedagents.core.model import CallModel
from typedagents.interpreter.tokens import TokenCounter
from typedagents.policies.projection import (
    AssistantItem,
    Awaited,
    Item,
    SystemItem,
    ToolItem,
    UserItem,
    advance,
)

Encode: TypeAlias = Callable[[str], Sized]
"""A tokenizer: the tokens of a text."""

MESSAGE, NAME, ANSWER = 4, 1, 3
OLDER = ("gpt-3.5", "gpt-4-")
"""How names of models begin that have the vocabulary before the one that is in use now; ``gpt-4`` alone is one, too."""


def openai_tokens(model: str = "", *, encode: Encode | None = None) -> TokenCounter:
    """Counts what a call sends to ``model`` by its vocabulary, for ``Budget(tokens=...)``.

    The vocabularies come with the extra ``tokens``: nothing is downloaded, and they are loaded at the first count.
    ``encode`` is another tokenizer to count by, such as ``tiktoken.get_encoding("o200k_base").encode_ordinary``. Images,
    audio and files do not count.
    """
    if encode is not None:
        return _Counter(encode)
    if find_spec("bpe_openai") is None:
        raise ConfigError(
            "tokens are to be counted by OpenAI's vocabularies, which are not installed; do: pip install "
            "'typedagents[tokens]', or give encode=, another tokenizer's function"
        )
    older = model == "gpt-4" or model.startswith(OLDER)
    return _Counter(_Vocabulary("cl100k_base" if older else "o200k_base"))


@frozen
class _Vocabulary:
    name: str

    def __call__(self, text: str, /) -> Sized:
        return _loaded(self.name)(text)


@lru_cache(maxsize=2)
def _loaded(name: str) -> Encode:
    encode: Encode = import_module("bpe_openai").get_encoding(name).encode_ordinary
    return encode


@frozen
class _Tally:
    """The tokens so far, and the item that still awaits results."""

    tokens: int = 0
    awaited: Awaited | None = None


@frozen(cache_hash=True)
class _Count:
    """The fold's step: one message more, as it is told to ``me``. A message is counted once in its life."""

    me: AgentName
    encode: Encode

    def __call__(self, so_far: _Tally, message: Message) -> _Tally:
        awaited, items = advance(so_far.awaited, message, self.me)
        return _Tally(so_far.tokens + sum(map(self.item, items)), awaited)

    def item(self, item: Item) -> int:
        match item:
            case SystemItem(text):
                return MESSAGE + self.text(text)
            case UserItem(parts, name):
                return MESSAGE + self.text(words_of(parts)) + (NAME + self.text(name) if name else 0)
            case AssistantItem(parts):
                calls = sum(self.text(call.name) + self.text(call.arguments) for call in item.calls)
                return MESSAGE + self.text(words_of(parts)) + calls
            case ToolItem(result):
                return MESSAGE + self.text(result.text)
            case _:
                assert_never(item)

    def text(self, text: str) -> int:
        return len(self.encode(text)) if text else 0


@frozen
class _Counter:
    """See ``openai_tokens``."""

    encode: Encode

    def __call__(self, call: CallModel, /) -> int:
        step = _Count(call.me, self.encode)
        tally = call.transcript.fold(Fold(_Tally(), step))
        items = tally.awaited.settled if tally.awaited else ()
        texts = [text for tool in call.tools for text in (tool.name, tool.description, tool.parameters)]
        texts += [call.output.schema] if call.output else []
        told = sum(map(step.item, items)) + sum(map(step.text, texts))
        if call.instructions and call.instructions.text:
            told += step.item(SystemItem(call.instructions.text))
        return ANSWER + tally.tokens + told
