"""The provider against a server on this machine: good days and bad ones, under asyncio and trio."""

from __future__ import annotations

import gc
import socket
import traceback
from collections.abc import Awaitable, Callable

import anyio
import pytest
from attrs import define, evolve, field

from tests.providers.loopback import (
    DONE,
    Answer,
    Loopback,
    hanging,
    piece,
    refusing,
    said,
    serving,
    streamed,
    whole,
)
from typedagents.core.errors import ProviderError
from typedagents.core.log import Transcript
from typedagents.core.message import Message
from typedagents.core.model import CallModel, ModelReply, ReasoningDelta, Settings, TextDelta
from typedagents.core.parts import Text
from typedagents.core.usage import Usage
from typedagents.interpreter.lifetime import keeping
from typedagents.interpreter.ports import Deadlines
from typedagents.interpreter.secrets import HIDDEN
from typedagents.providers import HttpxTransport, OpenAIChat, Profile
from typedagents.providers.http import USERS
from typedagents.providers.openai import Delivery

KEY = "sk-secret-0123456789"
REQUEST = CallModel(Transcript([Message("you", "hi")]), "me")


@define
class Told:
    """A ``Call`` that keeps what is shown."""

    id: str = "run/t0"
    run: str = "run"
    agent: str = "me"
    attempt: int = 1
    deadline_s: float | None = None
    shown: list[object] = field(factory=list)

    def emit(self, observation: object, /) -> None:
        self.shown.append(observation)


Run = Callable[[Callable[[], Awaitable[object]]], object]


@pytest.fixture(params=["asyncio", "trio"])
def backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def model(server: Loopback) -> OpenAIChat:
    return OpenAIChat(model="m", base_url=server.url, api_key=KEY)


def ask(
    provider: OpenAIChat, backend: str = "asyncio", told: Told | None = None, request: CallModel = REQUEST
) -> ModelReply:
    async def main() -> ModelReply:
        async with keeping():
            return await provider.complete(request, told or Told())

    return anyio.run(main, backend=backend)


def failure(provider: OpenAIChat, backend: str = "asyncio", told: Told | None = None) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        ask(provider, backend, told)
    error = caught.value
    everything = "".join(traceback.format_exception(error)) + repr(error) + repr(dict(error.facts))
    assert KEY not in everything
    assert error.__cause__ is None
    return error


def test_an_answer_is_a_reply(backend: str) -> None:
    usage = {"prompt_tokens": 5, "completion_tokens": 3, "prompt_tokens_details": {"cached_tokens": 2}}
    with serving(whole(said("hello", usage=usage))) as server:
        reply = ask(model(server), backend)
        asked = server.asked[0]

    assert (
        ModelReply(
            (Text("hello"),),
            raw_finish="stop",
            usage=Usage(fresh_input=3, cache_read=2, output=3),
            model="m-1",
            provider=f"127.0.0.1:{server.port}",
            id="r1",
        )
        == reply
    )
    assert asked.line == "POST /v1/chat/completions HTTP/1.1"
    assert f"Bearer {KEY}" == asked.headers["authorization"]
    assert asked.json == {"model": "m", "messages": [{"role": "user", "content": "hi", "name": "you"}]}


def test_a_stream_is_shown_as_it_comes_and_is_the_same_reply(backend: str) -> None:
    thought = {"choices": [{"index": 0, "delta": {"reasoning": "hm"}}]}
    told = Told()
    with serving(
        streamed(b": wait\n\n", thought, piece("hel"), piece("lo"), piece(reason="stop"), DONE)
    ) as server:
        reply = ask(evolve(model(server), delivery="streamed"), backend, told)
        asked = server.asked[0]

    assert [ReasoningDelta("hm"), TextDelta("hel"), TextDelta("lo")] == told.shown
    assert (reply.text, reply.finish, reply.model) == ("hello", "stop", "m-1")
    assert [asked.json["stream"], asked.json["stream_options"]] == [True, {"include_usage": True}]
    assert asked.headers["accept"] == "text/event-stream"


def test_a_server_that_does_not_stream_is_understood_all_the_same() -> None:
    with serving(whole(said("hello"))) as server:
        assert ask(evolve(model(server), delivery="streamed")).text == "hello"


def test_no_key_is_sent_where_none_is_needed() -> None:
    with serving(whole(said())) as server:
        ask(OpenAIChat(model="m", base_url=server.url))

    assert "authorization" not in server.asked[0].headers


def test_what_a_profile_says_is_done() -> None:
    profile = Profile(
        path="/chat", query="v=1", key_header="api-key", key_prefix="", idempotency_header="idempotency-key"
    )
    with serving(whole(said())) as server:
        ask(evolve(model(server), profile=profile, headers=(("x-title", "t"),)))
        ask(evolve(model(server), profile=profile))
    first, second = server.asked

    assert first.line == "POST /v1/chat?v=1 HTTP/1.1"
    assert (first.headers["api-key"], first.headers["x-title"]) == (KEY, "t")
    assert first.headers["idempotency-key"] == second.headers["idempotency-key"]


def test_settings_of_the_provider_fill_what_a_request_leaves_open() -> None:
    defaults = Settings(temperature=0.5, max_tokens=9, extra=(("a", "1"), ("b", "2")))
    request = evolve(REQUEST, settings=Settings(temperature=0.0, extra=(("b", "3"),)))
    with serving(whole(said())) as server:
        ask(evolve(model(server), settings=defaults), request=request)
    sent = server.asked[0].json

    assert (sent["temperature"], sent["max_tokens"], sent["a"], sent["b"]) == (0.0, 9, 1, 3)


def test_a_provider_without_a_model_asks_the_one_of_the_request() -> None:
    with serving(whole({"choices": [{"message": {"content": "x"}}]})) as server:
        reply = ask(evolve(model(server), model=""), request=evolve(REQUEST, model="n"))
        error = failure(evolve(model(server), model=""))

    assert [server.asked[0].json["model"], reply.model] == ["n", "n"]
    assert error.kind == "invalid_request"


def test_connections_are_used_again_and_closed_in_the_end(backend: str) -> None:
    with serving(whole(said())) as server:

        async def main() -> None:
            async with keeping():
                for provider in (model(server), model(server), evolve(model(server), delivery="streamed")):
                    await provider.complete(REQUEST, Told())
            await model(server).complete(REQUEST, Told())  # outside: a connection of its own, closed at once

        anyio.run(main, backend=backend)

    assert (server.connections, len(server.asked)) == (2, 4)


def test_a_stream_that_was_read_to_its_end_gives_its_connection_back() -> None:
    with serving(streamed(piece("a", "stop"), DONE)) as server:
        provider = evolve(model(server), delivery="streamed")

        async def main() -> None:
            async with keeping():
                for _ in range(3):
                    await provider.complete(REQUEST, Told())

        anyio.run(main)

    assert server.connections == 1


def test_many_users_are_spread_over_clients(backend: str) -> None:
    with serving(whole(said())) as server:

        async def main() -> None:
            provider = model(server)
            async with keeping(), anyio.create_task_group() as group:
                for _ in range(3 * USERS):
                    group.start_soon(provider.complete, REQUEST, Told())

        anyio.run(main, backend=backend)

    assert len(server.asked) == 3 * USERS


CUT_BODY = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{"
BAD_DAYS: list[tuple[str, Answer, str, str]] = [
    (
        "wrong key",
        refusing(f"Incorrect API key provided: {KEY}", "401 No"),
        "auth",
        f"{HIDDEN}; check that the key",
    ),
    (
        "unknown model",
        refusing("The model `m` does not exist", "404 No", code="model_not_found"),
        "not_found",
        "model's name",
    ),
    (
        "html",
        whole(b"<html><title>Log in</title>", kind="text/html"),
        "protocol",
        "HTML instead of JSON: an HTML page titled 'Log in'",
    ),
    ("html error", whole(b"<html>", status="502 Bad Gateway", kind="text/html"), "server", "answered 502"),
    ("no choices", whole({"id": "r", "choices": []}), "protocol", "without any choice"),
    ("no reply", whole(b'"hello"'), "protocol", "no reply"),
    ("cut JSON", whole(b'{"choices":[{"mess'), "protocol", "no reply"),
    (
        "error inside",
        whole({"error": {"message": "upstream", "code": 502}}),
        "server",
        "answered with an error: upstream",
    ),
    (
        "redirect",
        whole(b"", status="308 Moved", more="location: https://x.example/v1\r\n"),
        "protocol",
        "https://x.example/v1",
    ),
    ("closed", Answer((), "close"), "connection", "127.0.0.1"),
    ("cut body", Answer((CUT_BODY,), "close"), "connection", "127.0.0.1"),
    ("no HTTP", Answer((b"SSH-2.0-OpenSSH\r\n\r\n",), "close"), "connection", "127.0.0.1"),
]


@pytest.mark.parametrize(
    ("answer", "kind", "says"), [day[1:] for day in BAD_DAYS], ids=[day[0] for day in BAD_DAYS]
)
@pytest.mark.parametrize("delivery", ["whole", "streamed"])
def test_on_a_bad_day_the_error_says_what_happened(
    answer: Answer, kind: str, says: str, delivery: Delivery, backend: str
) -> None:
    with serving(answer) as server:
        error = failure(evolve(model(server), delivery=delivery), backend)

    assert kind == error.kind
    assert says in error.text
    assert f"127.0.0.1:{server.port}/v1/chat/completions" in error.text


STREAM_DAYS: list[tuple[str, Answer, str, str]] = [
    ("cut", streamed(piece("Hel"), end=False), "stream_incomplete", "in the middle"),
    ("ended early", streamed(piece("Hel")), "stream_incomplete", "in the middle"),
    (
        "cut event",
        streamed(piece("Hel"), b'data: {"choices":[{"de', end=False),
        "stream_incomplete",
        "in the middle",
    ),
    (
        "error",
        streamed(piece("Hel"), {"error": {"message": f"no {KEY}", "code": 429}}, after="hang"),
        "rate_limit",
        f"no {HIDDEN}",
    ),
    ("error event", streamed(piece("Hel"), b'event: error\ndata: {"message": "boom"}\n\n'), "server", "boom"),
    (
        "nonsense",
        streamed(piece("Hel"), b"data: what?\n\n", after="hang"),
        "protocol",
        "no part of a reply: what?",
    ),
]


@pytest.mark.parametrize(
    ("answer", "kind", "says"), [day[1:] for day in STREAM_DAYS], ids=[day[0] for day in STREAM_DAYS]
)
def test_a_stream_that_breaks_off_keeps_what_came(answer: Answer, kind: str, says: str, backend: str) -> None:
    told = Told()
    with serving(answer) as server:
        error = failure(evolve(model(server), delivery="streamed"), backend, told)
        gc.collect()  # an abandoned generator would complain here

    assert kind == error.kind
    assert says in error.text
    assert error.facts["partial"] == "Hel"
    assert [TextDelta("Hel")] == told.shown


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (streamed(), "stream_incomplete"),
        (streamed(DONE), "protocol"),
        (streamed(b"<html><title>x</title></html>"), "protocol"),
        (streamed(piece("a"), piece(reason="stop"), end=False), None),
        (streamed(piece("a"), DONE, after="hang"), None),
    ],
    ids=["nothing", "only the end", "HTML as a stream", "cut behind the end", "left open behind the end"],
)
def test_how_streams_end(
    answer: Answer, kind: str | None, backend: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("typedagents.providers.openai.AFTERTHOUGHT_S", 0.05)
    with serving(answer) as server:
        provider = evolve(model(server), delivery="streamed")
        if kind is None:
            assert ask(provider, backend).text == "a"
        else:
            assert kind == failure(provider, backend).kind


def test_an_unknown_host_is_named(backend: str) -> None:
    error = failure(OpenAIChat(model="m", base_url="http://no-such-host.invalid/v1", api_key=KEY), backend)

    assert error.kind == "connection"
    assert "POST http://no-such-host.invalid/v1/chat/completions: could not connect" in error.text


def test_a_closed_port_is_named(backend: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    error = failure(OpenAIChat(model="m", base_url=f"http://127.0.0.1:{port}/v1", api_key=KEY), backend)

    assert error.kind == "connection"
    assert f"127.0.0.1:{port}" in error.text


HEADERS_ONLY = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n"


@pytest.mark.parametrize("delivery", ["whole", "streamed"])
@pytest.mark.parametrize("pieces", [(), (HEADERS_ONLY,)], ids=["before the answer", "inside the answer"])
@pytest.mark.parametrize(
    ("deadlines", "says"),
    [(Deadlines(read_s=0.05), "read_s"), (Deadlines(total_s=0.05), "not answered within 0.05 s")],
    ids=["nothing comes", "all takes too long"],
)
def test_a_server_that_keeps_silent_is_given_up(
    pieces: tuple[bytes, ...], deadlines: Deadlines, says: str, delivery: Delivery, backend: str
) -> None:
    with serving(hanging(*pieces)) as server:
        error = failure(evolve(model(server), deadlines=deadlines, delivery=delivery), backend)

    assert error.kind == "timeout"
    assert says in error.text


def test_a_time_limit_of_the_caller_counts_too() -> None:
    with serving(hanging()) as server:
        error = failure(model(server), told=Told(deadline_s=0.05))

    assert "not answered within 0.05 s" in error.text


def test_a_cancelled_call_is_cancelled(backend: str) -> None:
    reached: list[str] = []
    with serving(hanging()) as server:

        async def main() -> None:
            async with keeping():
                with anyio.move_on_after(0.05):
                    await model(server).complete(REQUEST, Told())
                    reached.append("a reply")

        anyio.run(main, backend=backend)

    assert reached == []


def test_a_mistake_of_a_watcher_is_not_taken_for_the_networks(backend: str) -> None:
    class Clumsy(Told):
        def emit(self, observation: object, /) -> None:
            raise TimeoutError("my own")

    with serving(streamed(piece("a", "stop"), DONE)) as server, pytest.raises(TimeoutError, match="my own"):
        ask(evolve(model(server), delivery="streamed"), backend, Clumsy())


def test_plain_httpx_does_the_same(monkeypatch: pytest.MonkeyPatch, backend: str) -> None:
    import httpx

    monkeypatch.setattr("typedagents.providers.http.library", lambda: httpx)
    with serving(streamed(piece("a", "stop"), DONE), refusing("no", "404 No"), Answer((), "close")) as server:
        provider = evolve(model(server), delivery="streamed", transport=HttpxTransport())
        assert ask(provider, backend).text == "a"
        assert [failure(provider, backend).kind for _ in range(2)] == ["not_found", "connection"]
