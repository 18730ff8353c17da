"""Exchanges are written down without secrets and played as they came, and the network is never asked then (case 40)."""

from __future__ import annotations

import gc
from pathlib import Path

import anyio
import msgspec
import pytest
from attrs import evolve

from tests.providers.asking import KEY, REQUEST, Told, ask, failure, model
from tests.providers.loopback import (
    DONE,
    Answer,
    hanging,
    piece,
    refusing,
    said,
    serving,
    streamed,
    whole,
)
from typedagents.core.errors import Divergence
from typedagents.core.log import Transcript
from typedagents.core.message import Message
from typedagents.core.model import CallModel
from typedagents.core.team import group
from typedagents.interpreter.ports import Deadlines, HttpReply, HttpRequest, with_models
from typedagents.interpreter.secrets import HIDDEN, Secret
from typedagents.interpreter.world import World
from typedagents.policies.recipes import assistant
from typedagents.policies.rules.said import decision_count
from typedagents.providers import NoKey, OpenAIChat
from typedagents.providers.recording import play, read_exchanges, record
from typedagents.providers.service import Delivery
from typedagents.testing.network import blocked_network

COOKIE = "session=canary-cookie-1"
HEADERS = (("x-proxy-token", "canary-proxy-2"), ("cookie", "canary-cookie-3"))
BODY_KEY = "sk-canary-in-a-prompt-000000"
EDGES = "set-cookie: session=canary-cookie-1\r\nopenai-organization: canary-org\r\nx-request-id: r-7\r\n"
CANARIES = (KEY, "canary", "authorization", "127.0.0.1")


def asking(text: str) -> CallModel:
    return CallModel(Transcript([Message("you", text)]), "me")


def again(
    file: Path,
    delivery: Delivery = "whole",
) -> OpenAIChat:
    """The provider as a test has it: without a key, at another address, playing."""
    return OpenAIChat(
        model="m",
        base_url="http://nowhere.invalid/v1",
        api_key=NoKey(),
        transport=play(file),
        delivery=delivery,
    )


def recording(file: Path, url: str, delivery: Delivery = "whole") -> OpenAIChat:
    return OpenAIChat(
        model="m", base_url=url, api_key=KEY, headers=HEADERS, transport=record(file), delivery=delivery
    )


STREAM = streamed(piece("Hel"), piece("lo, "), piece("you", "stop"), DONE)


@pytest.mark.parametrize(
    ("answer", "delivery"),
    [
        (whole(said("hello", usage={"prompt_tokens": 3, "completion_tokens": 1}), more=EDGES), "whole"),
        (STREAM, "streamed"),
    ],
    ids=["whole", "streamed"],
)
def test_what_was_recorded_plays_as_it_came(
    answer: Answer, delivery: Delivery, way: str, tmp_path: Path
) -> None:
    file, then, now = tmp_path / "a.jsonl", Told(), Told()
    request = asking(f"my key is {BODY_KEY}")
    with serving(answer) as server:
        live = ask(recording(file, server.url, delivery), way, then, request)
    with blocked_network():
        played = ask(again(file, delivery), way, now, request)

    assert (played, now.shown) == (evolve(live, provider=played.provider), then.shown)
    text = file.read_text()
    assert [canary for canary in CANARIES if canary in text.lower()] == []
    assert msgspec.json.decode(text, type=dict[str, object])["endpoint"] == "chat.completions"
    gc.collect()


def test_a_stream_comes_in_the_pieces_it_came_in(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    with serving(STREAM) as server:
        ask(recording(file, server.url, "streamed"))
    (exchange,) = read_exchanges(file)

    assert b"".join(exchange.pieces) == exchange.body
    assert exchange.streamed
    assert sum(exchange.response.chunks or ()) == len(exchange.body)


def test_one_other_word_is_an_error_that_shows_it(way: str, tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    with serving(whole(said())) as server:
        ask(recording(file, server.url), way, request=asking("two and two"))
    with blocked_network(), pytest.raises(Divergence) as caught:
        ask(again(file), way, request=asking("two and too"))

    text = str(caught.value)
    assert "request 1 (POST /v1/chat/completions) is not that of line 1" in text
    assert "json.messages[0].content: 'two and two' in the trace, 'two and too' now" in text


def test_a_run_that_asks_something_else_is_broken_off(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    team = group(assistant("helper"), until=decision_count(1))
    with serving(whole(said("hi TERMINATE"))) as server:
        World(with_models(recording(file, server.url)), store=None).run_sync(team, "hello")
    with blocked_network():
        outcome = World(with_models(again(file)), store=None).run_sync(team, "hello")
        with pytest.raises(Divergence, match="hello"):
            World(with_models(again(file)), store=None).run_sync(team, "hello!")

    assert "hi TERMINATE" in [message.text for message in outcome.log.transcript]


def two(file: Path) -> None:
    with serving(whole(said("one")), whole(said("two"))) as server:
        provider = recording(file, server.url)
        for text in ("1", "2"):
            ask(provider, request=asking(text))


def test_order_is_strict_unless_answers_are_looked_up_by_key(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    two(file)
    strict, by_key = again(file), evolve(again(file), transport=play(file, order="by_key"))
    with pytest.raises(Divergence, match="not that of line 1"):
        ask(strict, request=asking("2"))

    assert [ask(by_key, request=asking(text)).text for text in ("2", "1")] == ["two", "one"]
    with pytest.raises(Divergence, match="once more than that; all 2 recorded answers were given"):
        ask(by_key, request=asking("1"))
    with pytest.raises(Divergence, match="was never recorded"):
        ask(by_key, request=asking("3"))


def test_the_nearest_recorded_request_is_compared(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    two(file)
    player = play(file, order="by_key")
    far = evolve(asking("2"), settings=evolve(asking("").settings, temperature=0.5))
    with pytest.raises(
        Divergence, match=r"the nearest is 2 .*\n  json.temperature: not in the trace, 0.5 now"
    ):
        ask(evolve(again(file), transport=player), request=far)

    assert player.left == 2


def test_errors_and_broken_connections_are_played_too(way: str, tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    script = (
        refusing(f"Incorrect API key provided: {KEY}", "401 No"),
        streamed(piece("Hel"), end=False),
        Answer((), "close"),
    )
    with serving(*script) as server:
        live = recording(file, server.url, "streamed")
        then = [failure(live, way) for _ in script]
    with blocked_network():
        player = again(file, "streamed")
        told = Told()
        now = [failure(player, way, told) for _ in script]

    assert [(error.kind, error.facts.get("partial")) for error in now] == [
        (error.kind, error.facts.get("partial")) for error in then
    ]
    assert [error.kind for error in now] == ["auth", "stream_incomplete", "connection"]
    assert KEY not in file.read_text()
    assert HIDDEN in now[0].text


def test_a_broken_connection_is_written_for_whole_answers_too(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    with serving(Answer((), "close")) as server:
        failure(recording(file, server.url))

    assert failure(again(file)).kind == "connection"


def test_a_cancelled_request_and_a_mistake_of_the_reader_leave_no_line(backend: str, tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"

    class Clumsy(Told):
        def emit(self, observation: object, /) -> None:
            raise TimeoutError("my own")

    async def cancelled(url: str) -> None:
        with anyio.move_on_after(0.05):
            await recording(file, url, "streamed").complete(REQUEST, Told())

    head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: 99\r\n\r\ndata: "
    with serving(hanging(head)) as server:
        anyio.run(cancelled, server.url, backend=backend)
    with serving(STREAM) as server:
        with pytest.raises(TimeoutError):
            ask(recording(file, server.url, "streamed"), backend, Clumsy())
        gc.collect()

    assert not file.exists()


def test_a_server_that_is_too_slow_is_recorded_as_such(backend: str, tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    with serving(hanging(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n")) as server:
        slow = evolve(recording(file, server.url, "streamed"), deadlines=Deadlines(total_s=0.05))
        assert failure(slow, backend).kind == "timeout"

    assert failure(again(file, "streamed"), backend).kind == "timeout"


def test_answers_that_are_no_text_are_kept(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"

    async def main() -> HttpReply:
        with serving(whole(b"\xff\x00", kind="application/octet-stream")) as server:
            asked = HttpRequest("PUT", f"{server.url}/thing?token=abc&alt=sse", (), b"no JSON")
            await record(file).send(asked, Deadlines())
        return await play(file).send(asked, Deadlines())

    assert anyio.run(main).body == b"\xff\x00"
    (exchange,) = read_exchanges(file)
    assert (exchange.response.encoding, exchange.request.body) == ("base64", "no JSON")
    assert exchange.request.path == "/v1/thing?token=[secret]&alt=sse"
    assert (exchange.provider, exchange.endpoint) == ("local", "thing")


def test_more_can_be_hidden(tmp_path: Path) -> None:
    file, name = tmp_path / "a.jsonl", Secret("Ann Canary")
    with serving(whole(said("Dear Ann Canary"))) as server:
        provider = evolve(model(server), transport=record(file, hide=(name,)))
        assert ask(provider, request=asking("I am Ann Canary")).text == "Dear Ann Canary"

    assert "Canary" not in file.read_text()
    playing = evolve(again(file), transport=play(file, hide=(name,)))
    assert ask(playing, request=asking("I am Ann Canary")).text == f"Dear {HIDDEN}"
