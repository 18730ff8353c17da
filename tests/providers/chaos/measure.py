"""`python -m tests.providers.chaos.measure`: 1,000 conversations of 10 calls on a very bad day, and what they take.

Each client runs in a process of its own, so that its memory and its CPU time are its alone; the server runs in this
one. *runs* are conversations in a world, with ``retry`` and ``limit`` around a service; *calls* the same calls without
runs; *bare httpx* is one shared client that sends the same requests, leaves it at the first error and reads the answer.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping

import anyio
import msgspec
from attrs import evolve
from msgspec import Struct

from tests.providers.asking import REQUEST, Told
from tests.providers.chaos.conversations import Account, bad_model, check_end, hold
from tests.providers.chaos.server import Chaos
from tests.providers.loopback import running
from typedagents.core.errors import ProviderError
from typedagents.core.log import Transcript
from typedagents.core.message import Message
from typedagents.core.model import CallModel, ModelReply
from typedagents.interpreter.lifetime import keeping
from typedagents.providers import Limiter
from typedagents.providers.formats.openai_chat import COMPATIBLE, chat_codec
from typedagents.providers.http import library
from typedagents.providers.service import Delivery
from typedagents.providers.wrappers.clock import REAL

CONVERSATIONS, CALLS = 1000, 10
LATENCY_S, READ_S = 0.05, 2.0
RATE = 0.1
AT_ONCE = 200

Each = Callable[[int, CallModel], Awaitable[None]]


class Report(Struct):
    """What a client took, and what became of its calls. ``owned_up``: attempts that may have to be paid for, by call."""

    seconds: float
    cpu_s: float
    peak_mb: float
    answered: int = 0
    failed: int = 0
    finished: int = 0
    owned_up: dict[str, int] = {}


def account_of(url: str, delivery: Delivery) -> Account:
    limiter = Limiter(concurrency=AT_ONCE // 2)
    return Account(bad_model(url, delivery, read_s=READ_S, limiter=limiter, clock=REAL, drawn=0.5))


def measured(work: Callable[[], Awaitable[Report]]) -> Report:
    """The report of some work, with what it took."""
    began, used = time.perf_counter(), time.process_time()
    report = anyio.run(work)
    report.seconds, report.cpu_s = time.perf_counter() - began, time.process_time() - used
    report.peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return report


def told(accounts: Mapping[Delivery, Account], finished: int) -> Report:
    ends = [came for account in accounts.values() for came in account.ended.values()]
    answers = sum(isinstance(came, ModelReply) for came in ends)
    owned_up = {name: account.owned_up(name) for account in accounts.values() for name in account.ended}
    assert sum(len(account.begun) for account in accounts.values()) == len(ends), "a call was lost"
    return Report(0, 0, 0, answers, len(ends) - answers, finished, owned_up)


def accounts_at(url: str) -> dict[Delivery, Account]:
    return {"whole": account_of(url, "whole"), "streamed": account_of(url, "streamed")}


def runs(url: str) -> Report:
    accounts = accounts_at(url)

    async def work() -> Report:
        outcomes = await hold(tuple(accounts.values()), CONVERSATIONS, CALLS)
        return told(accounts, sum(check_end(outcome, CALLS) for outcome in outcomes))

    return measured(work)


async def one_after_another(each: Each) -> None:
    """The requests of all conversations: those of one after another, the conversations side by side."""

    async def one(number: int) -> None:
        talk = Transcript()
        for turn in range(CALLS):
            talk = Transcript(
                [*talk, Message("user", "go on"), Message("me", f"answer {turn} in a few words")]
            )
            await each(number, evolve(REQUEST, transcript=talk, model=f"c{number}"))

    async with keeping(), anyio.create_task_group() as tasks:
        for number in range(CONVERSATIONS):
            tasks.start_soon(one, number)


def calls(url: str) -> Report:
    accounts = accounts_at(url)
    places = list(accounts.values())

    async def each(number: int, request: CallModel) -> None:
        try:
            await places[number % 2].complete(request, Told(id=f"{number}/{len(request.transcript)}"))
        except ProviderError:
            return

    async def work() -> Report:
        await one_after_another(each)
        return told(accounts, 0)

    return measured(work)


def bare(url: str) -> Report:
    httpx, codec = library(), chat_codec(COMPATIBLE)

    async def work() -> Report:
        report = Report(0, 0, 0)
        limits = httpx.Limits(max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE)
        timeout = httpx.Timeout(READ_S, pool=None)
        async with httpx.AsyncClient(limits=limits, timeout=timeout) as client:

            async def each(number: int, request: CallModel) -> None:
                streamed = number % 2 == 1
                written = codec.encode(request, model=request.model, stream=streamed)
                try:
                    async with client.stream("POST", url + written.path, content=written.body) as answer:
                        body = await answer.aread()
                        answer.raise_for_status()
                        if not streamed:
                            msgspec.json.decode(body)
                    report.answered += 1
                except (httpx.HTTPError, msgspec.DecodeError):
                    report.failed += 1

            await one_after_another(each)
        return report

    return measured(work)


CLIENTS: Mapping[str, Callable[[str], Report]] = {"runs": runs, "calls": calls, "bare httpx": bare}


def main() -> None:
    """Let each client run, and print a table."""
    if len(sys.argv) > 1:
        client, url = sys.argv[1:]
        sys.stdout.buffer.write(msgspec.json.encode(CLIENTS[client](url)))
        return
    print(
        f"{CONVERSATIONS} conversations of {CALLS} calls, {LATENCY_S:g} s each; {RATE:.0%} of the attempts go wrong"
    )
    titles = (
        "",
        "s",
        "CPU s",
        "peak MB",
        "answered",
        "failed",
        "to the end",
        "attempts",
        "us each",
        "unsaid",
    )
    print("".join(f"{title:>12}" for title in titles))
    for client in CLIENTS:
        with running(Chaos([], seed=1, rate=RATE, latency_s=LATENCY_S)) as server:
            command = [sys.executable, "-m", "tests.providers.chaos.measure", client, server.url]
            ran = subprocess.run(command, check=True, stdout=subprocess.PIPE)
            report = msgspec.json.decode(ran.stdout, type=Report)
        attempts = server.asked_for.total()
        unsaid = (server.worked - Counter(report.owned_up)).total()
        numbers = (
            f"{report.seconds:.1f}",
            f"{report.cpu_s:.1f}",
            f"{report.peak_mb:.0f}",
            report.answered,
            report.failed,
        )
        more = (report.finished, attempts, f"{report.cpu_s / attempts * 1e6:.0f}", unsaid)
        print("".join(f"{cell:>12}" for cell in (client, *numbers, *more)))
        if client != "bare httpx":
            assert not unsaid, "a service was to be paid for what nobody was told of"
            assert len(report.owned_up) == len(server.asked_for), "a call was lost"


if __name__ == "__main__":
    main()
