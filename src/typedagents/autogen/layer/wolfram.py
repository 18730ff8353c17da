"""Questions to Wolfram|Alpha, over its full-results interface."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlencode

from attrs import field, frozen

from typedagents.autogen.exception_utils import InvalidValue
from typedagents.core.errors import ProviderError
from typedagents.interpreter.ports import HttpRequest
from typedagents.interpreter.secrets import Secret
from typedagents.providers.loose import entries, items, json_object, words

from .fetching import AGENT, fetched

URL: Final = "https://api.wolframalpha.com/v2"
VARIABLE: Final = "WOLFRAM_ALPHA_APPID"
INPUT: Final = "Input"
"""The pod that says how a question was understood."""


def _secret(key: str | None) -> Secret:
    found = (os.environ.get(VARIABLE, "") if key is None else key).strip()
    if found:
        return Secret(found)
    raise InvalidValue(
        f"Wolfram|Alpha wants an AppID; looked at wolfram_alpha_appid and the environment variable {VARIABLE}"
    )


@frozen
class WolframAlphaAPIWrapper:
    """Asks Wolfram|Alpha, with an AppID of one's own or that of the environment."""

    wolfram_alpha_appid: Secret = field(default=None, converter=_secret, repr=False)
    url: str = URL

    def run(self, query: str) -> tuple[str, bool]:
        """What it answers, and whether that is an answer."""
        asked = {"input": query, "format": "plaintext", "output": "json"}
        key = self.wolfram_alpha_appid
        address = f"{self.url}/query?{urlencode({**asked, 'appid': key.reveal()})}"
        try:
            reply = fetched(HttpRequest("GET", address, (AGENT,)), f"Wolfram|Alpha at {self.url}")
        except ProviderError as error:
            return f"Wolfram|Alpha could not be asked: {key.scrub(error.text)}", False
        pods = list(_pods(reply.body))
        answer = next((text for _, first, text in pods if first), "") or "\n".join(
            f"{title}: {text}" for title, _, text in pods if not title.startswith(INPUT)
        )
        if not answer:
            return "Wolfram|Alpha has no answer to that; ask in other words, or in Python.", False
        understood = next((text for title, _, text in pods if title.startswith(INPUT)), "")
        return f"Understood as: {understood}\nAnswer: {answer}" if understood else f"Answer: {answer}", True


def _pods(body: bytes) -> Iterator[tuple[str, bool, str]]:
    """The parts of an answer that have words: title, whether it is what was asked for, and the words."""
    result = entries(entries(json_object(body)).get("queryresult"))
    for pod in map(entries, items(result.get("pods"))):
        told = (words(entries(one).get("plaintext")) for one in items(pod.get("subpods")))
        text = "\n".join(filter(None, told))
        if text:
            yield words(pod.get("title")), pod.get("primary") is True, text
