# %% [markdown]
# # Code that is written, run and mended
#
# One agent writes Python. Another runs it and shows what it printed; where it failed, it says what it knows about that,
# and the first tries again.
#
# The writer is a language model of half a billion parameters, on this machine, without network or key. You see a
# recording of its work. To see it work for yourself, install what it needs and record anew (half a minute):
#
#     pip install 'typedagents[local,bwrap,cli]'
#     TYPEDAGENTS_RECORDINGS=rewrite python docs/examples/code_and_debugging.py
#
# `typedagents doctor` tells where its weights come from.

# %%
from pathlib import Path

from attrs import evolve

from typedagents import (
    Agent,
    CallModel,
    CodeResult,
    Decision,
    Draft,
    Outcome,
    Reply,
    RunCode,
    Text,
    View,
    World,
    assistant,
    chat,
    code_reply,
    first_of,
    guard,
    says,
    with_executor,
    with_models,
)
from typedagents.executors import default_executor
from typedagents.providers.local import LocalModel
from typedagents.testing import record_or_replay

# %% [markdown]
# ## The writer
#
# So small a model follows an example better than a rule, so its instructions hold one. A large model does well with
# `assistant("writer")`, whose own instructions say the same at length.

# %%
writer = assistant(
    "writer",
    instructions="""\
You are a Python programmer. Answer every task with one Python code block and nothing else. The code computes the \
answer and prints it with print().

Example task: How many even numbers are in 3, 4, 7, 8?
Example answer:
```python
numbers = [3, 4, 7, 8]
result = sum(1 for number in numbers if number % 2 == 0)
print(result)
```""",
)

# %% [markdown]
# ## The runner
#
# `code_reply()` has the code of others run, in a sandbox. `guard` puts a check behind it, a function that may change
# each of its decisions; ours adds what the writer is to do next. It is a plain function: you can call it in a test.

# %%
INSTEAD = {"numpy": "statistics", "pandas": "csv", "requests": "urllib.request"}


def advice(result: CodeResult) -> str:
    """What the writer is to do about a result."""
    if result.exit_code == 0:
        return "If the task is done, reply with the single word TERMINATE."
    for package, module in INSTEAD.items():
        if f"No module named '{package}'" in result.text:
            return f"{package} is not installed here. Use the module {module} instead."
    return "The code fails. Find the cause, and write the whole corrected code."


def advised(view: View, decision: Decision) -> Decision:
    """The decision, with advice behind each result."""
    if not isinstance(decision, Reply):
        return decision
    results = [part for draft in decision.drafts for part in draft.parts if isinstance(part, CodeResult)]
    drafts = [Draft((result, Text(advice(result))), "code") for result in results]
    return evolve(decision, drafts=tuple(drafts))


runner = Agent(
    "runner", first_of(guard(code_reply(), advised), says("Please answer with one Python code block."))
)

# %% [markdown]
# ## The team and its world
#
# The team is a value: it says who talks, and when it ends (`chat` ends with the word TERMINATE; ours also after four
# rounds). The world says who performs what they ask for. It is made when something is to be performed: playing the
# recording needs neither the model nor the sandbox.

# %%
TEAM = chat(runner, writer, max_turns=4)
TASK = "What is the median of the numbers 7, 3, 9, 1 and 4? Use numpy."


def world() -> World[CallModel | RunCode]:
    """A real model and a real sandbox."""
    return World(with_models(LocalModel()) | with_executor(default_executor()))


# %% [markdown]
# ## The run
#
# The sandbox has no packages, so the first program fails. Told what to use instead, the model writes a second one.

# %%
HERE = Path(__file__).parent if "__file__" in globals() else Path()  # a notebook runs in its own folder


def run() -> Outcome:
    """Plays the recording, or makes it."""
    return record_or_replay(HERE / "recordings" / "code_and_debugging.jsonl", world, TEAM, TASK)


if __name__ == "__main__":
    outcome = run()
    for message in outcome.transcript:
        print(f"--- {message.sender} ({message.origin})\n{message.text}\n")
    print(outcome.reason)
