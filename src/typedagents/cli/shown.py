"""A conversation as its trace tells it, without the team that held it: the transcript, then all effects as a tree."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from attrs import define, field
from msgspec.json import decode

from typedagents.core.code import CodeResult, RunCode
from typedagents.core.code_approval import ApproveCode
from typedagents.core.effect import Failed, Path
from typedagents.core.human import AskHuman, Typed
from typedagents.core.log import Began
from typedagents.core.model import CallModel, ModelReply
from typedagents.core.parts import ToolResult
from typedagents.core.tool import Approve, CallTool, Denied
from typedagents.interpreter.bill import Bill, Billed
from typedagents.interpreter.events import EntryAdded
from typedagents.trace.codec import read, result_type
from typedagents.trace.lines import Begun, Done, EntryLine, FailedLine, parsed
from typedagents.trace.recording import Recording

from .closing import BETWEEN, counted, took
from .page import Page, Span
from .render import Renderer

KNOWN = {kind.kind: kind for kind in (CallModel, CallTool, RunCode, AskHuman, Approve, ApproveCode)}
"""Effects whose results are read for the tree; of others only the beginning of the JSON is shown."""

LONGEST = 48
_PLACE = re.compile(r"t\d+\.|\d+/[^.]*\.|\d+$")


def show_trace(lines: Sequence[bytes], page: Page) -> None:
    """Print who said what, what was asked of the world, and how it ended."""
    recording, renderer = Recording.load(lines), Renderer(page)
    header = recording.header
    renderer.note(f"run {header.run} of {header.team}: {', '.join(header.agents)}")
    for message in recording.opening().transcript:
        renderer.message(message)
    for line in parsed(lines):
        if isinstance(line, EntryLine):
            renderer(EntryAdded(line.path, recording.entry(line)))
    for partial in recording.partials:
        renderer.head(partial.agent, "was saying, when it was stopped")
        page.feed(0, partial.text)
    renderer.gap()
    tree = Tree(recording)
    if recording.begun:
        renderer.note("effects", "strong")
        for depth, words in tree.lines():
            page.line(depth, *words)
        renderer.gap()
    reason = recording.reason()
    stopped = f"not ended; go on with: typedagents resume {header.run} TARGET"
    renderer.note(stopped if reason is None else str(reason), "strong")
    renderer.note(took(tree.turns, Bill.of(tree.charges)))
    if recording.resumptions:
        renderer.note(f"resumed {counted(recording.resumptions, 'time')}")


@define
class Tree:
    """The effects of a trace below the turns, branches and conversations that asked for them."""

    recording: Recording
    charges: list[Billed] = field(factory=list, init=False)
    """What was spent, as far as ``lines`` has come."""

    @property
    def turns(self) -> int:
        """Turns of the outermost conversation."""
        return sum(path.count(".") == 1 for path in self.recording.entries)

    def lines(self) -> Iterator[tuple[int, list[Span]]]:
        """Each line of the tree and how deep it stands, in the order in which effects began."""
        above: list[str] = []
        for path, begun in self.recording.begun.items():
            steps = [found[0] for found in _PLACE.finditer(path)]
            same = 0
            while same < min(len(steps), len(above)) and steps[same] == above[same]:
                same += 1
            for depth in range(same, len(steps) - 1):
                yield depth, [Span(self._place(steps[: depth + 1]), "dim")]
            yield len(steps) - 1, self._effect(begun)
            above = steps

    def _place(self, steps: Sequence[str]) -> str:
        """A turn, a conversation, or one of several programs side by side."""
        here, last = "".join(steps), steps[-1]
        if not last.startswith("t"):
            race, _, label = here.rpartition("/")
            label = label.rstrip(".")
            won = ", won" if self.recording.winners.get(race) == label else ""
            return "conversation" if label == "c" else f"branch {label}{won}"
        began = (self.recording.entry(line) for line in self.recording.entries.get(Path(here), ()))
        agent = next((f" {entry.agent}" for entry in began if isinstance(entry, Began)), "")
        return f"turn {last[1:-1]}{agent}"

    def _effect(self, begun: Begun) -> list[Span]:
        """An effect's kind, what became of it, and how long that took."""
        done = self.recording.outcomes.get(begun.path)
        if done is None:
            return [Span(f"{begun.kind} "), Span("no result", "bad")]
        if isinstance(done, FailedLine):
            became = Span(f"failed: {read(decode(done.failure), Failed).kind}", "bad")
        else:
            became = Span(self._result(begun, done), "dim")
        seconds = "" if done.at is None or begun.at is None else f"{BETWEEN}{done.at - begun.at:.2g} s"
        return [Span(f"{begun.kind} "), became, Span(seconds, "dim")]

    def _result(self, begun: Begun, done: Done) -> str:
        """A result in a few words."""
        kind, data = KNOWN.get(begun.kind), decode(done.result)
        match None if kind is None else read(data, result_type(kind)):
            case ModelReply() as reply:
                self.charges.append(Billed(begun.path, begun.agent, reply.charge))
                usage = reply.charge.usage
                counts = f"{usage.input_tokens} in, {usage.output_tokens} out"
                return BETWEEN.join(filter(None, (reply.model, counts, "from cache" if reply.cached else "")))
            case CodeResult() as result:
                return f"exit {result.exit_code}"
            case ToolResult(name=name, failed=failed) as result:
                return _short(f"{name} {'failed' if failed else 'came to'} {result.text!r}")
            case Typed(text):
                return _short(repr(text))
            case Denied(reason) if reason:
                return _short(f"denied: {reason}")
            case None:
                return _short(bytes(done.result).decode("utf-8", "replace"))
            case answer:
                return type(answer).__name__.lower()


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."
