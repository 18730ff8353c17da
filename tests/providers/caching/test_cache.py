"""The same request is asked once; what is given again says so, streams, and costs nothing; nothing cut is kept."""

from __future__ import annotations

import threading
from decimal import Decimal
from pathlib import Path

import anyio
import pytest
from attrs import define, evolve, field

from tests.providers.asking import KEY, Told
from tests.providers.caching.asked import HELLO, Broken, Counting, Memory, asking
from tests.providers.loopback import DONE, piece, said, serving, streamed, whole
from tests.providers.wrappers.models import failed, refusal, replied
from typedagents import Agent, World, group, message_count, model_reply, passes, with_models
from typedagents.core.errors import ProviderError
from typedagents.core.handler import Call
from typedagents.core.model import CallModel, ModelReply, ReasoningDelta, TextDelta
from typedagents.core.parts import Opaque, Reasoning, Text, ToolCall
from typedagents.core.usage import Charge, Usage
from typedagents.interpreter.notices import CacheTrouble
from typedagents.interpreter.ports import ModelProvider
from typedagents.providers import (
    CacheStore,
    OpenAIChat,
    cache,
    function,
    retry,
    sqlite_store,
)
from typedagents.providers.caching.store import Kept, restored, stored
from typedagents.providers.service import Delivery
from typedagents.providers.wrappers.wrapping import answered
from typedagents.testing import VirtualClock


def kept(model: ModelProvider, store: CacheStore | None = None) -> ModelProvider:
    return cache(model, store or Memory(), identity="here")


def test_the_same_request_is_asked_once(backend: str) -> None:
    model = Counting(evolve(ModelReply("hello"), usage=Usage(output=5), cost_usd=Decimal(1)))
    provider = kept(model)
    first, second = replied(provider, backend), replied(provider, backend)

    assert (model.asked, first.cached) == (1, False)
    assert second == evolve(first, cached=True)
    assert second.charge.cached
    assert replied(provider, backend, request=asking("bye")).cached is False


def test_a_bill_counts_cached_answers_apart() -> None:
    model = Counting(evolve(ModelReply("hello"), model="m", usage=Usage(output=5), cost_usd=Decimal(1)))
    world = World(with_models(kept(model)), store=None)
    team = group(Agent("user", passes), Agent("bot", model_reply()), until=message_count(2))
    paid, again = (world.run_sync(team, "hi").bill for _ in range(2))

    assert (paid.usage.output, paid.by_model[0].cached) == (5, False)
    assert (again.usage.output, again.by_model) == (
        0,
        (Charge("m", Usage(output=5), cost_usd=Decimal(1), cached=True),),
    )


@pytest.mark.parametrize(
    "reply",
    [
        ModelReply("cut", finish="length"),
        ModelReply("wait", finish="pause"),
        ModelReply("no", finish="content_filter"),
        ModelReply("?", finish="other"),
        ModelReply(()),
        ModelReply(ToolCall("1", "add", '{"a":', complete=False), finish="tool_calls"),
    ],
    ids=["length", "pause", "filter", "other", "nothing", "cut call"],
)
def test_what_was_cut_is_not_kept(reply: ModelReply) -> None:
    model, store = Counting(reply), Memory()
    provider = kept(model, store)

    assert [replied(provider), replied(provider)] == [reply, reply]
    assert (model.asked, store.data) == (2, {})


def refusing(asked: int) -> None:
    if asked == 1:
        raise refusal(503)


def test_errors_are_not_kept(backend: str) -> None:
    model = Counting(does=refusing)
    provider = kept(model)

    assert failed(provider, backend).kind == "server"
    assert replied(provider, backend).cached is False
    assert replied(provider, backend).cached is True
    assert model.asked == 2


def test_what_attempts_before_it_cost_is_not_kept() -> None:
    model = Counting(does=refusing)
    provider = kept(retry(model, clock=VirtualClock()))
    lost = evolve(ModelReply("hello"), lost=Charge("m", calls=1))
    lossy = kept(Counting(lost))

    assert [replied(provider).cached, replied(provider).cached] == [False, True]
    assert [replied(lossy).lost, replied(lossy).lost] == [lost.lost, None]


def test_a_streamed_answer_streams_again(backend: str) -> None:
    provider, then, now = kept(Counting()), Told(), Told()
    replied(provider, backend, then)
    replied(provider, backend, now)

    assert then.shown == now.shown == list(HELLO)


@pytest.mark.parametrize(
    ("first", "second"), [("whole", "streamed"), ("streamed", "whole"), ("streamed", "streamed")]
)
def test_an_answer_is_shown_as_the_service_is_asked_to(
    first: Delivery, second: Delivery, tmp_path: Path
) -> None:
    store, told = sqlite_store(tmp_path / "a.sqlite"), Told()
    live = streamed(piece("hel"), piece("lo", "stop"), DONE) if first == "streamed" else whole(said("hello"))
    with serving(live) as server:
        model = OpenAIChat(model="m", base_url=server.url, api_key=KEY, delivery=first)
        ask_cached = cache(model, store)
        assert replied(ask_cached).cached is False
        again = cache(retry(evolve(model, delivery=second, api_key="another-key")), store)
        assert replied(again, told=told).cached is True
        assert len(server.asked) == 1

    assert "".join(delta.text for delta in told.shown if isinstance(delta, TextDelta)) == (
        "hello" if second == "streamed" else ""
    )
    assert len(told.shown) == {"whole": 0, "streamed": 1 if first == "whole" else 2}[second]


def test_a_plain_function_is_kept_under_its_name() -> None:
    asked: list[str] = []

    def greeter(request: CallModel) -> str:
        asked.append(request.me)
        return "hello"

    provider = cache(function(greeter), Memory(), identity="greeter 1")

    assert [replied(provider).cached, replied(provider).cached] == [False, True]
    assert asked == ["me"]


def test_a_seed_asks_for_other_answers() -> None:
    model, store = Counting(), Memory()
    for seed in (1, 2, "two", 1):
        replied(cache(model, store, seed=seed, identity="here"))

    assert model.asked == 3


def test_a_store_that_fails_costs_no_answer(backend: str) -> None:
    told = Told()
    reply = replied(kept(Counting(), Broken()), backend, told)

    assert reply.text == "hello"
    notices = [each for each in told.shown if isinstance(each, CacheTrouble)]
    assert notices == [
        CacheTrouble("read", "OSError: the disk is gone"),
        CacheTrouble("written", "OSError: the disk is full"),
    ]
    assert (
        "could not be written (OSError: the disk is full)" in CacheTrouble("written", notices[1].text).words
    )


@pytest.mark.parametrize("damaged", [b"", b"\xff", b"[]", b'{"format":2}', b'{"format":1,"reply":{}}'])
def test_a_damaged_answer_is_made_anew(damaged: bytes) -> None:
    model, store = Counting(), Memory()
    provider = kept(model, store)
    replied(provider)
    store.data = dict.fromkeys(store.data, damaged)

    assert [replied(provider).cached, replied(provider).cached] == [False, True]


def test_all_of_an_answer_is_kept() -> None:
    state = Opaque("p", "call", '{"s":1}')
    reply = ModelReply(
        (Reasoning("hm", state), Text("hi"), ToolCall("1", "add", "{}", state=state)),
        "tool_calls",
        "raw",
        Usage(1, 2, 3, 4, 5),
        Decimal("0.1"),
        model="m",
        provider="p",
        id="i",
    )

    assert restored(stored(Kept(reply, HELLO))) == Kept(reply, HELLO)
    assert Kept(reply).pieces == (ReasoningDelta("hm"), TextDelta("hi"))


# --- at the same time -------------------------------------------------------------------------------------------


def test_equal_requests_under_way_are_made_once(backend: str) -> None:
    model = Counting()
    provider, came, shown = kept(model), list[ModelReply](), list[object]()

    async def one() -> None:
        told = Told()
        came.append(await answered(provider, asking(), told))
        shown.append(told.shown)

    async def main() -> None:
        async with anyio.create_task_group() as tasks:
            for _ in range(20):
                tasks.start_soon(one)

    anyio.run(main, backend=backend)

    assert model.asked == 1
    assert sorted(reply.cached for reply in came) == [False] + [True] * 19
    assert shown == [list(HELLO)] * 20


def test_threads_wait_for_each_other(backend: str) -> None:
    begun, go = threading.Event(), threading.Event()

    def hold(asked: int) -> None:
        begun.set()
        assert go.wait(30)

    model = Counting(does=hold)
    provider, came = kept(model), list[ModelReply]()

    def one() -> None:
        came.append(replied(provider, backend))

    threads = [threading.Thread(target=one) for _ in range(8)]
    threads[0].start()
    assert begun.wait(30)
    for thread in threads[1:]:
        thread.start()
    go.set()
    for thread in threads:
        thread.join()

    assert model.asked == 1
    assert sorted(reply.cached for reply in came) == [False] + [True] * 7


def together(provider: ModelProvider, backend: str, many: int = 3) -> list[ModelReply | ProviderError]:
    came: list[ModelReply | ProviderError] = []

    async def one() -> None:
        try:
            came.append(await answered(provider, asking(), Told()))
        except ProviderError as error:
            came.append(error)

    async def main() -> None:
        async with anyio.create_task_group() as tasks:
            for _ in range(many):
                tasks.start_soon(one)

    anyio.run(main, backend=backend)
    return came


def test_where_one_fails_the_others_ask_for_themselves(backend: str) -> None:
    model = Counting(does=refusing)
    came = together(kept(model), backend)

    assert sorted(type(each).__name__ for each in came) == ["ModelReply", "ModelReply", "ProviderError"]
    assert model.asked == 3


def test_what_is_not_kept_is_given_to_nobody_else(backend: str) -> None:
    model = Counting(ModelReply("cut", finish="length"))
    together(kept(model), backend)

    assert model.asked == 3


@define(eq=False)
class Held:
    """A model that answers its first caller when it is let go."""

    begun: anyio.Event = field(factory=anyio.Event)
    go: anyio.Event = field(factory=anyio.Event)
    asked: int = 0

    async def complete(self, request: CallModel, call: Call, /) -> ModelReply:
        del request, call
        self.asked += 1
        self.begun.set()
        if self.asked == 1:
            await self.go.wait()
        return ModelReply("hello")


def test_where_one_is_cancelled_another_takes_over(backend: str) -> None:
    came: list[ModelReply] = []

    async def main() -> int:
        model, scope = Held(), anyio.CancelScope()
        provider = kept(model)

        async def one() -> None:
            came.append(await answered(provider, asking(), Told()))

        async def cancelled() -> None:
            with scope:
                await one()

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(cancelled)
            await model.begun.wait()
            tasks.start_soon(one)
            tasks.start_soon(one)
            await anyio.wait_all_tasks_blocked()
            scope.cancel()
        return model.asked

    assert anyio.run(main, backend=backend) == 2
    assert sorted(reply.cached for reply in came) == [False, True]


def test_who_waits_has_a_deadline(backend: str) -> None:
    came: list[ProviderError] = []

    async def main() -> None:
        model = Held()
        provider = kept(model)

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(answered, provider, asking(), Told())
            await model.begun.wait()
            try:
                await answered(provider, asking(), Told(deadline_s=0.01))
            except ProviderError as error:
                came.append(error)
            model.go.set()

    anyio.run(main, backend=backend)
    (error,) = came

    assert error.kind == "timeout"
    assert "under way, and was not answered within 0.01 s" in error.text
