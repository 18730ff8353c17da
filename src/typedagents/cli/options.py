"""The options that commands share, each group a class: cyclopts makes flags of its fields and help of its texts."""

from __future__ import annotations

import logging
import sys
from decimal import Decimal
from typing import Annotated, TypeAlias

from attrs import evolve, frozen
from cyclopts import Parameter

from typedagents.core.errors import ConfigError
from typedagents.interpreter.budget import Budget
from typedagents.interpreter.traces import TraceFiles, TraceStore
from typedagents.stores.sqlite import SqliteRuns
from typedagents.tools.tightening import ProfileName

Switch = Parameter(negative="")
TargetText: TypeAlias = Annotated[
    str, Parameter(help="module:name or file.py[:name]: a team, or a function that returns one.")
]
MessageText: TypeAlias = Annotated[
    str | None, Parameter(help="What opens the conversation; left out, the team's own opening.")
]
ObjectText: TypeAlias = Annotated[
    str, Parameter(help="module:name or file.py:name: a tool, a function, or a toolset.")
]
ProfileText: TypeAlias = Annotated[
    ProfileName | None, Parameter(help="The provider whose rules the schema is to keep.")
]
FileText: TypeAlias = Annotated[
    str, Parameter(help="A trace: its path, the name of its run, or FILE:RUN of a run in a store.")
]
PromptText: TypeAlias = Annotated[
    str, Parameter(help="[FILE:]RUN/PROMPT as 'typedagents runs' shows it, or [FILE:]RUN where one is open.")
]
ProgramText: TypeAlias = Annotated[str | None, Parameter(help="A program for AutoGen 0.2 or AG2.")]
OptionalTarget: TypeAlias = Annotated[
    str | None, Parameter(help="The team, as for 'run'; left out, that of a run in a store.")
]
AnswerText: TypeAlias = Annotated[
    str | None, Parameter(help="What to say; left out, nothing: the conversation goes on by itself.")
]
Leaving: TypeAlias = Annotated[bool, Parameter(negative="", help="Leave the conversation: the run ends.")]
Parking: TypeAlias = Annotated[
    bool,
    Parameter(negative="", help="Do not wait for people: pause where one is asked. For runs in a store."),
]
StoreText: TypeAlias = Annotated[str | None, Parameter(help="The store; else .typedagents/runs.sqlite.")]
JsonText: TypeAlias = Annotated[bool, Parameter(negative="", help="Print one JSON object.")]
Live: TypeAlias = Annotated[
    bool, Parameter(negative="", help="With a real language model on this machine, in place of the script.")
]


@Parameter(name="*")
@frozen
class Showing:
    """How to show it."""

    json: Annotated[bool, Switch] = False
    """Write events as JSON lines, and nothing else, to standard output."""
    no_stream: Annotated[bool, Switch] = False
    """Show messages whole, not as they come."""
    verbose: Annotated[bool, Parameter(alias="-v", negative="")] = False
    """Show the library's log on standard error."""

    def start_log(self) -> None:
        """Let the logger ``typedagents`` be heard, if that was asked for."""
        if self.verbose:
            handler = logging.StreamHandler(sys.stderr)
            handler.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))
            logger = logging.getLogger("typedagents")
            logger.addHandler(handler)
            logger.setLevel(logging.DEBUG)


@Parameter(name="*")
@frozen
class Serving:
    """Who performs what the target's own world, if it has one, does not."""

    model: str | None = None
    """The model that all agents use: a name in the configuration, or at OpenAI; else each agent's own, or the one configured."""
    base_url: str | None = None
    """An OpenAI-compatible server; else the configuration's, OPENAI_BASE_URL, or OpenAI's own."""
    key_env: str | None = None
    """The environment variable that holds its key; else the configuration's, or OPENAI_API_KEY."""


@Parameter(name="*")
@frozen
class Bounds:
    """What it may cost."""

    max_usd: Decimal | None = None
    """Stop before more is spent than this, in US dollars."""
    max_tokens: int | None = None
    """Stop before more tokens are used than this, in and out together."""
    max_model_calls: int | None = None
    """Stop before more calls of models than this."""

    def onto(self, budget: Budget) -> Budget:
        """``budget``, with what is said here instead of what it says."""
        return evolve(
            budget,
            max_usd=budget.max_usd if self.max_usd is None else self.max_usd,
            max_tokens=budget.max_tokens if self.max_tokens is None else self.max_tokens,
            max_model_calls=budget.max_model_calls if self.max_model_calls is None else self.max_model_calls,
        )


@Parameter(name="*")
@frozen
class Keeping:
    """Where the trace goes."""

    trace_dir: str | None = None
    """The folder for traces; else .typedagents/runs."""
    no_trace: Annotated[bool, Switch] = False
    """Keep no trace: the run cannot be replayed or resumed."""
    store: str | None = None
    """An SQLite file for runs instead of a folder: they can be listed, answered, and gone on with by name."""
    park: Annotated[bool, Switch] = False
    """Do not wait for people: pause where one is asked, to be answered and resumed later. Needs --store."""

    def place(self, usual: TraceStore | None, target: str) -> TraceStore | None:
        """Where to record a run of ``target``; ``usual`` where nothing is said."""
        if self.park and self.store is None and not isinstance(usual, SqliteRuns):
            raise ConfigError(
                "--park needs a place where answers are left; name an SQLite file with --store FILE"
            )
        if self.no_trace:
            return None
        if self.store is not None:
            return SqliteRuns(self.store, target=target)
        return usual if self.trace_dir is None else TraceFiles(self.trace_dir)
