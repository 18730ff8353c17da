"""What is run in a real cluster, and again whenever the tests run, from what that cluster said."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from attrs import evolve, frozen

from typedagents import CodeBlock, CodeLimits, CodeResult, RunCode
from typedagents.core.code import Exited, LimitHit, Signalled


@frozen
class Scenario:
    """A request, and whether what came of it is right."""

    request: RunCode
    right: Callable[[CodeResult], bool]


LIMITS = CodeLimits(wall_s=20)


def python(*codes: str, limits: CodeLimits = LIMITS, stdin: bytes = b"") -> RunCode:
    """A request of these blocks."""
    return RunCode(
        tuple(CodeBlock("python", code) for code in codes), limits, stdin=stdin, env=(("A", "b 'c"),)
    )


SCENARIOS: Mapping[str, Scenario] = {
    "streams": Scenario(
        python("import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)"),
        lambda result: (
            (result.blocks[0].end, result.blocks[0].stdout.text, result.blocks[0].stderr.text)
            == (Exited(3), "out\n", "err\n")
        ),
    ),
    "signal": Scenario(
        python("import os; os.kill(os.getpid(), 11)"),
        lambda result: result.blocks[0].end == Signalled(11),
    ),
    "files": Scenario(
        python(
            "import os, sys; open('made', 'wb').write(b'\\xff\\0'); os.mkdir('d'); os.symlink('/etc/passwd', 'l')",
            "import os, sys; sys.stdout.buffer.write(open('made', 'rb').read() + os.environ['A'].encode())",
        ),
        lambda result: (
            result.blocks[1].stdout.data == b"\xff\0b 'c"
            and [(one.path, one.data) for one in result.artefacts] == [("made", b"\xff\0")]
        ),
    ),
    "input": Scenario(
        python("print(input()[::-1])", stdin=b"drawer\n" + bytes(100_000)),
        lambda result: result.blocks[0].stdout.text == "reward\n",
    ),
    "missing": Scenario(
        RunCode((CodeBlock("javascript", "console.log(1)"),)),
        lambda result: result.blocks[0].end == Exited(127),
    ),
    "flood": Scenario(
        python("while True: print('x' * 100)", limits=evolve(LIMITS, output_bytes=100)),
        lambda result: (
            result.blocks[0].end == LimitHit("output") and len(result.blocks[0].stdout.data) == 100
        ),
    ),
}
