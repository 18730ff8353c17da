# %% [markdown]
# # Planning by a second agent
#
# An engineer solves tasks with code. For a plan it asks a planner, which to the engineer is a tool. Behind the tool two
# talk, a planner and a critic. The engineer sees nothing of that: it is told the plan they came to.
#
# You see a recording. The code in it was run in the sandbox. The words of the models were written for it, such as good
# models say them; `world` shows the line to change.

# %%
from pathlib import Path

from typedagents import (
    Agent,
    CallModel,
    Limits,
    Log,
    Outcome,
    RunCode,
    World,
    as_tool,
    assistant,
    chat,
    group,
    model_reply,
    says_exactly,
    user_proxy,
    with_executor,
    with_models,
)
from typedagents.executors import default_executor
from typedagents.testing import calling, record_or_replay, scripted_model
from typedagents.tools import toolset

# %% [markdown]
# ## Those who plan
#
# A team like any other, with limits of its own. It is over when the critic says nothing but AGREED, and comes to the
# last plan, not to that word: `the_plan` is a plain function of the log.

# %%
planner = Agent(
    "planner",
    model_reply(
        instructions="You plan how to solve a task with Python code that others write. Answer with a numbered list of at "
        "most five steps, in one sentence each. No code. Where a critic objects, answer with the whole improved list."
    ),
)
critic = Agent(
    "critic",
    model_reply(
        instructions="You look for the one fault of a plan that would most likely make its result wrong, and name it in "
        "one or two sentences. Where there is none, answer with the single word AGREED."
    ),
)


def the_plan(log: Log) -> str:
    """The last that the planner said."""
    return next((message.text for message in reversed(log.transcript) if message.sender == "planner"), "")


PLANNING = group(
    planner, critic, until=says_exactly("AGREED"), limits=Limits(max_messages=8), name="planning"
).summed_up_by(the_plan)

# %% [markdown]
# ## Those who work
#
# `as_tool` makes the team a tool. Limits and budgets of the run hold for it as well, and its conversation stands in
# the trace, within the call.

# %%
ask_planner = as_tool(
    PLANNING,
    name="ask_planner",
    description="Asks experts for a plan. Call it before you write code, and again when two attempts have failed.",
)
TEAM = chat(
    user_proxy("user", "never"), assistant("engineer", tools=toolset(ask_planner)), max_turns=8, name="work"
)
TASK = """\
A service answered in these times, in milliseconds.
before the change: 118, 109, 131, 122, 900, 115
after the change: 104, 112, 99, 107, 110, 101
Did the change make it faster, or is that chance?"""

# %% [markdown]
# ## The world
#
# Both teams call models, and nothing else is asked for but the sandbox: a call of `ask_planner` is made within the run.
# The lines below are for all three agents, in the order in which they speak. For a real model write
# `model = OpenAIChat(model="...")`, from `typedagents.providers`; agents may have different ones, by name.

# %%
CODE = """\
```python
from itertools import combinations
from statistics import median

before = [118, 109, 131, 122, 900, 115]
after = [104, 112, 99, 107, 110, 101]
found = median(before) - median(after)
every = before + after
chosen = [set(places) for places in combinations(range(12), 6)]
as_large = 0
for places in chosen:
    first = median(every[i] for i in places)
    second = median(every[i] for i in range(12) if i not in places)
    as_large += abs(first - second) >= abs(found)
print(f"medians {median(before)} and {median(after)}; {as_large} of {len(chosen)} splits differ as much")
```"""


def world() -> World[CallModel | RunCode]:
    """Models and a sandbox."""
    model = scripted_model(
        calling("ask_planner", message=f"How do I find this out?\n{TASK}"),
        "1. Compute the mean of both lists.\n2. Print their difference.",
        "The 900 alone moves the mean by 130, and nothing tells chance from effect.",
        "1. Compute the median of both lists.\n2. Split the 12 values into two halves in all 924 ways.\n"
        "3. Count the splits whose medians differ at least as much.\n4. Print the medians and that count.",
        "AGREED",
        f"I follow the plan.\n\n{CODE}",
        "Yes: the median went from 120 to 105.5 ms, and only 12 of 924 splits (1.3 %) differ as much.\n\nTERMINATE",
    )
    return World(with_models(model) | with_executor(default_executor()))


# %% [markdown]
# ## The run
#
# What the planner and the critic said is not in the transcript of the engineer, but in the trace:
# `typedagents show docs/examples/recordings/planning.jsonl` prints it.

# %%
HERE = Path(__file__).parent if "__file__" in globals() else Path()  # a notebook runs in its own folder


def run() -> Outcome:
    """Plays the recording, or makes it."""
    return record_or_replay(HERE / "recordings" / "planning.jsonl", world, TEAM, TASK)


if __name__ == "__main__":
    outcome = run()
    for message in outcome.transcript:
        print(f"--- {message.sender} ({message.origin})\n{message.text or message.parts}\n")
    print(outcome.reason)
