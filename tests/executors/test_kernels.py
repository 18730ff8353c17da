"""Python that goes on: what only a Jupyter kernel does."""

from __future__ import annotations

import asyncio

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.executors.conftest import Engines, on_jupyter_in_docker
from tests.executors.packages import kernel_command
from tests.executors.running import processes_with, resident, run
from typedagents import CodeLimits, ExecutorUnavailable
from typedagents.core.code import MIB, Exited, LimitHit, RunEnd, Signalled, TimedOut
from typedagents.executors import Bubblewrap, CommandLineExecutor, Kernels, Local
from typedagents.executors.jupyter.wire import packed, shown, unpacked

pytestmark = [pytest.mark.engines, pytest.mark.anyio, pytest.mark.usefixtures("no_folder_left")]

SHORT = CodeLimits(wall_s=1.0)


@pytest.fixture(params=["bubblewrap", "docker", "local"])
def kernels(
    request: pytest.FixtureRequest, engines: Engines, bubblewrap: CommandLineExecutor
) -> CommandLineExecutor:
    """Kernels in each place."""
    if request.param == "docker":
        return on_jupyter_in_docker(engines)
    folder = engines.kernel_packages()
    home = (
        Bubblewrap(read_only=(folder,)) if request.param == "bubblewrap" else Local(accept_no_isolation=True)
    )
    return CommandLineExecutor(Kernels(home, kernel_command(folder)))


async def test_variables_last_as_long_as_the_session(kernels: CommandLineExecutor) -> None:
    async with kernels:
        await run(kernels, "x = 20", session="s")
        assert (await run(kernels, "print(x + 1)", session="s")).blocks[0].stdout.text == "21\n"
        assert "NameError" in (await run(kernels, "x", session="another")).text
        assert "NameError" in (await run(kernels, "x")).text
    assert processes_with("ipykernel_launcher -f .kernel-") == []


async def test_a_last_expression_is_shown(kernels: CommandLineExecutor) -> None:
    assert (await run(kernels, "6 * 7")).blocks[0].stdout.text == "42\n"


async def test_what_is_shown_keeps_its_form(kernels: CommandLineExecutor) -> None:
    code = (
        "from IPython.display import display, HTML, Image, JSON\n"
        "display(HTML('<b>bold</b>'), Image(b'\\x89PNG\\r\\n\\x1a\\nx', format='png'), JSON({'a': [1]}))"
    )
    result = await run(kernels, code)
    assert {shown.mime: shown.data for shown in result.artefacts} == {
        "text/html": b"<b>bold</b>",
        "image/png": b"\x89PNG\r\n\x1a\nx",
        "application/json": b'{"a":[1]}',
    }
    none = await run(kernels, code, limits=CodeLimits(artefact_bytes=0))
    assert none.artefacts == ()


async def test_interrupted_it_keeps_what_it_holds(kernels: CommandLineExecutor) -> None:
    async with kernels:
        await run(kernels, "x = 5", session="s")
        (late,) = (await run(kernels, "print('up')\nwhile True: pass", session="s", limits=SHORT)).blocks
        assert (late.end, late.stdout.text, late.stderr.text[:24]) == (
            TimedOut(1.0),
            "up\n",
            "[the kernel was interrup",
        )
        assert (await run(kernels, "print(x)", session="s")).blocks[0].stdout.text == "5\n"


async def test_one_that_is_deaf_is_ended_and_that_is_said(kernels: CommandLineExecutor) -> None:
    deaf = "import signal\nsignal.signal(2, signal.SIG_IGN)\nwhile True: pass"
    async with kernels:
        await run(kernels, "x = 5", session="s")
        (late,) = (await run(kernels, deaf, session="s", limits=SHORT)).blocks
        assert late.end == TimedOut(1.0)
        assert "ended; the next block finds a new one" in late.text
        assert "NameError" in (await run(kernels, "x", session="s")).text


@pytest.mark.parametrize(
    ("code", "end"),
    [
        ("import os; os._exit(7)", Exited(7)),
        ("import os; os.kill(os.getpid(), 9)", Signalled(9)),
        ("import sys; sys.exit(3)", Exited(3)),
        ("import sys; sys.exit()", Exited(0)),
        ("import sys; sys.exit('words')", Exited(1)),
        ("input()", Exited(1)),
        ("for _ in range(10 ** 6): print('x' * 100)", LimitHit("output")),
    ],
)
async def test_ends_are_told_as_they_are(kernels: CommandLineExecutor, code: str, end: RunEnd) -> None:
    async with kernels:
        limits = CodeLimits(wall_s=30, output_bytes=10_000)
        assert (await run(kernels, code, session="s", limits=limits)).blocks[0].end == end
        assert (await run(kernels, "print('well')", session="s")).blocks[0].stdout.text == "well\n"


TALKS = """
import os, socket
lines = []
for name in os.listdir('/proc/self/fd'):
    try: lines.append(socket.socket(fileno=os.dup(int(name))))
    except OSError: pass
lines = [line for line in lines if str(line.getsockname()).endswith('/s-2')]
while True:
    for line in lines:
        try: line.send(SAID, socket.MSG_DONTWAIT)
        except OSError: pass
"""
"""Says this to those who listen to what the kernel publishes, past the kernel."""

LITTLE = CodeLimits(wall_s=30, output_bytes=10_000, artefact_bytes=0)


@pytest.mark.parametrize(
    "code",
    [
        "print('x' * (70 << 20))",
        "raise ValueError('x' * (70 << 20))",
        TALKS.replace("SAID", repr(b"\x02" + (1 << 40).to_bytes(8, "big"))),
        TALKS.replace("SAID", "bytes([1, 0]) * (1 << 20)"),
    ],
    ids=["a line", "an error", "one frame without end", "frames without end"],
)
async def test_a_message_too_long_to_be_held_is_passed_over_and_told(
    kernels: CommandLineExecutor, code: str
) -> None:
    before = resident()
    async with kernels:
        await run(kernels, "x = 5", session="s", limits=LITTLE)
        (block,) = (await run(kernels, code, session="s", limits=LITTLE)).blocks
        assert (block.end, block.stdout.data) == (LimitHit("output"), b"")
        assert "bytes was too long to be read; the kernel" in block.stderr.text
        kept = block.stderr.text.endswith("the kernel was interrupted; what it holds is kept]\n")
        after = await run(kernels, "print(globals().get('x', 'gone'))", session="s", limits=LITTLE)
        assert after.blocks[0].stdout.text == ("5\n" if kept else "gone\n")
    assert resident() - before < 128 * MIB


async def test_other_languages_share_its_folder(kernels: CommandLineExecutor) -> None:
    async with kernels:
        made = await run(kernels, "open('made.txt', 'w').write('by python')", session="s")
        assert [artefact.path for artefact in made.artefacts] == ["made.txt"]
        assert (await run(kernels, "cat made.txt", language="sh", session="s")).blocks[
            0
        ].stdout.text == "by python"


async def test_cancelled_it_is_ended_and_the_session_goes_on(kernels: CommandLineExecutor) -> None:
    async with kernels:
        await run(kernels, "x = 5", session="s")
        with anyio.move_on_after(0.2):
            await run(kernels, "while True: pass", session="s")
        assert processes_with("ipykernel_launcher -f .kernel-") == []
        assert (await run(kernels, "print('well')", session="s")).blocks[0].stdout.text == "well\n"


def test_trio_has_kernels_too(kernels: CommandLineExecutor) -> None:
    async def go() -> str:
        async with kernels:
            await run(kernels, "x = 8", session="s")
            return (await run(kernels, "print(x)", session="s")).blocks[0].stdout.text

    assert anyio.run(go, backend="trio") == "8\n"


def test_a_session_outlives_the_loop_that_began_it(kernels: CommandLineExecutor) -> None:
    async def first() -> None:
        await run(kernels, "x = 8", session="s")

    async def second() -> str:
        return (await run(kernels, "print(x)", session="s")).blocks[0].stdout.text

    asyncio.run(first())
    assert asyncio.run(second()) == "8\n"
    asyncio.run(kernels.aclose())
    assert processes_with("ipykernel_launcher -f .kernel-") == []


async def test_a_cell_may_await(kernels: CommandLineExecutor) -> None:
    code = "import asyncio\nawait asyncio.sleep(0)\nprint('rested')"
    assert (await run(kernels, code)).blocks[0].stdout.text == "rested\n"


async def test_a_place_without_ipykernel_is_told(bubblewrap: CommandLineExecutor) -> None:
    bare = CommandLineExecutor(Kernels(Bubblewrap(), ("/usr/bin/python3", "-S")))
    with pytest.raises(
        ExecutorUnavailable, match=r"does not start: .*No module named.*typedagents\[jupyter\]"
    ):
        await run(bare, "1")


STUBBORN = """
import os, sys
del sys.argv[1:3]
from ipykernel import kernelapp, kernelbase
publish, told = kernelbase.Kernel._publish_status, []
def instead(kernel, status, *more, **named):
    if status in ("busy", "idle"):
        told.append(status)
        DEED
    publish(kernel, status, *more, **named)
kernelbase.Kernel._publish_status = instead
kernelapp.launch_new_instance()
"""


def stubborn(folder: str, deed: str) -> CommandLineExecutor:
    """Kernels that do this before they tell that they are asked something, or are done with it."""
    line = (*kernel_command(folder), "-c", STUBBORN.replace("DEED", deed))
    return CommandLineExecutor(Kernels(Bubblewrap(read_only=(folder,)), line))


async def test_a_kernel_that_was_asked_before_it_was_heard_is_asked_again(
    engines: Engines, bubblewrap: CommandLineExecutor
) -> None:
    deaf = stubborn(engines.kernel_packages(), "if len(told) < 6: return")
    assert (await run(deaf, "6 * 7")).blocks[0].stdout.text == "42\n"


async def test_a_kernel_that_ends_while_it_is_asked_is_told_at_once(
    engines: Engines, bubblewrap: CommandLineExecutor
) -> None:
    with pytest.raises(ExecutorUnavailable, match=r"(?s)does not start: .*code=7"):
        await run(stubborn(engines.kernel_packages(), "os._exit(7)"), "1")


FRAMES = st.lists(st.binary(max_size=20) | st.sampled_from([b"<IDS|MSG>", b"{}", b"[", b"1"]), max_size=9)


@given(FRAMES, st.text(max_size=5), st.integers(0, 5))
def test_nothing_but_signed_messages_is_heard(frames: list[bytes], text: str, spoiled: int) -> None:
    assert unpacked(frames, b"key") is None
    good = packed("stream", {"text": text}, "7", b"key")
    heard = unpacked([b"topic", *good], b"key")
    assert heard is not None
    assert (heard.kind, heard.content) == ("stream", {"text": text})
    good[spoiled] += b"x"
    assert unpacked(good, b"key") is None


@given(
    st.dictionaries(
        st.sampled_from(["text/plain", "image/png", "text/html", "x/y"]), st.text() | st.integers()
    )
)
def test_whatever_is_shown_has_a_form(bundle: dict[str, object]) -> None:
    plain, displays = shown({"data": bundle})
    assert plain == bundle.get("text/plain") or plain == ""
    assert all(display.data for display in displays)
