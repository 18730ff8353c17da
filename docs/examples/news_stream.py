# %% [markdown]
# # A conversation over a stream of news
#
# An analyst advises an investor, while news come in. What comes in between two answers is told to the analyst, who
# updates the advice. What comes in *while* the analyst is writing breaks the answer off: it would be out of date when it
# is there.
#
# You see a recording. The news and the model's lines were written down below, such as a wire and a large model say them.

# %%
from pathlib import Path

from anyio import sleep_forever
from attrs import frozen

from typedagents import (
    Agent,
    Call,
    CallModel,
    Decision,
    Effect,
    ModelReply,
    Outcome,
    Prompt,
    Reply,
    Steps,
    Variable,
    View,
    World,
    chat,
    either,
    proved,
    says_exactly,
    spoke,
    with_models,
)
from typedagents.testing import record_or_replay, scripted_model

# %% [markdown]
# ## An effect of our own
#
# Waiting for news is something only the world can do: an *effect*. It says which item is wanted, so whoever asks twice
# is told the same twice, and nothing is lost where somebody stops waiting.


# %%
@frozen
class NextNews(Effect[str]):
    """Wait until more than ``after`` items were published; the first of those."""

    repeats = "idempotent"
    after: int

    def accept(self, value: object, /) -> str:
        return proved(value, str)


# %% [markdown]
# ## The analyst and the desk
#
# How many items were told is a context variable. The desk brings in one item after the other, and waits where there is
# none. The analyst's turn is a race of two: the model's answer, or news. `either` has both types, and a check tells them
# apart; the loser is abandoned, which stops the request to the model.

# %%
TOLD = Variable("told", int, 0)
BROKEN_OFF = "One moment: there is news."
ADVICE = Prompt(
    "You advise an investor who holds shares of Nordwind, a maker of wind turbines. Say in two sentences what to do now, "
    "and why. Merge what is new with what you said before."
)


def analyst(view: View) -> Steps[Decision, CallModel | NextNews]:
    """Answers, unless news come in before the answer is there."""
    model = CallModel(view.transcript, view.me, instructions=ADVICE)
    first = yield from either(model, NextNews(view.context[TOLD]))
    return Reply(first.parts, origin="model") if isinstance(first, ModelReply) else Reply(BROKEN_OFF)


def desk(view: View) -> Steps[Decision, NextNews]:
    """Tells what comes in."""
    told = view.context[TOLD]
    item = yield from NextNews(told)
    return Reply(f"Just in: {item}", changes=[TOLD.to(told + 1)])


# %% [markdown]
# ## The team and its world
#
# It ends with the advice that takes in the second item: a condition on a variable, and two rules about the last message.
#
# In your program the model is `OpenAIChat(model="gpt-4.1-mini")`, and the wire any async function that waits: for a
# message of a websocket, for a line of a file, for a queue. Keep the items in a list, and return `items[wanted.after]`.

# %%
ADVISED = spoke("analyst") & ~says_exactly(BROKEN_OFF)
TEAM = chat(Agent("desk", desk), Agent("analyst", analyst), until=(TOLD >= 2) & ADVISED)
QUESTION = "I hold 1,000 shares of Nordwind. The price fell by 3 % today. Should I sell?"
NEWS = (
    "Nordwind wins an order for 40 turbines off the Danish coast.",
    "Nordwind recalls its largest turbine: cracks were found in the blades of two.",
)


@frozen
class Rehearsal:
    """The wire and the model of the recording. No news comes while the first answer is written, nor in the end."""

    said = scripted_model(
        "Hold for now: 3 % in a day is within the usual swings, and no news explains it. Sell a part only if you need "
        "the money soon.",
        "Hold, and do not buy more yet. The Danish order speaks for the company, but the recall may cost more than the "
        "order earns: decide when it is known how many turbines are affected.",
    )

    async def complete(self, request: CallModel, call: Call, /) -> ModelReply:
        """The next line; but what is to be said about the first item takes for ever."""
        if NEWS[0] in request.transcript[-1].text:
            await sleep_forever()
        return self.said.complete(request, call)

    async def news(self, wanted: NextNews, call: Call) -> str:
        """The item; the analyst hears of nothing but the second."""
        if call.agent == "analyst" and wanted.after != 1:
            await sleep_forever()
        return NEWS[wanted.after]


def world() -> World[CallModel | NextNews]:
    """A wire and a model that do as it was rehearsed."""
    rehearsal = Rehearsal()
    return World(with_models(rehearsal) | NextNews.by(rehearsal.news))


# %% [markdown]
# ## The run
#
# Who won each race is in the trace, so a replay has the same winners.

# %%
HERE = Path(__file__).parent if "__file__" in globals() else Path()  # a notebook runs in its own folder


def run() -> Outcome:
    """Plays the recording, or makes it."""
    return record_or_replay(HERE / "recordings" / "news_stream.jsonl", world, TEAM, QUESTION)


if __name__ == "__main__":
    outcome = run()
    for message in outcome.transcript:
        print(f"--- {message.sender} ({message.origin})\n{message.text}\n")
    print(outcome.reason)
