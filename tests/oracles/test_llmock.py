"""A server of others that has bad days on purpose, and says at the end how its clients behaved: ours, with ``retry``.

It is a process of its own with a clock of its own, so waits are real; it asks for a second at most.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec

import anyio
import httpx
import msgspec
import pytest
from attrs import evolve, frozen

from tests.oracles.asked import COUNT
from tests.oracles.judges import MISSING
from tests.providers.asking import KEY, Told
from typedagents.core.errors import ProviderError
from typedagents.core.log import Transcript
from typedagents.core.message import Message
from typedagents.core.model import CallModel, ModelReply
from typedagents.core.parts import ToolCall
from typedagents.interpreter.lifetime import keeping
from typedagents.providers import (
    AnthropicMessages,
    Cohere,
    Gemini,
    OpenAIChat,
    OpenAIResponses,
    retry,
)
from typedagents.providers.service import Delivery, Service
from typedagents.providers.wrappers.retry import Retry

pytestmark = pytest.mark.skipif(find_spec("llmock") is None, reason=MISSING)

HI = CallModel(Transcript([Message("you", "hi")]), "me")


@frozen
class Mock:
    """Where it listens."""

    url: str

    def on(self, *days: dict[str, object]) -> None:
        """What happens to the next requests, in this order."""
        httpx.post(f"{self.url}/_llmock/reset").raise_for_status()
        if days:
            httpx.post(f"{self.url}/_llmock/scenario", json={"behaviors": list(days)}).raise_for_status()

    def verdict(self) -> tuple[object, object]:
        """Whether its clients behaved, and what else it says of them."""
        said = httpx.get(f"{self.url}/_llmock/verdict").raise_for_status()
        told = msgspec.json.decode(said.content, type=dict[str, object])
        return told["passed"], told["findings"]


@contextmanager
def mocking(*options: str) -> Iterator[Mock]:
    """The server with these options, until the end of the block."""
    code = "from llmock.cli import app; app()"
    orders = [sys.executable, "-c", code, "serve", "--port", "0", "--host", "127.0.0.1", *options]
    with subprocess.Popen(orders, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as process:
        assert process.stderr
        try:
            found = (re.search(r"running on (http://\S+)", line) for line in process.stderr)
            yield Mock(next(match[1] for match in found if match))
        finally:
            process.kill()


@pytest.fixture(scope="module")
def mock() -> Iterator[Mock]:
    # Slow enough to notice that a client reads no further: what has all been sent already counts as read.
    with mocking("--stream-chunk-delay-ms", "50") as server:
        yield server


SERVICES: dict[str, Callable[[str, Delivery], Service]] = {
    "chat": lambda url, way: OpenAIChat(model="gpt-4o", base_url=f"{url}/v1", api_key=KEY, delivery=way),
    "responses": lambda url, way: OpenAIResponses(
        model="gpt-4o", base_url=f"{url}/v1", api_key=KEY, delivery=way
    ),
    "messages": lambda url, way: AnthropicMessages(
        model="claude", base_url=f"{url}/anthropic", api_key=KEY, delivery=way
    ),
    "gemini": lambda url, way: Gemini(model="gemini", base_url=f"{url}/gemini", api_key=KEY, delivery=way),
    "cohere": lambda url, way: Cohere(model="command", base_url=f"{url}/cohere", api_key=KEY, delivery=way),
}
WAYS: tuple[Delivery, ...] = ("whole", "streamed")
each_service = pytest.mark.parametrize("name", SERVICES)
each_way = pytest.mark.parametrize("way", WAYS)


def asked(provider: Service | Retry, *, times: int = 1, request: CallModel = HI) -> list[ModelReply]:
    async def main() -> list[ModelReply]:
        async with keeping():
            return [await provider.complete(request, Told()) for _ in range(times)]

    return anyio.run(main)


@each_way
@each_service
def test_bad_days_are_waited_out(name: str, way: Delivery, mock: Mock) -> None:
    mock.on({"type": "fail", "status": 429, "retry_after": 0.3}, {"type": "fail", "status": 503})

    (reply,) = asked(retry(SERVICES[name](mock.url, way)))

    assert reply.text
    assert mock.verdict() == (True, [])


@each_way
@each_service
def test_what_cannot_be_helped_is_not_tried_again(name: str, way: Delivery, mock: Mock) -> None:
    mock.on({"type": "fail", "status": 401})

    with pytest.raises(ProviderError) as caught:
        asked(retry(SERVICES[name](mock.url, way)))

    assert caught.value.kind == "auth"
    assert mock.verdict() == (True, [])


@pytest.mark.parametrize("fault", ["truncate", "disconnect", "malformed"])
@each_service
def test_a_stream_that_breaks_before_its_first_word_is_asked_for_again(
    name: str, fault: str, mock: Mock
) -> None:
    mock.on({"type": "stream_fault", "kind": fault, "after_chunks": 0})

    (reply,) = asked(retry(SERVICES[name](mock.url, "streamed")))

    assert reply.text
    assert mock.verdict() == (True, [])


@pytest.mark.parametrize("fault", ["truncate", "disconnect"])
@each_service
def test_half_an_answer_is_no_answer(name: str, fault: str, mock: Mock) -> None:
    mock.on({"type": "stream_fault", "kind": fault, "after_chunks": 6})

    with pytest.raises(ProviderError) as caught:
        asked(retry(SERVICES[name](mock.url, "streamed")))

    assert caught.value.kind in ("stream_incomplete", "connection")
    assert caught.value.facts["partial"]


@each_way
@each_service
def test_a_tool_is_called(name: str, way: Delivery, mock: Mock) -> None:
    mock.on()

    (reply,) = asked(SERVICES[name](mock.url, way), request=evolve(HI, tools=(COUNT,)))

    assert [part.name for part in reply.parts if isinstance(part, ToolCall)] == ["count"]
    assert reply.finish == "tool_calls"
    assert reply.usage


def test_a_limit_is_kept_to() -> None:
    """One request a second, after the first 60: the server tells the wait, and it is kept to."""
    with mocking("--rpm", "60") as server:
        replies = asked(retry(SERVICES["chat"](server.url, "whole")), times=62)

        assert all(reply.text for reply in replies)
        assert server.verdict() == (True, [])
