# %% [markdown]
# # A group, and a model that chooses who speaks
#
# A product manager, a programmer and a critic work on what a user wants. Who speaks next is decided by a model as
# well: it is asked for a value of an enumeration, the names of those who may speak now.
#
# All are one language model of half a billion parameters, on this machine, without network or key. You see a recording.
# To see it work for yourself, install what it needs and record anew (half a minute):
#
#     pip install 'typedagents[local]'
#     TYPEDAGENTS_RECORDINGS=rewrite python docs/examples/group_chat.py

# %%
from pathlib import Path

from typedagents import (
    Agent,
    CallModel,
    Limits,
    Outcome,
    Settings,
    World,
    by_model,
    group,
    model_reply,
    says,
    spoke,
    transitions,
    with_models,
    within,
)
from typedagents.providers.local import LocalModel
from typedagents.testing import record_or_replay

# %% [markdown]
# ## The members
#
# Descriptions are for others: whoever chooses is told them. Instructions are for the agent's own model.

# %%
BRIEF = Settings(max_tokens=100)

user = Agent(
    "user",
    says("Yes, that is what I want."),
    description="Wants the function, and answers questions about it.",
)
manager = Agent(
    "manager",
    model_reply(
        instructions="You are a product manager. In one short sentence, say what exactly the function has to return. "
        "Write no code.",
        settings=BRIEF,
    ),
    description="Says what exactly is wanted.",
)
coder = Agent(
    "coder",
    model_reply(
        instructions="You are a Python programmer. Answer with one short function in a Python code block, and nothing "
        "else.",
        settings=BRIEF,
    ),
    description="Writes the code.",
)
critic = Agent(
    "critic",
    model_reply(
        instructions="Review the code: is it right? Answer in one short sentence.",
        settings=BRIEF,
    ),
    description="Reviews code that was written.",
)

# %% [markdown]
# ## Who may speak, and who does
#
# `transitions` says who may follow whom: nobody reviews what is not written yet. `within` lets the manager speak once.
# Both are candidates, joined by `&`, and checked when the team is built. Of those that remain the model names one; where
# only one remains, it is not asked.

# %%
MAY_FOLLOW = transitions(
    allowed={
        "user": ["manager", "coder"],
        "manager": ["user", "coder"],
        "coder": ["manager", "critic"],
        "critic": [],
    }
)
CHAIR = by_model(among=MAY_FOLLOW & within({"manager": 1}))

# %% [markdown]
# ## The team and its world
#
# It ends when the critic has spoken, and after eight messages whatever happens.

# %%
TEAM = group(
    user, manager, coder, critic, until=spoke("critic"), limits=Limits(max_messages=8), name="calendar"
).selected_by(CHAIR)
WANTED = "We print calendars, and need a Python function is_leap(year)."


def world() -> World[CallModel]:
    """A real model."""
    return World(with_models(LocalModel()))


# %% [markdown]
# ## The run
#
# What the choice costs is on the bill too, under no agent's name.

# %%
HERE = Path(__file__).parent if "__file__" in globals() else Path()  # a notebook runs in its own folder


def run() -> Outcome:
    """Plays the recording, or makes it."""
    return record_or_replay(HERE / "recordings" / "group_chat.jsonl", world, TEAM, WANTED)


if __name__ == "__main__":
    outcome = run()
    for message in outcome.transcript:
        print(f"--- {message.sender} ({message.origin})\n{message.text}\n")
    print(outcome.reason)
    for name, charges in outcome.bill.by_agent:
        used = sum(charge.usage.total for charge in charges)
        print(f"{name or 'the choice of speakers'}: {used} tokens")
