"""Stores: threads and processes on one SQLite file, and a real Redis server."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.providers.asking import Told
from tests.providers.caching.asked import Counting
from tests.providers.wrappers.models import replied
from typedagents.core.errors import ConfigError
from typedagents.interpreter.notices import CacheTrouble
from typedagents.interpreter.secrets import Secret
from typedagents.providers import CacheStore, cache, redis_store, sqlite_store
from typedagents.providers.caching.redis_store import RedisStore


def holds(store: CacheStore) -> None:
    assert store.get("a") is None
    store.put("a", b"\x00one")
    store.put("b", b"")
    assert (store.get("a"), store.get("b"), store.get("c")) == (b"\x00one", b"", None)
    store.put("a", b"two")
    assert store.get("a") == b"two"


def answers(store: CacheStore) -> None:
    model = Counting()
    provider = cache(model, store, identity="here")
    assert [replied(provider).cached for _ in range(3)] == [False, True, True]
    assert model.asked == 1


# --- SQLite -----------------------------------------------------------------------------------------------------


def test_a_file_keeps_answers(tmp_path: Path) -> None:
    file = tmp_path / "a.sqlite"
    holds(sqlite_store(file))
    answers(sqlite_store(file))

    assert sqlite_store(str(file)).get("a") == b"two"
    assert file.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("wrong", ["folder", "no folder", "another file"])
def test_a_file_that_cannot_be_used_is_told_at_once(wrong: str, tmp_path: Path) -> None:
    (tmp_path / "text").write_text("this is no database, but a text of some length\n" * 100)
    places = {"folder": tmp_path, "no folder": tmp_path / "none" / "a", "another file": tmp_path / "text"}

    with pytest.raises(ConfigError, match=r"cannot keep answers in .*name a file that can be written"):
        sqlite_store(places[wrong])


def work(store: CacheStore, name: str, rounds: int = 10) -> None:
    for number in range(rounds):
        store.put(f"{name} {number}", f"{name} {number}".encode() * 100)
        store.put("shared", b"x" * 1000)
        assert store.get("shared") == b"x" * 1000


def in_process(file: Path, name: str) -> None:
    work(sqlite_store(file), name)


def all_there(store: CacheStore, names: str, rounds: int = 10) -> bool:
    return all(
        store.get(f"{name} {number}") == f"{name} {number}".encode() * 100
        for name in names
        for number in range(rounds)
    )


def test_threads_use_one_file(tmp_path: Path) -> None:
    store = sqlite_store(tmp_path / "a.sqlite")
    threads = [threading.Thread(target=work, args=(store, name)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert all_there(store, "abcd")


def test_processes_use_one_file_and_may_make_it_at_once(tmp_path: Path) -> None:
    file = tmp_path / "a.sqlite"
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=in_process, args=(file, name)) for name in "ab"]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert [worker.exitcode for worker in workers] == [0, 0]
    assert all_there(sqlite_store(file), "ab")


def test_a_file_that_is_taken_away_is_made_anew(tmp_path: Path) -> None:
    file = tmp_path / "a.sqlite"
    store = sqlite_store(file)
    store.put("a", b"x")
    file.unlink()

    assert store.get("a") is None
    store.put("a", b"y")
    assert store.get("a") == b"y"


# --- Redis ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def redis_url() -> Iterator[str]:
    """A real server of its own, empty, without a file."""
    pytest.importorskip("redis", reason="redis is not installed: pip install 'typedagents[redis]'")
    command = os.environ.get("TYPEDAGENTS_REDIS_SERVER") or shutil.which("redis-server")
    if command is None:
        pytest.skip(
            "no redis-server on the PATH (TYPEDAGENTS_REDIS_SERVER may name one): apt install redis-server"
        )
    from redis import Redis

    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    orders = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--requirepass", "pa55word"]
    with subprocess.Popen([command, *orders], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        assert any("Ready to accept connections" in line for line in server.stdout)
        url = f"redis://:pa55word@127.0.0.1:{port}/0"
        client = Redis.from_url(url)
        assert client.ping()
        client.close()
        yield url
        server.terminate()
        server.stdout.read()


@pytest.fixture
def redis(redis_url: str) -> Iterator[RedisStore]:
    from redis import Redis

    client = Redis.from_url(redis_url)
    client.flushdb()
    client.close()
    store = redis_store(redis_url)
    yield store
    store.close()


def test_a_server_keeps_answers(redis: RedisStore) -> None:
    holds(redis)
    answers(redis)


def test_stores_of_other_prefixes_are_apart(redis: RedisStore) -> None:
    other = redis_store(redis.url, prefix="other:")
    redis.put("a", b"x")

    assert other.get("a") is None
    other.close()
    other.close()


def test_answers_may_expire(redis: RedisStore) -> None:
    from redis import Redis

    short = redis_store(redis.url, expires_s=100)
    short.put("a", b"x")
    short.close()
    client = Redis.from_url(redis.url.reveal())
    ttl = client.ttl("typedagents:a")
    client.close()

    assert 0 < ttl <= 100


def test_threads_share_a_store(redis: RedisStore) -> None:
    threads = [threading.Thread(target=work, args=(redis, name)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert all_there(redis, "abcd")


def test_a_server_that_is_gone_costs_no_answer() -> None:
    pytest.importorskip("redis", reason="redis is not installed: pip install 'typedagents[redis]'")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    store, told = redis_store(Secret(f"redis://:hidden-word@127.0.0.1:{port}/0")), Told()
    reply = replied(cache(Counting(), store, identity="here"), told=told)
    store.close()

    assert reply.text == "hello"
    assert [each.done for each in told.shown if isinstance(each, CacheTrouble)] == ["read", "written"]
    assert "hidden-word" not in repr(store) + repr(told.shown)


@pytest.mark.parametrize(
    ("url", "expires_s", "says"),
    [("localhost:6379", None, "takes an address such as"), ("redis://localhost", 0, "at least 1; found 0")],
)
def test_a_bad_plan_is_told_at_once(url: str, expires_s: int | None, says: str) -> None:
    pytest.importorskip("redis", reason="redis is not installed: pip install 'typedagents[redis]'")
    with pytest.raises(ConfigError, match=says):
        redis_store(url, expires_s=expires_s)


def test_a_missing_package_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "redis", None)

    with pytest.raises(ConfigError, match=r"pip install 'typedagents\[redis\]'"):
        redis_store("redis://localhost")
