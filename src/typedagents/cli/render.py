"""Shows a run to a person, as it goes or from its trace: one watcher for all commands."""

from __future__ import annotations

from attrs import define, field
from rich.console import Console
from rich.syntax import Syntax
from rich.text import Text as Styled

from typedagents.core.code import CodeResult, RunCode
from typedagents.core.effect import AnyEffect, Failed, Path
from typedagents.core.log import Entry, Handed, Said
from typedagents.core.message import Message
from typedagents.core.model import TextDelta
from typedagents.core.team import Team
from typedagents.interpreter.events import (
    EffectFinished,
    EffectStarted,
    EntryAdded,
    Event,
    Observed,
    RunStarted,
)
from typedagents.interpreter.outcome import Outcome
from typedagents.policies.fences import fenced_blocks

COLOURS = ("cyan", "green", "magenta", "yellow", "blue", "red")


@define(eq=False)
class Renderer:
    """Writes to ``console``; nested conversations are indented. ``opening``: messages said before the first turn."""

    console: Console
    streaming: bool = True
    place: str | None = None
    _colours: dict[str, str] = field(factory=dict)
    _open: Path | None = field(default=None)
    _streamed: set[str] = field(factory=set)

    def __call__(self, event: Event) -> None:
        match event:
            case Observed(path, agent, TextDelta(text)) if self.streaming:
                self._delta(path, agent, text)
            case EntryAdded(path, entry):
                self._entry(path, entry)
            case EffectStarted(path, agent, RunCode(blocks=blocks)):
                languages = ", ".join(block.language for block in blocks)
                self._line(path, Styled(f"... {agent} runs {languages}", style="dim"))
            case EffectFinished(path, agent, effect, Failed(kind, text)):
                self._line(path, Styled(f"{effect.kind} of {agent} failed: {kind}: {text}", style="red"))
            case RunStarted(trace=place):
                self.place = place
            case _:
                pass

    def opening(self, team: Team[AnyEffect], words: str) -> None:
        """Show the message that opens a run, as the one who says it."""
        self.messages([Message(team.opener or next(iter(team.agents)), words)])

    def note(self, words: str) -> None:
        """Show a remark of the program's own."""
        self._line(Path(""), Styled(words, style="dim"))

    def messages(self, messages: list[Message]) -> None:
        """Show messages that were there before the first turn."""
        for message in messages:
            self._message(Path(""), message)

    def _head(self, agent: str) -> Styled:
        colour = self._colours.setdefault(agent, COLOURS[len(self._colours) % len(COLOURS)])
        return Styled(agent, style=f"bold {colour}")

    def _delta(self, path: Path, agent: str, text: str) -> None:
        if self._open != path:
            self._close()
            self.console.print(self._indent(path), self._head(agent), sep="")
            self._open = path
            self._streamed.add(_turn(path))
        self.console.print(text, end="", markup=False, highlight=False, soft_wrap=True)

    def _close(self) -> None:
        if self._open is not None:
            self.console.print()
            self._open = None

    def _entry(self, path: Path, entry: Entry) -> None:
        match entry:
            case Said(message) if _turn(path) in self._streamed and message.origin == "model":
                self._close()
                self.console.print()
                self._streamed.discard(_turn(path))
            case Said(message):
                self._message(path, message)
            case Handed(agent, to):
                self._line(path, Styled(f"{agent} hands to {to}", style="dim"))
            case _:
                pass

    def _message(self, path: Path, message: Message) -> None:
        self._close()
        self.console.print(self._indent(path), self._head(message.sender), sep="")
        for part in message.parts:
            if isinstance(part, CodeResult):
                style = "red" if part.exit_code else "dim"
                self.console.print(Styled(part.text, style=style), soft_wrap=True)
            elif words := Message(message.sender, (part,)).text:
                self._words(words)
        self.console.print()

    def _words(self, text: str) -> None:
        """Text, its code highlighted where the terminal shows colours."""
        if not (self.console.is_terminal and fenced_blocks(text)):
            self.console.print(text, markup=False, highlight=False, soft_wrap=True)
            return
        self.console.print(
            Syntax(text, "markdown", theme="ansi_dark", background_color="default", word_wrap=True)
        )

    def _line(self, path: Path, text: Styled) -> None:
        self._close()
        self.console.print(self._indent(path), text, sep="", soft_wrap=True)

    @staticmethod
    def _indent(path: Path) -> str:
        return "  " * path.count("c.")

    def ending(self, outcome: Outcome) -> None:
        """The closing lines: what it took, what it cost, why it ended, where its trace is."""
        self._close()
        self.console.print(Styled(closing(outcome), style="dim"), soft_wrap=True)
        self.console.print(
            Styled(str(outcome.reason), style="bold" if outcome.ok else "bold red"), soft_wrap=True
        )
        if outcome.trace:
            self.console.print(Styled(f"trace: {outcome.trace}", style="dim"), soft_wrap=True)


def _turn(path: Path) -> str:
    """The turn an effect or entry belongs to: ``t3.`` of ``t3.0``."""
    return path[: path.rfind(".") + 1]


def closing(outcome: Outcome) -> str:
    """Messages, calls, tokens and money in one line."""
    usage, bill = outcome.usage, outcome.bill
    unpriced = ", ".join(model or "the model" for model in bill.unpriced)
    cost = f"price unknown for {unpriced}" if unpriced else f"{bill.cost_usd} USD"
    tokens = f"{usage.input_tokens} in, {usage.output_tokens} out, {usage.cache_read} cached"
    return f"{len(outcome.transcript)} messages, {bill.calls} model calls, tokens: {tokens}, {cost}"
