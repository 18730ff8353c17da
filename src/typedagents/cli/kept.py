"""Where runs are kept that a command names: a trace file, a run by its name, or a run of a store, ``FILE:RUN``."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path as FilePath

from attrs import frozen

from typedagents.core.errors import ConfigError
from typedagents.core.human import HumanAnswer, Left, Skipped, Typed
from typedagents.interpreter.bill import dollars
from typedagents.interpreter.prompts import Prompt
from typedagents.interpreter.traces import SUFFIX, TraceFiles
from typedagents.stores.sqlite import SqliteRuns, StoredRun, sqlite_runs
from typedagents.trace.codec import plain

from . import json_lines
from .closing import BETWEEN, counted
from .ink import Style, screen
from .page import Page, Span

DEFAULT_STORE = ".typedagents/runs.sqlite"
_BEGINS = b"SQLite format 3\0"
_STYLES: dict[str, Style] = {"running": "good", "waiting": "strong", "answered": "strong", "stopped": "bad"}


@frozen
class Kept:
    """A run somewhere: in which store, under which name."""

    store: TraceFiles | SqliteRuns
    name: str

    @property
    def place(self) -> str:
        return self.name if isinstance(self.store, TraceFiles) else f"{self.store.file}:{self.name}"

    @property
    def lines(self) -> Sequence[bytes]:
        path = FilePath(self.name)
        if isinstance(self.store, TraceFiles) and path.is_file():
            return path.read_bytes().splitlines(keepends=True)
        return self.store.read(self.name)


def _is_store(file: str | FilePath) -> bool:
    path = FilePath(file)
    if not path.is_file():
        return False
    with path.open("rb") as opened:
        return opened.read(len(_BEGINS)) == _BEGINS


def kept_at(text: str) -> Kept:
    """What ``text`` names: ``FILE:RUN`` of a store, the path of a trace, or a run by its name, in a file or the usual store."""
    file, _, name = text.rpartition(":")
    if file and _is_store(file):
        return Kept(sqlite_runs(file), name)
    files = TraceFiles()
    there = FilePath(text).is_file() or (files.folder / f"{text}{SUFFIX}").is_file()
    if not there and not text.endswith(SUFFIX) and _is_store(DEFAULT_STORE):
        return Kept(sqlite_runs(DEFAULT_STORE), text)
    return Kept(files, text)


def store_at(file: str | None) -> SqliteRuns:
    """The store in ``file``, or the usual one; ``ConfigError`` where there is none yet."""
    found = file or DEFAULT_STORE
    if not _is_store(found):
        raise ConfigError(
            f"no runs are kept in {found}; keep some there with: typedagents run TARGET --store {shlex.quote(found)}"
        )
    return sqlite_runs(found)


def prompts_at(place: str | None) -> tuple[Prompt, ...]:
    """Whom the run at ``place`` waits for; nobody where only its trace is kept."""
    kept = None if place is None else kept_at(place)
    return kept.store.run(kept.name).prompts if kept and isinstance(kept.store, SqliteRuns) else ()


def answering(place: str, prompt: Prompt) -> str:
    """The command that answers ``prompt`` of the run at ``place``."""
    return f"{shlex.join(('typedagents', 'answer', f'{place}/{prompt.path}'))} TEXT"


def leave_answer(text: str, answer: HumanAnswer) -> Kept:
    """Leave an answer to the prompt, or to the one prompt of the run, that ``text`` names; the run."""
    kept = kept_at(text)
    name, _, path = kept.name.partition("/")
    if not isinstance(kept.store, SqliteRuns):
        raise ConfigError(
            f"{text!r} is not kept in a store; answers are left there, as FILE:RUN or FILE:RUN/PROMPT"
        )
    prompt = kept.name if path else only_prompt(name, kept.store.run(name).prompts)
    kept.store.answer(prompt, answer)
    return Kept(kept.store, name)


def only_prompt(run: str, prompts: Sequence[Prompt]) -> str:
    """The id of the one prompt of a run; ``ConfigError`` where it has another number of them."""
    if len(prompts) != 1:
        known = ", ".join(one.id for one in prompts) or "none"
        raise ConfigError(f"which prompt of {run!r}? Open are: {known}")
    return prompts[0].id


def answer_of(text: str | None, *, leave: bool) -> HumanAnswer:
    """What somebody says on the command line: words, nothing, or that they leave."""
    if leave:
        return Left()
    return Skipped() if text is None else Typed(text)


def target_of(kept: Kept) -> str:
    """Where the team of a run is found; ``ConfigError`` where nobody noted that."""
    found = kept.store.run(kept.name).target if isinstance(kept.store, SqliteRuns) else ""
    if not found:
        raise ConfigError(
            f"which team does {kept.name!r} go on with? Name it: typedagents resume {kept.name} TARGET"
        )
    return found


def resuming_at(kept: Kept) -> str:
    """The command that goes on with a run of a store."""
    return shlex.join(("typedagents", "resume", f"{kept.place}"))


# --- listing ----------------------------------------------------------------------------------------------------


def list_runs(runs: Sequence[StoredRun], *, json: bool) -> None:
    """One line a run, and below it whom it waits for."""
    if json:
        for run in runs:
            json_lines.write("Run", plain(run))
        return
    page = Page(screen())
    width = max((len(run.name) for run in runs), default=0)
    for run in runs:
        page.line(
            0,
            Span(f"{run.name:{width}}  ", "strong"),
            Span(run.standing, _STYLES.get(run.standing, "plain")),
            Span("" if run.reason is None else f": {run.reason}"),
            Span(f"{BETWEEN}{BETWEEN.join((_team(run), _cost(run), _when(run)))}", "dim"),
        )
        for prompt in run.prompts:
            page.line(1, Span(f"{prompt.me}: {prompt.question}"))
            page.verbatim(1, prompt.id)


def _team(run: StoredRun) -> str:
    return f"{run.team} {run.version}" if run.version else run.team


def _cost(run: StoredRun) -> str:
    unknown = f"{counted(run.unpriced, 'call')} without a price"
    if not run.unpriced:
        return f"${dollars(run.known_usd)}"
    return f"${dollars(run.known_usd)} and {unknown}" if run.known_usd else unknown


def _when(run: StoredRun) -> str:
    return (
        "never written"
        if run.changed is None
        else f"{datetime.fromtimestamp(run.changed, UTC):%Y-%m-%d %H:%M}"
    )
