"""Google's format, which the embedded server does not speak: through another project's proxy in front of it.

The proxy has an environment of its own (``nox -s nightly`` makes it), for it holds to older versions of what we use.
"""

from __future__ import annotations

import os
import re
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import anyio
import pytest
from attrs import evolve

from tests.providers_local.calls import ASSISTANT, USER, PlainCall, asking
from tests.providers_local.test_live import WEATHER
from typedagents.core.log import Transcript
from typedagents.core.message import Message
from typedagents.core.model import CallModel, ModelReply, Settings, TextDelta
from typedagents.core.parts import Text, ToolCall, ToolResult
from typedagents.interpreter.secrets import Secret
from typedagents.providers import Gemini
from typedagents.providers.local import LocalModel
from typedagents.providers.local.process import servers
from typedagents.providers.service import Delivery

PROXY = os.environ.get("TYPEDAGENTS_LITELLM", "")
MISSING = "no litellm: TYPEDAGENTS_LITELLM names its command, and nox -s nightly installs it"

pytestmark = [pytest.mark.local_llm, pytest.mark.skipif(not PROXY, reason=MISSING)]

KEY = "sk-proxy-0123456789"
SHORT = Settings(max_tokens=40, temperature=0)
CONFIG = """\
model_list:
  - model_name: m
    litellm_params: {{model: openai/m, api_base: "{address}/v1", api_key: "{key}"}}
general_settings: {{master_key: {own}}}
"""


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
    return port


@pytest.fixture(scope="module")
def proxy(local_model: LocalModel, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The proxy's address."""
    local_model.start()
    server = servers().running(local_model)
    assert server
    folder = tmp_path_factory.mktemp("proxy")
    config = folder / "config.yaml"
    config.write_text(CONFIG.format(address=server.address, key=server.key.reveal(), own=KEY))
    port = str(free_port())
    orders = [PROXY, "--config", str(config), "--host", "127.0.0.1", "--port", port]
    quiet = {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_TELEMETRY": "False", "HOME": str(folder)}
    with subprocess.Popen(
        orders,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={"PATH": os.environ.get("PATH", os.defpath), **quiet},
        cwd=Path(folder),
    ) as process:
        assert process.stdout
        try:
            said = list(iter_until(process.stdout, rf"Uvicorn running on http://127\.0\.0\.1:{port}"))
            assert process.poll() is None, "".join(said)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.kill()


def iter_until(lines: Iterator[str], mark: str) -> Iterator[str]:
    for line in lines:
        yield line
        if re.search(mark, line):
            return


@pytest.fixture(params=["whole", "streamed"])
def gemini(request: pytest.FixtureRequest, proxy: str) -> Gemini:
    delivery: Delivery = "streamed" if request.param == "streamed" else "whole"
    return Gemini(model="m", base_url=proxy, api_key=Secret(KEY), delivery=delivery)


def said(service: Gemini, request: CallModel, call: PlainCall | None = None) -> ModelReply:
    return anyio.run(service.complete, request, call or PlainCall())


def test_it_answers_and_counts(gemini: Gemini) -> None:
    call = PlainCall()

    reply = said(gemini, asking("Say hello.", system="You are kind.", settings=SHORT), call)

    assert reply.text
    assert reply.finish == "stop"
    assert reply.usage
    if gemini.delivery == "whole":  # in a stream the proxy says 0
        assert reply.usage.input_tokens > 10
    shown = "".join(delta.text for delta in call.shown if isinstance(delta, TextDelta))
    assert shown == (reply.text if gemini.delivery == "streamed" else "")


def test_a_tool_is_called_and_its_result_is_read(gemini: Gemini) -> None:
    request = evolve(asking("What is the weather in Paris?", settings=SHORT), tools=(WEATHER,))

    reply = said(gemini, request)
    (call,) = [part for part in reply.parts if isinstance(part, ToolCall)]

    assert (call.name, call.arguments.replace(" ", "")) == ("get_weather", '{"city":"Paris"}')
    assert reply.finish == "tool_calls"

    result = ToolResult(call.id, call.name, (Text("sunny, 23 degrees"),))
    told = Transcript(
        [*request.transcript, Message(ASSISTANT, reply.parts, "model"), Message(USER, (result,))]
    )
    assert "sunny" in said(gemini, evolve(request, tools=(), transcript=told)).text.lower()


def test_what_runs_too_long_ends_at_its_limit(gemini: Gemini) -> None:
    reply = said(gemini, asking("Write a story.", settings=Settings(max_tokens=8)))

    assert reply.finish == "length"
