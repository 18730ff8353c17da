"""An MCP server written by hand, that does what servers should not do: `python odd_server.py LOG [HABIT]`.

It knows the handshake of 2025-11-25 only, answers one request after the other, and writes what it sees to LOG. Habits:

    silent      never answers                       dies        says so on stderr, and exits with 3
    noisy       greets on stdout before each answer  rubbish     greets, and nothing more
    paged       lists one tool a page                endless     the pages never end
    stubborn    goes on when its stdin is closed     huge        writes a line that does not end
    deaf        lists its tools, and hears no more   mute        what a call comes to is nothing at all
    secretive   does not list its tools
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

Json = dict[str, object]
HINTS: dict[str, Json] = {
    "read": {"readOnlyHint": True},
    "put": {"idempotentHint": True, "destructiveHint": True},
}
NAMES = (
    "echo",
    "read",
    "put",
    "die",
    "leave",
    "hang",
    "steps",
    "env",
    "fail",
    "strange",
    "never.heard/of it",
)


def log(text: str) -> None:
    with Path(sys.argv[1]).open("a") as file:
        file.write(f"{text}\n")


def say(**message: object) -> None:
    if "noisy" in sys.argv:
        put("Hello, I am a server!\n\n")
    put(json.dumps({"jsonrpc": "2.0", **message}) + "\n")


def put(words: str) -> None:
    sys.stdout.write(words)
    sys.stdout.flush()


def text(said: str, *, failed: bool = False) -> Json:
    return {"content": [{"type": "text", "text": said}], "isError": failed}


def tool(name: str) -> Json:
    return {
        "name": name,
        "description": f"Does {name}.",
        "inputSchema": {"type": "object", "properties": {"z": {"type": "string"}, "a": {"type": "integer"}}},
        "annotations": HINTS.get(name, {}),
    }


def listed(params: Json) -> Json:
    if "endless" in sys.argv:
        return {"tools": [], "nextCursor": "more"}
    if "paged" not in sys.argv:
        return {"tools": [tool(name) for name in NAMES]}
    at = int(str(params.get("cursor", "0")))
    more: Json = {"nextCursor": str(at + 1)} if at + 1 < len(NAMES) else {}
    return {"tools": [tool(NAMES[at])], **more}


def called(params: Json, lines: Iterator[Json]) -> Json | None:
    """What a call comes to; None: it is never answered."""
    name, arguments, meta = params["name"], params.get("arguments"), params.get("_meta")
    token = meta.get("progressToken") if isinstance(meta, dict) else None
    if name in ENDS:
        ENDS[str(name)]()
    if name == "hang":
        progress(token, 1)
        for line in lines:
            log(f"while hanging: {line.get('method')}")
        return None
    if "mute" in sys.argv:
        return {"content": []}
    if name == "steps":
        for done in (1, 2, 3):
            progress(token, done)
    return ANSWERS.get(str(name), text(json.dumps(arguments)))


def die() -> None:
    sys.stderr.write("something terrible happened\n")
    sys.stderr.flush()
    os.kill(os.getpid(), signal.SIGKILL)


ENDS: dict[str, Callable[[], None]] = {"die": die, "leave": lambda: sys.exit(7)}
ANSWERS: dict[str, Json] = {
    "env": text(json.dumps(dict(os.environ))),
    "fail": text("no such thing", failed=True),
    "strange": {"content": [{"type": "hologram"}]},
}


def progress(token: object, done: int) -> None:
    say(
        method="notifications/progress",
        params={"progressToken": token, "progress": done, "total": 3, "message": f"step {done}"},
    )


def answers(lines: Iterator[Json]) -> Iterator[tuple[object, Json | None]]:
    table: dict[str, Callable[[Json], Json | None]] = {
        "initialize": lambda params: {
            "protocolVersion": "2025-11-25",
            "capabilities": {"tools": {}},
            "serverInfo": {"name": "odd", "version": "1"},
        },
        "tools/list": listed,
        "tools/call": lambda params: called(params, lines),
    }
    for line in lines:
        method, params = str(line.get("method")), line.get("params") or {}
        assert isinstance(params, dict)
        if "id" not in line:
            log(method)
        elif method in table:
            yield line["id"], table[method](params)
        else:
            say(id=line["id"], error={"code": -32601, "message": f"no method {method}"})


def hearing(lines: Iterator[Json]) -> Iterator[Json]:
    """The lines; one who is deaf closes its stdin before it answers the question for its tools, its last answer."""
    for line in lines:
        deaf = "deaf" in sys.argv and line.get("method") == "tools/list"
        if deaf:
            os.close(0)
        yield line
        if deaf:
            signal.pause()


def main() -> None:
    log(f"started {os.getpid()}")
    if "READY" in os.environ:
        Path(os.environ["READY"]).write_text("yes")  # a pipe: this waits for its reader
    lines = (json.loads(line) for line in sys.stdin)
    if "dies" in sys.argv:
        sys.stderr.write("no configuration found\nbye\n")
        sys.exit(3)
    if "rubbish" in sys.argv:
        put("Hello, I am no server!\n")
    if "huge" in sys.argv:
        while True:
            put("x" * 10_000)
    for id, answer in answers(hearing(lines)):
        unsaid = "secretive" in sys.argv and answer is not None and "tools" in answer
        if answer is not None and not unsaid and not {"silent", "rubbish"} & set(sys.argv):
            say(id=id, result=answer)
    while "stubborn" in sys.argv:
        signal.pause()
    log("ended")


if __name__ == "__main__":
    main()
