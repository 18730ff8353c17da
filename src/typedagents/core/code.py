"""Running code: the effect, and what comes back. What the program did wrong is a result, never an error."""

from __future__ import annotations

from typing import ClassVar, Literal, TypeAlias, assert_never

from attrs import field, frozen
from attrs.validators import ge, gt

from .effect import LATER, Effect, Repetition, proved
from .errors import ConfigError

TIMEOUT_EXIT = 124
MIB = 1 << 20


@frozen
class CodeBlock:
    """A piece of a program. ``language`` is lower-case; ``filename`` is where it asks to be kept, if it does.

    One that is there ``to="save"`` is kept as a file and not run, whatever its language.
    """

    language: str
    code: str
    filename: str | None = None
    to: Literal["run", "save"] = field(default="run", kw_only=True, metadata=LATER)


@frozen
class CodeFile:
    """A file that lies beside a program before it starts: a module to import, data to read."""

    path: str
    data: bytes = field(repr=lambda data: f"<{len(data)} bytes>")


@frozen
class CodeLimits:
    """Bounds of one run. Sizes in bytes, times in seconds; output is counted per stream."""

    wall_s: float = field(default=60.0, validator=gt(0))
    cpu_s: float = field(default=60.0, validator=gt(0))
    memory_bytes: int = field(default=512 * MIB, validator=gt(0))
    processes: int = field(default=64, validator=gt(0))
    open_files: int = field(default=256, validator=gt(0))
    file_bytes: int = field(default=50 * MIB, validator=ge(0))
    output_bytes: int = field(default=MIB, validator=ge(0))
    artefact_bytes: int = field(default=10 * MIB, validator=ge(0))
    grace_s: float = field(default=0.5, validator=ge(0))


@frozen
class Exited:
    """The program ended by itself."""

    code: int
    how: Literal["exited"] = field(default="exited", init=False, repr=False)


@frozen
class Signalled:
    """The program was ended by a signal."""

    signal: int
    how: Literal["signalled"] = field(default="signalled", init=False, repr=False)


@frozen
class TimedOut:
    """The program was stopped after so many seconds."""

    after_s: float
    how: Literal["timed_out"] = field(default="timed_out", init=False, repr=False)


@frozen
class LimitHit:
    """The program was stopped at a limit."""

    limit: Literal["memory", "output", "processes", "file", "cpu"]
    how: Literal["limit_hit"] = field(default="limit_hit", init=False, repr=False)


@frozen
class Refused:
    """The program was not started."""

    reason: str
    how: Literal["refused"] = field(default="refused", init=False, repr=False)


@frozen
class Saved:
    """The block was kept as a file and not run."""

    filename: str
    how: Literal["saved"] = field(default="saved", init=False, repr=False)


RunEnd: TypeAlias = Exited | Signalled | TimedOut | LimitHit | Refused | Saved


def exit_code(end: RunEnd) -> int:
    """The number a shell would show: 124 after a time-out, 128 + n after signal n."""
    match end:
        case Exited(code):
            return code
        case Signalled(signal):
            return 128 + signal
        case TimedOut():
            return TIMEOUT_EXIT
        case LimitHit("memory"):
            return 137
        case LimitHit() | Refused():
            return 1
        case Saved():
            return 0
        case _ as never:
            assert_never(never)


@frozen
class Captured:
    """What a program wrote to one stream: its head and tail, and how many bytes between them were dropped."""

    data: bytes = b""
    dropped: int = 0

    @property
    def text(self) -> str:
        text = self.data.decode("utf-8", "replace").replace("\0", "")
        return f"{text}\n[{self.dropped} bytes dropped]" if self.dropped else text


@frozen
class Artefact:
    """A file the program left in its work folder. ``data`` is empty where it was larger than the limit allows."""

    path: str
    size: int
    sha256: str
    mime: str = ""
    data: bytes = field(default=b"", repr=lambda data: f"<{len(data)} bytes>")


@frozen
class BlockResult:
    """What became of one block."""

    end: RunEnd
    stdout: Captured = Captured()
    stderr: Captured = Captured()

    @property
    def text(self) -> str:
        """Both streams and, where it is not an exit, how the block ended."""
        note = ""
        match self.end:
            case TimedOut(after_s):
                note = f"Timeout: stopped after {after_s:g} s"
            case LimitHit(limit):
                note = f"Stopped: the limit on {limit} was reached"
            case Refused(reason):
                note = reason
            case Saved(filename):
                note = f"Code saved to {filename}"
            case Exited() | Signalled():
                pass
            case _ as never:
                assert_never(never)
        streams = (self.stdout.text, self.stderr.text, note)
        return "\n".join(text.rstrip("\n") for text in streams if text)


@frozen
class CodeResult:
    """What became of the blocks of one request; those after the first failure were not run.

    ``unenforced`` names limits that this executor cannot impose.
    """

    blocks: tuple[BlockResult, ...]
    artefacts: tuple[Artefact, ...] = ()
    unenforced: tuple[str, ...] = ()
    part: Literal["code_result"] = field(default="code_result", init=False, repr=False)

    @property
    def exit_code(self) -> int:
        return exit_code(self.blocks[-1].end) if self.blocks else 0

    @property
    def text(self) -> str:
        """For the model: ``exitcode: 0 (execution succeeded)``, then the output."""
        verdict = "execution failed" if self.exit_code else "execution succeeded"
        output = "\n".join(text for block in self.blocks if (text := block.text))
        return f"exitcode: {self.exit_code} ({verdict})\nCode output: {output}"


def _requirements(given: tuple[str, ...]) -> tuple[str, ...]:
    for requirement in given:
        if (
            not requirement.strip()
            or requirement.startswith("-")
            or "\n" in requirement
            or "\0" in requirement
        ):
            raise ConfigError(
                f"a requirement names a package, as 'numpy>=2' does; found {requirement!r:.80}. How packages are got is"
                " the executor's choice"
            )
    return tuple(given)


@frozen
class RunCode(Effect[CodeResult]):
    """Run the blocks one after the other, in a fresh sandbox unless ``session`` names one that keeps its state.

    First the ``files`` are put there, and the ``requirements`` installed as pip understands them.
    """

    kind: ClassVar[str] = "RunCode"

    blocks: tuple[CodeBlock, ...]
    limits: CodeLimits = CodeLimits()
    session: str = ""
    stdin: bytes = b""
    env: tuple[tuple[str, str], ...] = ()
    files: tuple[CodeFile, ...] = field(default=(), metadata=LATER)
    requirements: tuple[str, ...] = field(default=(), converter=_requirements, metadata=LATER)

    def repetition(self) -> Repetition:
        return "at_most_once" if self.session else "idempotent"

    def likeness(self) -> str:
        return "\n".join(f"{block.language}:{block.code}" for block in self.blocks)

    def accept(self, value: object, /) -> CodeResult:
        return proved(value, CodeResult)
