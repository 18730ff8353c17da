# %% [markdown]
# # Two people and an assistant
#
# A student prepares for a test with an assistant. What only the teacher can know, the assistant asks the teacher: in a
# conversation of its own, that the student does not see.
#
# Both people are humans behind a port, told apart by the name of the agent that stands for them. You see a recording:
# the lines of the two, and those of the model, were written down below, such as people and a large model say them.

# %%
from pathlib import Path

from typedagents import (
    Agent,
    AskHuman,
    CallModel,
    Left,
    Outcome,
    World,
    asking,
    chat,
    from_human,
    group,
    handoff,
    last_words,
    message_count,
    model_reply,
    opens,
    user_proxy,
    with_handoffs,
    with_human,
    with_models,
)
from typedagents.testing import calling, record_or_replay, scripted_human, scripted_model

# %% [markdown]
# ## Asking the teacher
#
# A team of two: the secretary passes the question on, the teacher answers, the secretary writes the answer up. What
# was written up is what the conversation came to; nobody outside sees more of it.

# %%
secretary = Agent(
    "secretary",
    model_reply(
        instructions="You pass questions of students on to their teacher. Write the teacher's answer up for the "
        "student, in two sentences. Add nothing that the teacher did not say."
    ),
)
teacher = user_proxy("teacher", "always", code=None)
OFFICE_HOUR = group(secretary, teacher, until=message_count(3), name="office hour").summed_up_by(last_words())

# %% [markdown]
# ## The student's assistant
#
# For the model the other conversation is a tool. `asking` opens it with what the student said last; the floor stays
# with the assistant, who is told what it came to.

# %%
assistant = Agent(
    "assistant",
    with_handoffs(
        model_reply(
            instructions="You help a student to prepare for a test in mathematics. Explain briefly. What the test "
            "is about only the teacher knows: call ask_teacher, and never guess."
        ),
        handoff(asking(OFFICE_HOUR), "Ask the teacher what the student just asked.", name="ask_teacher"),
    ),
)
student = opens(user_proxy("student", "always", code=None), from_human("What do you want to know?"))

# %% [markdown]
# ## The team and its world
#
# The type of `TEAM` says that it asks models and humans, those of the inner conversation included. The student has the
# first word, and ends it by leaving.
#
# To take part yourself put `Terminal()`, from `typedagents.humans`, in the place of one of the two people or both, and
# `with_models(OpenAIChat(model="gpt-4.1-mini"))` in the place of the scripted model.

# %%
TEAM = chat(student, assistant)


def world() -> World[CallModel | AskHuman]:
    """Two people and a model, with their lines."""
    people = {
        "student": scripted_human(
            "Do I have to know a proof of Pythagoras' theorem by heart on Friday?",
            "Give me an exercise of that kind, please.",
            Left(),
        ),
        "teacher": scripted_human(
            "No proofs by heart. But I will draw a picture of a proof, and they shall explain each step."
        ),
    }
    model = scripted_model(
        calling("ask_teacher"),
        "You need not know a proof by heart. You will see a picture of a proof, and explain each of its steps.",
        "Not by heart: you will be shown a picture of a proof, and explain its steps. So practise explaining.",
        "Draw a square with sides a + b, and in it four right-angled triangles with legs a and b, one in each corner. "
        "What shape is left in the middle, how large is it, and why does a^2 + b^2 = c^2 follow?",
    )
    return World(with_models(model) | with_human(people))


# %% [markdown]
# ## The run
#
# The teacher's words stand in the trace, and in none of the student's messages.

# %%
HERE = Path(__file__).parent if "__file__" in globals() else Path()  # a notebook runs in its own folder


def run() -> Outcome:
    """Plays the recording, or makes it."""
    return record_or_replay(HERE / "recordings" / "two_users.jsonl", world, TEAM)


if __name__ == "__main__":
    outcome = run()
    for message in outcome.transcript:
        print(f"--- {message.sender} ({message.origin})\n{message.text}\n")
    print(outcome.reason)
