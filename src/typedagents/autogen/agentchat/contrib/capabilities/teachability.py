"""What users teach an agent, remembered from one chat to the next."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from typedagents.autogen.agentchat.contrib.text_analyzer_agent import TextAnalyzerAgent, agreed, asked
from typedagents.autogen.exception_utils import FailedAssertion
from typedagents.autogen.formatting_utils import colored
from typedagents.autogen.io.base import IOStream
from typedagents.autogen.layer.ag2.asking import Questions, gone_through
from typedagents.autogen.layer.ag2.memos import MemoFile
from typedagents.autogen.layer.messages import text_of

from .agent_capability import AgentCapability

if TYPE_CHECKING:
    from typedagents.autogen.agentchat.conversable_agent import ConversableAgent
    from typedagents.autogen.layer.configs import GivenConfig

ASKS_TASK: Final = "Does the text ask for something to be done or solved? Answer yes or no."
ADVICE: Final = "Copy what the text advises on how to do this kind of thing, briefly. If it advises nothing, answer 'none'."
TASK: Final = "Copy what the text asks to be done, briefly, without any advice. Do not do it."
KIND: Final = "Name the kind of task that the text asks for, briefly and in general words, without what is special to it."
TEACHES: Final = "Is there anything in the text that is worth remembering for later? Answer yes or no."
QUESTION: Final = "Somebody forgot what the text says. What would they ask, to be told it again? Answer with that question only."
FACT: Final = "Copy what in the text is worth remembering, and add nothing."
SAMPLES: Final = (
    ("Do additions of whole numbers", "Write the numbers below each other, and add from the right."),
    (
        "Is it polite to answer in the language of a question?",
        "Yes: answer in the language you are asked in.",
    ),
)


class MemoStore:
    """Pairs of texts in a folder: what something is about, and what there is to know of it."""

    def __init__(
        self,
        verbosity: int | None = 0,
        reset: bool | None = False,
        path_to_db_dir: str | None = "./tmp/teachable_agent_db",
    ) -> None:
        self.verbosity = verbosity or 0
        self._file = MemoFile(Path(path_to_db_dir or ".") / "memos.sqlite")
        if reset:
            self.reset_db()

    def _tell(self, words: str) -> None:
        if self.verbosity:
            IOStream.get_default().print(colored(words, "green"))

    def list_memos(self) -> None:
        """Print all."""
        for memo in self._file.all():
            IOStream.get_default().print(f"{memo.id}. {memo.input}\n   {memo.output}")

    def reset_db(self) -> None:
        """Forget all."""
        self._file.clear()

    def add_input_output_pair(self, input_text: str, output_text: str) -> None:
        """Remember a pair."""
        self._file.add(input_text, output_text)
        self._tell(f"Remembered: {input_text}\n{output_text}")

    def get_nearest_memo(self, query_text: str) -> tuple[str, str, float] | None:
        """The pair nearest to ``query_text``, and how far from it that is; None where none has a word in common."""
        found = self._file.near(query_text, 1)
        return (found[0].input, found[0].output, found[0].distance) if found else None

    def get_related_memos(
        self, query_text: str, n_results: int, threshold: float
    ) -> list[tuple[str, str, float]]:
        """The pairs nearer than ``threshold``, the nearest first, so many at most. Distances go from 0 to 2."""
        found = self._file.near(query_text, n_results)
        return [(one.input, one.output, one.distance) for one in found if one.distance < threshold]

    def prepopulate(self) -> None:
        """Remember a few pairs to try it with."""
        for one, other in SAMPLES:
            self.add_input_output_pair(one, other)


class Teachability(AgentCapability):
    """Remembers what the last message teaches, and adds to it what is remembered of such things.

    ``recall_threshold``: how far from a message what is remembered may be, from 0 (the same) to 2. ``llm_config`` names the
    model that reads messages; None: the agent's own.
    """

    def __init__(
        self,
        verbosity: int | None = 0,
        reset_db: bool | None = False,
        path_to_db_dir: str | None = "./tmp/teachable_agent_db",
        recall_threshold: float | None = 1.5,
        max_num_retrievals: int | None = 10,
        llm_config: GivenConfig = None,
    ) -> None:
        self.memo_store = MemoStore(verbosity, reset_db, path_to_db_dir)
        self._threshold = 1.5 if recall_threshold is None else recall_threshold
        self._most = max_num_retrievals or 10
        self.llm_config: GivenConfig = llm_config
        self._reads: TextAnalyzerAgent | None = None

    def add_to_agent(self, agent: ConversableAgent) -> None:
        config = agent.llm_config if self.llm_config is None else self.llm_config
        if not config:
            raise FailedAssertion(
                f"Teachability reads messages with a model, and {agent.name!r} has none; give it an llm_config"
            )
        self._reads = TextAnalyzerAgent(llm_config=config)
        agent.update_system_message(
            f"{agent.system_message}\nYou remember what users taught you in earlier chats.".strip()
        )
        agent.register_hook("process_last_received_message", self.process_last_received_message)

    def prepopulate_db(self) -> None:
        """Remember a few things to try it with."""
        self.memo_store.prepopulate()

    def process_last_received_message(self, text: object) -> object | Awaitable[object]:
        """The message, with what is remembered of such things; what it teaches is remembered."""
        if self._reads is None:
            raise FailedAssertion("Teachability is added to no agent yet: add_to_agent(agent)")
        words = text_of(text)
        return gone_through(self._reads, self._read(text, words)) if words else text

    def _read(self, text: object, words: str) -> Questions[object]:
        kind = ""
        if (yield from agreed(words, ASKS_TASK)):
            task = yield from asked(words, TASK)
            kind = yield from asked(task, KIND)
        known = list(dict.fromkeys([*self._remembered(words), *(self._remembered(kind) if kind else ())]))
        if kind:
            advice = yield from asked(words, ADVICE)
            if "none" not in advice.lower():
                self.memo_store.add_input_output_pair(kind, advice)
        if (yield from agreed(words, TEACHES)):
            question = yield from asked(words, QUESTION)
            fact = yield from asked(words, FACT)
            self.memo_store.add_input_output_pair(question, fact)
        return _with(text, known)

    def _remembered(self, words: str) -> Sequence[str]:
        return [
            known for _, known, _ in self.memo_store.get_related_memos(words, self._most, self._threshold)
        ]


def _with(content: object, known: Sequence[str]) -> object:
    """A content, and behind it what is known."""
    if not known:
        return content
    told = "\n\nWhat you remember of this:\n" + "\n".join(f"- {one}" for one in known)
    return (
        f"{content}{told}" if isinstance(content, str) else [*_items(content), {"type": "text", "text": told}]
    )


def _items(content: object) -> Sequence[object]:
    return content if isinstance(content, list) else []
