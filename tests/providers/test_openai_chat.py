"""The provider against a server on this machine, on good days, under asyncio and trio."""

from __future__ import annotations

import anyio
from attrs import evolve

from tests.providers.asking import KEY, REQUEST, Told, ask, failure, model
from tests.providers.loopback import (
    DONE,
    piece,
    said,
    serving,
    streamed,
    whole,
)
from typedagents.core.model import ModelReply, ReasoningDelta, Settings, TextDelta
from typedagents.core.parts import Text
from typedagents.core.usage import Usage
from typedagents.interpreter.lifetime import keeping
from typedagents.providers import OpenAIChat, Profile
from typedagents.providers.http import USERS


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
