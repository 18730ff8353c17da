"""The commands. Each loads what it needs, runs it, shows it, and answers with an exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from io import TextIOWrapper
from pathlib import Path

from attrs import evolve
from cyclopts import App, CycloptsError

from typedagents import __version__
from typedagents.core.effect import AnyEffect
from typedagents.core.errors import TypedAgentsError
from typedagents.core.handler import Handler
from typedagents.core.log import Transcript
from typedagents.core.message import Message
from typedagents.humans import standard_input
from typedagents.interpreter.budget import Budget
from typedagents.interpreter.outcome import Outcome
from typedagents.interpreter.world import World
from typedagents.policies.diagrams.mermaid import mermaid
from typedagents.trace.recording import Recording

from .chatting import GOES_ON, talk
from .conduct import code_for, conducted, reporter
from .demo import demo as run_demo
from .doctor import report
from .executing import Files, Running, json_of, print_result, run_files
from .exits import CONFIG, MEANINGS, OK, STOPPED, code_of
from .fleet import (
    Engine,
    EngineName,
    ModuleText,
    OptionalEngine,
    TeamText,
    WaitFlag,
    Working,
    answer_there,
    hand_in,
    work,
)
from .ink import ink_for, screen
from .kept import answer_of, kept_at, leave_answer, list_runs, resuming_at, store_at, target_of
from .options import (
    AnswerText,
    Bounds,
    FileText,
    JsonText,
    Keeping,
    Leaving,
    Live,
    MessageText,
    ObjectText,
    OptionalTarget,
    Parking,
    ProfileText,
    ProgramText,
    PromptText,
    Serving,
    Showing,
    StoreText,
    TargetText,
)
from .page import Page, Span
from .render import Renderer
from .schemas import schemas_of
from .shown import show_trace
from .targets import load
from .worlds import world_for

app = App(
    name="typedagents",
    help="Conversations between agents, tools, code runners and humans: run, replay and look at them.",
    help_epilogue=MEANINGS,
    version=__version__,
)
ENGINE, WORKING = Engine(), Working()
SHOWING, SERVING, BOUNDS, KEEPING, RUNNING = Showing(), Serving(), Bounds(), Keeping(), Running()
NOBODY: Handler[AnyEffect] = Handler({})


@app.command
def run(
    target: TargetText,
    message: MessageText = None,
    *,
    showing: Showing = SHOWING,
    serving: Serving = SERVING,
    bounds: Bounds = BOUNDS,
    keeping: Keeping = KEEPING,
) -> int:
    """Run a team and show the conversation."""
    showing.start_log()
    found = load(target)
    tells = reporter(json=showing.json, streaming=not showing.no_stream)
    world = world_for(found, serving, bounds, keeping, tells)
    team = found.team
    words = team.opening if message is None else message
    if words is not None:
        tells.opening((Message(team.opens_as, words),))
    return code_for(conducted(tells, target, lambda control: world.run_sync(team, message, control=control)))


@app.command
def chat(
    target: TargetText,
    *,
    showing: Showing = SHOWING,
    serving: Serving = SERVING,
    bounds: Bounds = BOUNDS,
    keeping: Keeping = KEEPING,
) -> int:
    """Talk with a team: what you type opens the conversation, and goes on with it until you leave."""
    showing.start_log()
    found = load(target)
    tells = reporter(json=showing.json, streaming=not showing.no_stream)
    world = world_for(found, serving, bounds, keeping, tells)

    def part(said: Transcript, budget: Budget) -> Outcome | None:
        here = evolve(world, budget=budget)
        return conducted(
            tells, target, lambda control: here.run_sync(found.team, said, control=control), quiet=GOES_ON
        )

    return talk(found.team, tells, standard_input(), world.budget, part)


@app.command
def resume(
    file: FileText,
    target: OptionalTarget = None,
    *,
    park: Parking = False,
    showing: Showing = SHOWING,
    serving: Serving = SERVING,
    bounds: Bounds = BOUNDS,
) -> int:
    """Go on from where a trace stops; nothing that has a result there is performed again."""
    showing.start_log()
    kept = kept_at(file)
    named = target or target_of(kept)
    found = load(named)
    tells = reporter(json=showing.json, streaming=not showing.no_stream)
    keeping = evolve(KEEPING, park=park)
    world = world_for(found, serving, bounds, keeping, tells, kept.store)
    tells.opening(tuple(Recording.load(kept.lines).opening().transcript))
    return code_for(
        conducted(tells, named, lambda control: world.resume_sync(found.team, kept.name, control=control))
    )


@app.command
def runs(store: StoreText = None, *, json: JsonText = False) -> int:
    """List the runs of a store: how they stand, whom they wait for, why they ended, what they cost."""
    list_runs(store_at(store).runs(), json=json)
    return OK


@app.command
def answer(
    prompt: PromptText,
    text: AnswerText = None,
    *,
    leave: Leaving = False,
    engine: OptionalEngine = None,
    where: Engine = ENGINE,
) -> int:
    """Answer what a run waits for; the first answer counts. 'typedagents resume' goes on with a run that no engine holds."""
    said = answer_of(text, leave=leave)
    if engine is not None:
        return answer_there(engine, prompt, said, where)
    kept = leave_answer(prompt, said)
    print(f"left; go on with: {resuming_at(kept)}")
    return OK


@app.command
def replay(file: FileText, target: TargetText, *, showing: Showing = SHOWING) -> int:
    """Run a team from a trace alone: nothing is performed; 0 when it is the same, 4 at the first difference."""
    showing.start_log()
    found = load(target)
    tells = reporter(json=showing.json, streaming=False)
    lines = kept_at(file).lines
    world = World(NOBODY, store=None, watchers=(tells,))
    tells.opening(tuple(Recording.load(lines).opening().transcript))
    outcome = world.replay(found.team, lines)
    tells.ended(outcome)
    tells.note(f"the same as in {file}, entry for entry; nothing was performed")
    return OK


@app.command
def show(file: FileText) -> int:
    """Print the conversation in a trace, and all that was asked of the world, without the team."""
    show_trace(kept_at(file).lines, Page(screen()))
    return OK


@app.command
def graph(target: TargetText) -> int:
    """Print a team, with all that it holds, as the text of a Mermaid flowchart."""
    print(mermaid(load(target).team), end="")
    return OK


@app.command
def demo(*, live: Live = False) -> int:
    """Show the main job: an assistant writes code, a sandbox runs it; recorded, replayed, compared."""
    return run_demo(Renderer(Page(screen())), live=live)


@app.command(name="exec")
def execute(*files: Files, json: JsonText = False, running: Running = RUNNING) -> int:
    """Run code files in an executor and tell what became of them; exits as the program did."""
    result = run_files(files, running)
    if json:
        print(json_of(files, result))
    else:
        print_result(files, result, Page(screen()))
    return result.exit_code


@app.command
def schema(target: ObjectText, *, profile: ProfileText = None) -> int:
    """Print the schema of a tool, or of the tools of a toolset, as a provider is sent it."""
    found = schemas_of(target, profile)
    print(found.json)
    for line in found.lost:
        print(f"lost: {line}", file=sys.stderr)
    return OK


@app.command
def worker(engine: EngineName, target: ModuleText, *, where: Engine = ENGINE, own: Working = WORKING) -> int:
    """Hold the conversations that are submitted, until stopped."""
    return work(engine, target, where, own)


@app.command
def submit(
    engine: EngineName,
    target: ModuleText,
    team: TeamText,
    message: MessageText = None,
    *,
    wait: WaitFlag = False,
    where: Engine = ENGINE,
) -> int:
    """Have a conversation held by the workers of an engine; prints the name of the run."""
    return hand_in(engine, target, team, message, where, wait=wait)


@app.command
def doctor(program: ProgramText = None, /) -> int:
    """Tell what works on this machine, and how to get the rest; or what a program for AutoGen finds here.

    Keys are named, never shown. A program is read, not run; the exit code is 4 where something that it uses is missing.
    """
    page = Page(screen())
    if program is None:
        report(page)
        return OK
    from .program import report_program  # the whole familiar API, for nobody else

    return OK if report_program(page, Path(program)) else CONFIG


def run_app(arguments: Sequence[str]) -> int:
    """Parse and run; errors of ours become one text on standard error and an exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # words that this terminal cannot show must not end a run
            stream.reconfigure(errors="replace")
    try:
        found = app(list(arguments), exit_on_error=False, print_error=True, result_action="return_value")
        sys.stdout.flush()
    except CycloptsError:
        return CONFIG
    except KeyboardInterrupt:
        print(file=sys.stderr)
        return STOPPED
    except BrokenPipeError:  # whoever read has seen enough; what is left must not complain at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except TypedAgentsError as error:
        sys.stdout.flush()
        Page(ink_for(sys.stderr)).line(0, Span(f"typedagents: {error}", "bad"))
        return code_of(error)
    return found if isinstance(found, int) else OK
