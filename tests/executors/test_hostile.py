"""What hostile programs try, one attempt at a time, and then at random: the machine is as before, and the report true."""

from __future__ import annotations

import os
import socket
import tempfile
from contextlib import suppress
from pathlib import Path
from secrets import token_hex

import anyio
import pytest
from attrs import frozen
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.executors.running import Watching, containers_left, mounts_of, processes_with, resident, run
from typedagents import CodeBlock, CodeLimits, ExecutorError, RunCode
from typedagents.core.code import MIB, Exited, LimitHit, RunEnd, Signalled, TimedOut
from typedagents.executors import Chunk, CommandLineExecutor, Job, SafePath, Sandbox
from typedagents.executors.folder import FolderSandbox

TIMES = int(os.environ.get("TYPEDAGENTS_HOSTILE", "5"))
"""How many random programs and moments are tried; nobody waits for 200 of them on every change."""

PTRACE_ATTACH = 16
PLACES = ("/tmp", "/var/tmp", "/etc", "/usr", "/dev/shm", "/root", "/")


pytestmark = pytest.mark.usefixtures("no_folder_left")


def written(mark: str) -> list[str]:
    """The places of the host in which there is a file of this name."""
    return [place for place in PLACES if Path(place, mark).exists()]


# --- one attempt at a time --------------------------------------------------------------------------------------


@pytest.mark.anyio
async def test_no_environment_in_sight_holds_our_secrets(
    sandbox: CommandLineExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret")
    code = (
        "import glob\nfor path in glob.glob('/proc/*/environ'):\n"
        "    try: print(open(path, 'rb').read())\n    except OSError: pass"
    )
    result = await run(sandbox, code)
    assert result.blocks[0].end == Exited(0)
    assert "sk-very-secret" not in result.text


@pytest.mark.anyio
async def test_files_of_the_host_are_not_there(sandbox: CommandLineExecutor) -> None:
    with tempfile.NamedTemporaryFile() as secret:
        os.chmod(secret.name, 0o644)
        places = (secret.name, "/etc/shadow", "/root/.ssh")
        code = f"import os\nfor p in {places!r}: print(os.path.exists(p))"
        result = await run(sandbox, code)
    assert set(result.blocks[0].stdout.text.split()) == {"False"}


@pytest.mark.anyio
async def test_what_it_writes_elsewhere_reaches_no_place_of_the_host(sandbox: CommandLineExecutor) -> None:
    mark = f"mark-{token_hex(8)}"
    code = f"for p in {PLACES!r}:\n    try: open(p + '/{mark}', 'w').write('x')\n    except OSError: pass"
    await run(sandbox, code)
    assert written(mark) == []


BESIDE = """
import os
for place in PLACES:
    for path in (place + '/planted', 'link/planted'):
        try: open(path, 'w').write('x')
        except OSError: pass
    try: os.remove('link')
    except OSError: pass
    try: os.symlink(place, 'link')
    except OSError: pass
    print(os.path.exists(place + '/own'))
"""
"""Goes to a folder beside its own, by all its names, and leaves a link to it."""


@pytest.mark.anyio
async def test_a_sandbox_beside_is_neither_read_nor_written(keeper: CommandLineExecutor) -> None:
    async with keeper.factory.open() as other, keeper.factory.open() as sandbox:
        await other.write_file(SafePath("own"), b"print('up')")
        watched: list[Chunk] = []
        await program_in(other, "own", watched)  # where it takes one to be there, it is there
        place = other.folder.path if isinstance(other, FolderSandbox) else "/workspace2"
        name = os.path.basename(place)
        places = (f"../{name}", f"/workspace/../{name}", f"/proc/self/cwd/../{name}", place)
        await sandbox.write_file(SafePath("goes.py"), BESIDE.replace("PLACES", repr(places)).encode())
        watched.clear()
        await program_in(sandbox, "goes.py", watched)
        assert b"".join(chunk.data for chunk in watched).split() == [b"False"] * len(places)

        with suppress(ExecutorError):  # its link is in the way, where it could make one
            await sandbox.write_file(SafePath("link/planted"), b"x")
        with pytest.raises(ExecutorError):
            await sandbox.read_file(SafePath("link/own"), 100)
        assert [info.path for info in await other.list_files() if "planted" in info.path] == []
        assert await other.read_file(SafePath("own"), 100) == b"print('up')"
        assert all(one.data != b"print('up')" for one in await sandbox.collect(CodeLimits()))


async def program_in(sandbox: Sandbox, path: str, watched: list[Chunk]) -> None:
    """Run Python, in a kernel where there is one."""
    code = (await sandbox.read_file(SafePath(path), 10_000)).decode()
    job = Job(("python3", path), watch=watched.append)
    if await sandbox.interpret("python", code, job) is None:
        await sandbox.exec(job)


@pytest.mark.anyio
async def test_no_socket_of_the_host_is_reached(sandbox: CommandLineExecutor) -> None:
    name = f"typedagents-{token_hex(8)}"
    with (
        socket.socket(socket.AF_UNIX) as listener,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams,
    ):
        listener.bind(f"\0{name}")
        listener.listen()
        datagrams.bind(("127.0.0.1", 0))
        datagrams.setblocking(False)
        port = datagrams.getsockname()[1]
        code = (
            "import socket\ntry: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', "
            f"{port}))\nexcept OSError: pass\ntry: socket.socket(socket.AF_UNIX).connect('\\0{name}')\n"
            "except OSError: print('refused')"
        )
        result = await run(sandbox, code)
        assert result.blocks[0].stdout.text == "refused\n"
        with pytest.raises(BlockingIOError):
            datagrams.recv(1)


@pytest.mark.anyio
async def test_no_process_of_the_host_is_reached(sandbox: CommandLineExecutor) -> None:
    code = (
        "import os\nprint(len([p for p in os.listdir('/proc') if p.isdigit()]) < 6)\n"
        f"try: os.kill({os.getpid()}, 0)\nexcept OSError: print('no such process')\n"
        f"try: open('/proc/{os.getpid()}/mem', 'rb')\nexcept OSError: print('no such memory')\n"
        f"import ctypes\nprint(ctypes.CDLL(None).ptrace({PTRACE_ATTACH}, {os.getpid()}, 0, 0))"
    )
    result = await run(sandbox, code)
    assert result.blocks[0].stdout.text == "True\nno such process\nno such memory\n-1\n"


@pytest.mark.anyio
async def test_it_mounts_nothing(sandbox: CommandLineExecutor) -> None:
    code = "import ctypes\nprint(ctypes.CDLL(None).mount(b'none', b'/tmp', b'tmpfs', 0, None))"
    assert (await run(sandbox, code)).blocks[0].stdout.text == "-1\n"


@pytest.mark.anyio
@pytest.mark.parametrize("streams", [("stdout",), ("stdout", "stderr")], ids=["one stream", "both streams"])
async def test_a_gigabyte_is_stopped_soon_and_kept_in_little_memory(
    executor: CommandLineExecutor, streams: tuple[str, ...]
) -> None:
    code = (
        f"import sys\nfor _ in range({(1 << 14) // len(streams)}):\n"
        f"    for name in {streams!r}: getattr(sys, name).write('x' * (1 << 16))"
    )
    before = resident()
    (block,) = (await run(executor, code, limits=CodeLimits(output_bytes=MIB))).blocks
    assert block.end == LimitHit("output")
    assert all(0 < len(getattr(block, name).data) <= MIB for name in streams)
    # A kernel makes a message of what a program writes within some milliseconds, however much that is.
    assert resident() - before < (128 if executor.capabilities.stateful else 32) * MIB


# --- at random --------------------------------------------------------------------------------------------------

DEEDS = {
    "forks": "for _ in range(90):\n    if os.fork() == 0:\n        time.sleep(600)\n        os._exit(0)",
    "orphan": "if os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0: time.sleep(600)\n    os._exit(0)",
    "deaf": "for s in range(1, 32):\n    try: signal.signal(s, signal.SIG_IGN)\n    except OSError: pass",
    "memory": "bytearray(1 << 30)",
    "files": f"for p in {PLACES!r}: \n    try: open(f'{{p}}/{{MARK}}', 'w').write('x')\n    except OSError: pass",
    "links": "os.symlink('/etc/passwd', 'link'); os.mkfifo('pipe'); os.symlink('/', 'root')",
    "sparse": "open('sparse', 'wb').truncate(1 << 25)",
    "locked": "os.makedirs('a/b/c'); os.chmod('a/b', 0); os.chmod('a', 0)",
    "deep": "for _ in range(300):\n    os.mkdir('d'); os.chdir('d')",
    "loopback": "socket.create_server(('127.0.0.1', 0)).listen(5)",
    "unix": "socket.socket(socket.AF_UNIX).bind('socket')",
    "noise": "os.write(2, b'\\xff\\xfe' * 5000)",
    "closed": "os.close(0); os.close(1)",
    "everyone": "os.kill(-1, 0)",
    "folder": "os.rmdir('/workspace')",
}
ENDS = {
    "loop": "while True: pass",
    "flood": "try:\n    while True: os.write(1, bytes(65536))\nexcept OSError: os._exit(7)",
    "exit": "os._exit(CODE)",
    "signal": "try: signal.signal(NUMBER, signal.SIG_DFL)\nexcept OSError: pass\nos.kill(os.getpid(), NUMBER); time.sleep(600)",
}


@frozen
class Hostile:
    """A program: what it does first, and how it ends."""

    deeds: tuple[str, ...]
    end: str
    number: int

    def code(self, mark: str) -> str:
        lines = ["import os, signal, socket, time", f"MARK = {mark!r}"]
        for deed in self.deeds:
            inner = DEEDS[deed].replace("\n", "\n    ")
            lines.append(f"try:\n    {inner}\nexcept (OSError, MemoryError): pass")
        ending = ENDS[self.end].replace("CODE", str(self.number)).replace("NUMBER", str(self.signal))
        return "\n".join((*lines, ending))

    @property
    def signal(self) -> int:
        return (6, 9, 10, 11, 15)[self.number % 5]

    @property
    def expected(self) -> RunEnd:
        if self.end == "flood":
            return Exited(7) if "closed" in self.deeds else LimitHit("output")
        if self.end == "loop":
            return TimedOut(self.limits.wall_s)
        return Exited(self.number) if self.end == "exit" else Signalled(self.signal)

    @property
    def limits(self) -> CodeLimits:
        wall = 1.0 if self.end == "loop" else 60.0
        return CodeLimits(wall_s=wall, memory_bytes=256 * MIB, processes=40, output_bytes=20_000)


HOSTILE = st.builds(
    Hostile,
    st.lists(st.sampled_from(sorted(DEEDS)), max_size=5, unique=True).map(tuple),
    st.sampled_from(sorted(ENDS)),
    st.integers(0, 100),
)
AT_RANDOM = settings(
    max_examples=TIMES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@AT_RANDOM
@given(program=HOSTILE)
def test_a_hostile_program_changes_nothing_and_is_reported_truly(
    sandbox: CommandLineExecutor, program: Hostile
) -> None:
    mark = f"mark-{token_hex(8)}"
    block = CodeBlock("python", program.code(mark), f"{mark}.py")
    before = resident()

    async def go() -> RunEnd:
        result = await sandbox.run(RunCode((block,), program.limits), Watching())
        assert all(artefact.path in ("sparse", f"{mark}.py") for artefact in result.artefacts)
        return result.blocks[0].end

    assert anyio.run(go) == program.expected
    assert processes_with(mark) == []
    assert written(mark) == []
    assert containers_left(sandbox) == []
    assert resident() - before < 64 * MIB


@AT_RANDOM
@given(program=HOSTILE, after_s=st.floats(0.0, 0.5))
def test_cancelled_at_any_moment_nothing_is_left(
    executor: CommandLineExecutor, program: Hostile, after_s: float
) -> None:
    mark = f"mark-{token_hex(8)}"
    block = CodeBlock("python", program.code(mark), f"{mark}.py")

    async def go() -> None:
        with anyio.move_on_after(after_s):
            await executor.run(RunCode((block,), program.limits), Watching())

    before = mounts_of(executor)
    anyio.run(go)
    assert processes_with(mark) == []
    assert containers_left(executor) == []
    assert mounts_of(executor) == before
