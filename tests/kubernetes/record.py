"""Runs the scenarios in a real cluster and keeps what it said: `python -m tests.kubernetes.record` writes frames.json."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from pathlib import Path

import anyio
import httpx_ws
from attrs import frozen

from tests.executors.machinery import IMAGE
from tests.executors.running import Watching
from tests.kubernetes.machinery import cluster
from tests.kubernetes.scenarios import SCENARIOS
from typedagents.executors import CommandLineExecutor, Pods

FILE = Path(__file__).with_name("frames.json")
LANGUAGES = ("python", "sh", "javascript")


@frozen
class Ran:
    """One program: what was sent first, and all that was said."""

    script: str
    messages: tuple[bytes, ...]


def recorded() -> Mapping[str, tuple[Ran, ...]]:
    """What the file holds, by scenario."""
    told = json.loads(FILE.read_text(encoding="utf-8"))
    return {
        name: tuple(Ran(one["script"], tuple(b64decode(said) for said in one["messages"])) for one in ran)
        for name, ran in told.items()
    }


def main() -> None:
    """Run them all, prove each, and write the file."""
    log: list[tuple[int, bool, bytes]] = []
    session = httpx_ws.AsyncWebSocketSession
    send, receive = session.send_bytes, session.receive_bytes

    async def sent(self: httpx_ws.AsyncWebSocketSession, data: bytes) -> None:
        log.append((id(self), True, data))
        await send(self, data)

    async def received(self: httpx_ws.AsyncWebSocketSession) -> bytes:
        data = await receive(self)
        log.append((id(self), False, data))
        return data

    setattr(session, "send_bytes", sent)  # noqa: B010  # the package's own, for as long as this runs
    setattr(session, "receive_bytes", received)  # noqa: B010  # the same, as long
    kept: dict[str, object] = {}
    with cluster() as found:
        executor = CommandLineExecutor(Pods(found, IMAGE, LANGUAGES))
        for name, scenario in SCENARIOS.items():
            log.clear()
            result = anyio.run(executor.run, scenario.request, Watching())
            assert scenario.right(result), f"{name}: {result}"
            kept[name] = _programs(log)
    FILE.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


def _programs(log: list[tuple[int, bool, bytes]]) -> list[dict[str, object]]:
    """The messages of one program after the other: none begins before the last has ended."""
    programs: list[dict[str, object]] = []
    talking, said = 0, list[str]()
    for who, ours, data in log:
        if who != talking:
            talking, said = who, []
            script = b64decode(data[1:].partition(b"\n")[0]).decode()
            programs.append({"script": script, "messages": said})
        if not ours:
            said.append(b64encode(data).decode())
    return programs


if __name__ == "__main__":
    main()
