# %% [markdown]
# # Code with human feedback
#
# An assistant writes code and says when it is done. Before the conversation would end, a human reads the answer. What
# they type is taken into account; when they just press Enter, the answer stands.
#
# You see a recording. The code in it was run in the sandbox. The words of model and human were written for it, such as
# a good model and a careful reader say them; `world` shows what to change to be that reader yourself.

# %%
from pathlib import Path

from typedagents import (
    AskHuman,
    CallModel,
    Outcome,
    RunCode,
    World,
    assistant,
    chat,
    user_proxy,
    with_executor,
    with_human,
    with_models,
)
from typedagents.executors import default_executor
from typedagents.testing import record_or_replay, scripted_human, scripted_model

# %% [markdown]
# ## The team
#
# `user_proxy` stands for the human. With `"terminate"` it runs the code of the assistant by itself, and asks only where
# the conversation is about to end; with `"always"` it would ask in every turn. The assistant ends an answer with the
# word TERMINATE; its instructions, which come with the library, say so.
#
# Whatever they make of it, after ten rounds it is over.

# %%
TEAM = chat(user_proxy("user", "terminate"), assistant("assistant"), max_turns=10)

TASK = """\
What did each customer spend in May? Give the sums, the largest first.

order,customer,date,amount,state
1,Adams,2024-05-02,120.00,paid
2,Baker,2024-05-03,80.50,paid
3,Adams,2024-05-11,40.00,cancelled
4,Clark,2024-05-17,99.90,paid
5,Baker,2024-05-29,60.00,paid
6,Clark,2024-06-01,15.00,paid
"""

# %% [markdown]
# ## The world
#
# Three things are asked of it: a model, a sandbox, a human. The type says so, and a world that lacks one of them is
# refused by the type checker. For a real model write `model = OpenAIChat(model="...")` (from `typedagents.providers`), and
# to answer in the terminal `human = Terminal()` (from `typedagents.humans`).

# %%
FIRST = '''\
I add up the amounts of May for each customer.

```python
import csv
from collections import defaultdict

ORDERS = """order,customer,date,amount,state
1,Adams,2024-05-02,120.00,paid
2,Baker,2024-05-03,80.50,paid
3,Adams,2024-05-11,40.00,cancelled
4,Clark,2024-05-17,99.90,paid
5,Baker,2024-05-29,60.00,paid
6,Clark,2024-06-01,15.00,paid"""

sums = defaultdict(float)
for order in csv.DictReader(ORDERS.splitlines()):
    if order["date"].startswith("2024-05"):
        sums[order["customer"]] += float(order["amount"])
for customer, spent in sorted(sums.items(), key=lambda item: -item[1]):
    print(f"{customer}: {spent:.2f}")
```'''
SECOND = FIRST.replace("I add up", "You are right, a cancelled order is not spent. I add up").replace(
    'startswith("2024-05"):', 'startswith("2024-05") and order["state"] == "paid":'
)


def world() -> World[CallModel | RunCode | AskHuman]:
    """A model, a sandbox and a human."""
    model = scripted_model(
        FIRST,
        "Adams spent 160.00, Baker 140.50, Clark 99.90.\n\nTERMINATE",
        SECOND,
        "Without the cancelled order: Baker spent 140.50, Adams 120.00, Clark 99.90.\n\nTERMINATE",
    )
    human = scripted_human(
        "One order of Adams was cancelled. Count only what was paid.", ""
    )  # "": just Enter
    return World(with_models(model) | with_executor(default_executor()) | with_human(human))


# %% [markdown]
# ## The run
#
# In the transcript each message tells where its words came from: those of `user` are the program's, a human's, or what
# code printed. `outcome.human_inputs` holds what the human said.

# %%
HERE = Path(__file__).parent if "__file__" in globals() else Path()  # a notebook runs in its own folder


def run() -> Outcome:
    """Plays the recording, or makes it."""
    return record_or_replay(HERE / "recordings" / "human_feedback.jsonl", world, TEAM, TASK)


if __name__ == "__main__":
    outcome = run()
    for message in outcome.transcript:
        print(f"--- {message.sender} ({message.origin})\n{message.text}\n")
    print(outcome.reason)
    print("the human said:", outcome.human_inputs)
