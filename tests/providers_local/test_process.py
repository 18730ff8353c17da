"""The child process and its parent, with a runtime that stands for the real one."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from typing import TypedDict

import anyio
import pytest

from tests.providers_local.calls import PlainCall, asking
from typedagents.core.errors import ConfigError, ProviderError
from typedagents.core.model import ModelReply
from typedagents.providers import find_configuration
from typedagents.providers.local import LocalModel, chat_template
from typedagents.providers.local.process import servers
from typedagents.providers.wrappers.wrapping import answered

FAKE = str(Path(__file__).parent / "fake_runtime")
LINUX = pytest.mark.skipif("sys.platform != 'linux'", reason="waits for a process of others with pidfd_open")


class Facts(TypedDict):
    """What the fake runtime was started with."""

    pid: int
    context: int
    limit: int
    threads: int
    sampling: dict[str, float]
    cache: bool
    template: str


@pytest.fixture(autouse=True)
def _fake_runtime(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.syspath_prepend(FAKE)
    yield
    for wanted in list(servers().slots):
        servers().drop(wanted)


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    file = tmp_path / "tiny.gguf"
    file.write_bytes(b"GGUF")
    return file


def reply_of(model: LocalModel, words: str = "hello", *, backend: str = "asyncio") -> ModelReply:
    return anyio.run(model.complete, asking(words), PlainCall(), backend=backend)


def facts_of(model: LocalModel, words: str = "hello") -> Facts:
    facts: Facts = json.loads(reply_of(model, words).text)
    return facts


def test_the_server_is_started_with_reproducible_settings(weights: Path) -> None:
    facts = facts_of(LocalModel(weights, context_tokens=512, max_tokens=99, seed=7))

    assert (facts["context"], facts["limit"], facts["threads"], facts["cache"]) == (512, 99, 1, False)
    assert facts["sampling"] == {"temp": 0.0, "seed": 7}


def test_a_file_of_ones_own_keeps_its_chat_template_unless_another_is_given(weights: Path) -> None:
    assert facts_of(LocalModel(weights))["template"] == ""
    assert facts_of(LocalModel(weights, template=chat_template()))["template"] == chat_template()


def test_replies_name_the_weights_cost_nothing_and_hide_the_port(weights: Path) -> None:
    reply = reply_of(LocalModel(weights))

    assert (reply.model, reply.provider, reply.cost_usd) == ("tiny", "local", Decimal(0))


def test_an_entry_of_a_file_is_asked_with_what_it_says(
    weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "typedagents.toml").write_text(
        f'[[models]]\nname = "here"\napi_type = "local"\npath = "{weights.as_posix()}"\ncontext_tokens = 512\n'
        "threads = 2\n"
    )
    monkeypatch.chdir(tmp_path)

    reply = anyio.run(answered, find_configuration().provider(), asking("hello"), PlainCall())

    facts: Facts = json.loads(reply.text)
    assert (facts["context"], facts["threads"]) == (512, 2)
    assert (reply.model, reply.provider, reply.cost_usd) == ("tiny", "local", Decimal(0))


def test_equal_values_share_one_server_over_threads_and_event_loops(weights: Path) -> None:
    with ThreadPoolExecutor(6) as threads:
        found = list(threads.map(lambda _: facts_of(LocalModel(weights))["pid"], range(12)))

    assert len(set(found)) == 1
    assert json.loads(reply_of(LocalModel(weights), backend="trio").text)["pid"] == found[0]


def test_other_settings_have_a_server_of_their_own(weights: Path) -> None:
    assert facts_of(LocalModel(weights))["pid"] != facts_of(LocalModel(weights, seed=1))["pid"]


def test_a_server_killed_between_calls_is_started_anew(weights: Path) -> None:
    model = LocalModel(weights)
    first = facts_of(model)["pid"]

    os.kill(first, signal.SIGTERM)

    assert facts_of(model)["pid"] != first


def test_a_call_that_the_server_took_with_it_is_made_once_more(weights: Path) -> None:
    model = LocalModel(weights)
    first = facts_of(model)["pid"]

    assert facts_of(model, "die once")["pid"] != first


def test_a_call_that_kills_each_server_fails_after_the_second(weights: Path) -> None:
    with pytest.raises(ProviderError) as caught:
        reply_of(LocalModel(weights), "die")

    assert caught.value.kind == "connection"


def test_stopping_ends_the_process_and_the_next_call_starts_another(weights: Path) -> None:
    model = LocalModel(weights)
    model.start()
    running = servers().running(model)
    assert running

    model.stop()

    assert not running.alive
    assert facts_of(model)["pid"] != running.process.pid


@pytest.mark.skipif("sys.platform == 'win32'", reason="signals")
def test_ctrl_c_leaves_the_server_alone(weights: Path) -> None:
    model = LocalModel(weights)
    first = facts_of(model)["pid"]

    os.kill(first, signal.SIGINT)

    assert facts_of(model)["pid"] == first


def test_a_model_that_does_not_load_is_told_with_the_servers_last_words(tmp_path: Path) -> None:
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"GGUF")

    with pytest.raises(
        ProviderError, match=r"(?s)'broken' did not start.*code 1.*Failed to init server"
    ) as caught:
        LocalModel(broken).start()
    assert caught.value.kind == "unavailable"
    assert "Traceback" not in str(caught.value)


def test_a_model_that_loads_for_too_long_is_given_up(tmp_path: Path) -> None:
    slow = tmp_path / "slow.gguf"
    slow.write_bytes(b"GGUF")

    with pytest.raises(ProviderError, match=r"within 0\.2 s.*allow more time"):
        LocalModel(slow, start_within_s=0.2).start()


def test_a_missing_runtime_is_told_with_the_pip_line(weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "xllamacpp", None)

    with pytest.raises(
        ConfigError, match=r"xllamacpp, which is not installed; do: pip install 'typedagents\[local\]'"
    ):
        reply_of(LocalModel(weights))


def test_the_key_is_shown_nowhere(weights: Path) -> None:
    model = LocalModel(weights)
    model.start()
    server = servers().running(model)
    assert server

    command = server.process.args
    assert server.key.reveal() not in f"{server!r} {server} {model!r} {command!r}"


PARENT = """
import sys
from typedagents.providers.local import LocalModel
from typedagents.providers.local.process import servers
model = LocalModel(sys.argv[1])
model.start()
print(servers().running(model).process.pid, flush=True)
sys.stdin.readline()
"""


def parent_of_a_server(weights: Path) -> tuple[subprocess.Popen[str], int]:
    """A process that has started a server, and the server's pid."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([FAKE, *filter(None, sys.path)])}
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(weights)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )
    assert parent.stdout
    return parent, int(parent.stdout.readline())


def has_ended(pidfd: int) -> bool:
    ended, _, _ = select.select([pidfd], [], [], 20)
    os.close(pidfd)
    return bool(ended)


@LINUX
def test_the_server_ends_when_its_parent_is_killed(weights: Path) -> None:
    parent, pid = parent_of_a_server(weights)
    child = os.pidfd_open(pid)

    parent.kill()
    parent.communicate()

    assert has_ended(child)


@LINUX
def test_the_server_ends_when_its_parent_comes_to_its_end(weights: Path) -> None:
    parent, pid = parent_of_a_server(weights)
    child = os.pidfd_open(pid)

    parent.communicate("go on\n")

    assert parent.returncode == 0
    assert has_ended(child)


def test_the_childs_command_says_how_it_is_meant() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "typedagents.providers.local"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )

    assert (done.returncode, done.stdout) == (1, "")
    assert "usage: python -m typedagents.providers.local MODEL.gguf" in done.stderr
