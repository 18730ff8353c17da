"""The commands. Each loads what it needs, runs it, shows it, and answers with an exit code."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Annotated

from attrs import frozen
from cyclopts import App, CycloptsError, Parameter
from rich.console import Console

from typedagents import (
    Bill,
    Budget,
    ConfigError,
    Event,
    Handler,
    Outcome,
    Team,
    TraceError,
    TraceFiles,
    TypedAgentsError,
    World,
    __version__,
)
from typedagents.core.effect import AnyEffect
from typedagents.core.errors import EffectError
from typedagents.interpreter.events import Watcher
from typedagents.trace.codec import encode
from typedagents.trace.recording import Recording

from .demo import demo as run_demo
from .doctor import report
from .exits import CONFIG, FAILURE, MEANINGS, OK, STOPPED, exit_code
from .render import Renderer
from .shown import show_trace
from .targets import Target, load
from .worlds import usual_handler

app = App(
    name="typedagents",
    help="Conversations between agents, tools, code runners and humans: run, replay and look at them.",
    help_epilogue=MEANINGS,
    version=__version__,
)
TargetText = Annotated[
    str, Parameter(help="module:name or file.py[:name]: a team, or a function that returns one.")
]


@Parameter(name="*")
@frozen
class RunOptions:
    """How to run."""

    model: str | None = None
    """The model's name, where the target brings no world."""
    base_url: str | None = None
    """An OpenAI-compatible server, where the target brings no world."""
    trace_dir: str | None = None
    """Where traces are kept; .typedagents/runs where nothing is said."""
    no_trace: Annotated[bool, Parameter(negative="")] = False
    """Keep no trace."""
    no_stream: Annotated[bool, Parameter(negative="")] = False
    """Show messages whole, not as they come."""
    json: Annotated[bool, Parameter(negative="")] = False
    """Write events as JSON lines."""
    max_usd: Decimal | None = None
    max_tokens: int | None = None
    max_model_calls: int | None = None
    verbose: Annotated[bool, Parameter(alias="-v", negative="")] = False
    """Show the library's log."""


USUAL = RunOptions()
EMPTY: Handler[AnyEffect] = Handler({})


def json_watcher(event: Event) -> None:
    """Writes one event as a JSON line."""
    sys.stdout.write(encode({"event": type(event).__name__, "data": event}).decode() + "\n")
    sys.stdout.flush()


def store_of(options: RunOptions) -> TraceFiles | None:
    """Where the run is recorded."""
    if options.no_trace:
        return None
    return TraceFiles(options.trace_dir) if options.trace_dir else TraceFiles()


def world_of(target: Target, options: RunOptions, watcher: Watcher) -> World[AnyEffect]:
    """The target's world, or the usual one, with what the options say."""
    budget = Budget(
        max_usd=options.max_usd, max_tokens=options.max_tokens, max_model_calls=options.max_model_calls
    )
    own = target.world
    handler = own.handler if own else usual_handler(target.team, options.model, options.base_url)
    if own and budget == Budget():
        budget = own.budget
    return World(handler, store_of(options), budget, (*(own.watchers if own else ()), watcher))


def conduct(
    target: Target,
    options: RunOptions,
    opening: str | None,
    go: Callable[[World[AnyEffect], Team[AnyEffect]], Outcome],
) -> int:
    """Run, show, and say how it went."""
    if options.verbose:
        logging.basicConfig(stream=sys.stderr, level=logging.DEBUG)
    renderer = Renderer(Console(), streaming=not options.no_stream)
    watcher: Watcher = json_watcher if options.json else renderer
    world = world_of(target, options, watcher)
    if opening and not options.json:
        renderer.opening(target.team, opening)
    try:
        outcome = go(world, target.team)
    except KeyboardInterrupt:
        return interrupted(renderer, options)
    if options.json:
        bill: Bill = outcome.bill
        closing = {
            "reason": outcome.reason,
            "explained": str(outcome.reason),
            "bill": bill,
            "trace": outcome.trace,
        }
        sys.stdout.write(encode({"event": "Outcome", "data": closing}).decode() + "\n")
    else:
        renderer.ending(outcome)
    return exit_code(outcome.reason)


def interrupted(renderer: Renderer, options: RunOptions) -> int:
    """What to say after Ctrl-C: the trace has no end, so it can be resumed."""
    if not options.json:
        place = renderer.place
        renderer.console.print()
        hint = f"; go on with: typedagents resume {place} TARGET" if place else ""
        renderer.console.print(f"stopped{hint}", style="bold", soft_wrap=True, highlight=False)
    return STOPPED


@app.command
def run(target: TargetText, message: str | None = None, *, options: RunOptions = USUAL) -> int:
    """Run a team, opened by MESSAGE, and show the conversation."""
    found = load(target)
    return conduct(
        found, options, message or found.team.opening, lambda world, team: world.run_sync(team, message)
    )


@app.command
def chat(target: TargetText, *, options: RunOptions = USUAL) -> int:
    """Talk with a team: your first line opens the conversation, and its agents may ask you for more."""
    found = load(target)
    Console(stderr=True).print("your message:", end=" ")
    message = sys.stdin.readline().strip()
    if not message:
        raise ConfigError("nothing was typed; a conversation needs a first message")
    return conduct(found, options, message, lambda world, team: world.run_sync(team, message))


@app.command
def resume(file: str, target: TargetText, *, options: RunOptions = USUAL) -> int:
    """Go on from where the trace FILE stops."""
    found = load(target)
    return conduct(found, options, None, lambda world, team: world.resume_sync(team, file))


@app.command
def replay(file: str, target: TargetText, *, options: RunOptions = USUAL) -> int:
    """Run a team from the trace FILE alone: nothing is performed; 0 when it is the same, 4 at the first difference."""
    found = load(target)
    lines = TraceFiles().read(file)
    still = Target(found.team, World(EMPTY, store=None))
    renderer = Renderer(Console(), streaming=False)
    if not options.json:
        renderer.messages(list(Recording.load(lines).opening().transcript))
    ended = conduct(still, options, None, lambda world, team: world.replay(team, lines))
    return ended if ended == STOPPED else OK


@app.command
def show(file: str) -> int:
    """Print the conversation in the trace FILE."""
    show_trace(TraceFiles().read(file), Renderer(Console()))
    return OK


@app.command
def demo(*, live: Annotated[bool, Parameter(negative="")] = False) -> int:
    """Show the main job: an assistant writes code, a sandbox runs it, the run is recorded and replayed.

    Scripted and without any download; with --live on the embedded real model.
    """
    return run_demo(Renderer(Console()), live=live)


@app.command
def doctor() -> int:
    """Tell what works on this machine, and how to get the rest."""
    report(Console())
    return OK


def run_app(arguments: Sequence[str]) -> int:
    """Parse and run; errors of ours become one text on standard error and an exit code."""
    error_console = Console(stderr=True)
    try:
        found = app(list(arguments), exit_on_error=False, print_error=True, result_action="return_value")
    except CycloptsError:
        return CONFIG
    except KeyboardInterrupt:
        return STOPPED
    except (ConfigError, TraceError, EffectError, TypedAgentsError) as error:
        error_console.print(
            f"typedagents: {error}", style="red", markup=False, highlight=False, soft_wrap=True
        )
        return FAILURE if isinstance(error, EffectError) and error.kind != "unavailable" else CONFIG
    return found if isinstance(found, int) else OK
