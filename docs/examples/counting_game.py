# %% [markdown]
# # A counting game, with a referee
#
# Three players count in turn, up to eight. Whoever says anything but the next number loses the game for all. Each player
# is a language model of half a billion parameters, on this machine, without network or key; it is not sure of itself.
#
# You see a recording. To see it work for yourself, install what it needs and record anew (half a minute):
#
#     pip install 'typedagents[local]'
#     TYPEDAGENTS_RECORDINGS=rewrite python docs/examples/counting_game.py

# %%
from pathlib import Path

from typedagents import (
    Agent,
    CallModel,
    Chosen,
    Limits,
    Log,
    Outcome,
    Settings,
    SharedView,
    Stop,
    Transcript,
    World,
    group,
    holds,
    in_order,
    last,
    model_reply,
    transformed,
    with_models,
)
from typedagents.providers.local import LocalModel
from typedagents.testing import record_or_replay

# %% [markdown]
# ## The players
#
# What a player is shown is a *transform* of what was said. So small a model counts better by the last two numbers than
# by the last one, or by all of them: two show where it goes. What rules and limits go by is still all of it.

# %%
RULES = (
    "Players count in turn. You are told the last number. Answer with the next number, in digits, and nothing "
    "else. After 1 comes 2, after 2 comes 3."
)


def player(name: str) -> Agent[CallModel]:
    """Who says one number, and remembers two."""
    speaks = model_reply(instructions=RULES, settings=Settings(max_tokens=4))
    return Agent(name, transformed(speaks, last(2)))


# %% [markdown]
# ## The referee
#
# Two things end the game. Who wins is a rule, a predicate over the log; any function of it will do. Rules have no state,
# so nobody counts along: message number n has to be n. Who loses is known to the referee, the selector that would name
# the next player. A rule is asked before the selector, so the last number is checked by it too.

# %%
GOAL = 8


in_turn = in_order()


def right(transcript: Transcript) -> bool:
    """Whether the last message is its own number."""
    return transcript.last is None or transcript.last.text.strip() == str(len(transcript))


def counted_up(log: Log) -> bool:
    """Whether the goal is reached."""
    return len(log.transcript) == GOAL and right(log.transcript)


def referee(view: SharedView) -> str | Chosen | Stop | None:
    """The next in turn, unless somebody was wrong."""
    said = view.transcript
    if said.last is not None and not right(said):
        return Stop(f"{said.last.sender} said {said.last.text!r} instead of {len(said)}")
    return in_turn(view)


# %% [markdown]
# ## The team and its world
#
# By the rules of the game it is over after eight messages at the latest. The limits hold even where those rules have a
# gap: they end the run before a call that would be one too many, and the reason says which limit it was.

# %%
TEAM = group(
    player("ann"),
    player("bob"),
    player("cy"),
    until=holds(counted_up, f"they counted to {GOAL}"),
    limits=Limits(max_messages=2 * GOAL, max_model_calls=2 * GOAL),
    name="counting",
).selected_by(referee)


def world() -> World[CallModel]:
    """A real model."""
    return World(with_models(LocalModel()))


# %% [markdown]
# ## The run

# %%
HERE = Path(__file__).parent if "__file__" in globals() else Path()  # a notebook runs in its own folder


def run() -> Outcome:
    """Plays the recording, or makes it."""
    return record_or_replay(HERE / "recordings" / "counting_game.jsonl", world, TEAM, "1")


if __name__ == "__main__":
    outcome = run()
    for message in outcome.transcript:
        print(f"{message.sender}: {message.text}")
    print(outcome.reason)
