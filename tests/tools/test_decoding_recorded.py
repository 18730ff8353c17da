"""What real models wrote, read strictly: what of it is refused has been looked at."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from tests.providers.recorded import DATA, exchanges, read
from tests.tools.recorded import CORPUS, MISSING, Written, written
from typedagents.core.model import ModelReply
from typedagents.core.parts import ToolCall
from typedagents.tools.bad_arguments import BadArguments
from typedagents.tools.decoding.json_reading import read_arguments

needs_corpus = pytest.mark.skipif(not CORPUS.is_dir(), reason=MISSING)


def refused(one: Written) -> str | None:
    """Why, in a few words; None where it is read."""
    try:
        read_arguments(one.text)
    except BadArguments as error:
        found = re.search(r"\((.*?),", str(error))
        return found[1] if found else str(error)
    return None


def test_the_recorded_arguments_that_are_always_here_are_read() -> None:
    answers = [read(exchange).answer for exchange in exchanges(DATA / "excerpt.jsonl")]
    replies = [answer for answer in answers if isinstance(answer, ModelReply)]
    calls = [part for reply in replies for part in reply.parts if isinstance(part, ToolCall)]
    texts = [call.arguments for call in calls]
    assert [None] * len(texts) == [refused(Written("", text)) for text in texts]
    assert len(texts) >= 3


@needs_corpus
def test_of_all_recorded_arguments_only_those_that_were_cut_are_refused() -> None:
    texts = list(written())
    why = Counter(refused(one) for one in texts)
    assert why == {None: 512, "unterminated string starting at": 2}
    cut = {one.exchange: one.tags for one in texts if refused(one)}
    assert {"anthropic.messages.e0e79ee10c", "openai.responses.07cd14cf9c"} == set(cut)
    assert "finish:max_tokens" in cut["anthropic.messages.e0e79ee10c"]
    assert "finish:max_output_tokens" in cut["openai.responses.07cd14cf9c"]


@needs_corpus
def test_what_real_models_write_for_no_arguments() -> None:
    empty = Counter(one.text for one in written() if refused(one) is None and not read_arguments(one.text))
    assert empty == {"{}": 128, "": 6}
