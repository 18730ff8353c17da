"""The provider on bad days: each error says what was asked, what was found and what to do, and holds no key."""

from __future__ import annotations

import gc
import socket
import sys
import threading

import anyio
import pytest
from attrs import define, evolve

from tests.providers.asking import KEY, REQUEST, Told, ask, failure, model
from tests.providers.loopback import (
    DONE,
    Answer,
    hanging,
    piece,
    refusing,
    serving,
    streamed,
    whole,
)
from typedagents.core.errors import ProviderError
from typedagents.core.model import TextDelta
from typedagents.interpreter.lifetime import keeping
from typedagents.interpreter.ports import Deadlines, HttpRequest
from typedagents.interpreter.secrets import HIDDEN
from typedagents.providers import HttpxTransport, OpenAIChat
from typedagents.providers.http import library
from typedagents.providers.service import Delivery

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
    monkeypatch.setattr("typedagents.providers.service.AFTERTHOUGHT_S", 0.05)
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


def test_a_server_without_tls_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def hang_up() -> None:
            connection, _ = listening.accept()
            connection.close()

        thread = threading.Thread(target=hang_up)
        thread.start()
        port = listening.getsockname()[1]
        error = failure(OpenAIChat(model="m", base_url=f"https://127.0.0.1:{port}/v1", api_key=KEY))
        thread.join()

    assert error.kind == "connection"
    assert f"https://127.0.0.1:{port}/v1/chat/completions" in error.text


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
    broken = streamed(piece("Hel"), {"error": {"message": "no", "code": 429}}, after="hang")
    script = (streamed(piece("a", "stop"), DONE), refusing("no", "404 No"), Answer((), "close"), broken)
    with serving(*script) as server:
        provider = evolve(model(server), delivery="streamed", transport=HttpxTransport())
        assert ask(provider, backend).text == "a"
        assert [failure(provider, backend).kind for _ in range(3)] == [
            "not_found",
            "connection",
            "rate_limit",
        ]
        gc.collect()


def test_httpx_is_used_where_httpx2_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "httpx2", None)

    assert library.__wrapped__().__name__ == "httpx"


def test_an_address_the_library_cannot_use_is_told_as_any_other_trouble() -> None:
    async def main() -> None:
        await HttpxTransport().send(HttpRequest("GET", "http://a b\x00/"), Deadlines())

    with pytest.raises(ProviderError, match="InvalidURL") as caught:
        anyio.run(main)

    assert caught.value.kind == "connection"


@define
class Refusing(Told):
    """Watched by one who fails in its own way."""

    def emit(self, observation: object, /) -> None:
        raise ProviderError(f"cannot show {observation}", kind="budget")


@pytest.mark.parametrize("end", [DONE, b"data: what?\n\n"], ids=["well", "not well"])
def test_what_a_watcher_raises_is_no_trouble_of_the_stream(end: bytes, backend: str) -> None:
    with serving(streamed(piece("Hel"), piece(reason="stop"), end)) as server:
        error = failure(evolve(model(server), delivery="streamed"), backend, Refusing())

    assert (error.kind, error.text, dict(error.facts)) == ("budget", "cannot show TextDelta(text='Hel')", {})
