"""The programs of the familiar API on the embedded model: a task solved by code, and one by a function.

Of ten seeds at least eight come out right. A continuous run takes two of each, which is what there is time for; all ten:
``TYPEDAGENTS_SEEDS=10 nox -s live -- -k familiar``.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.docs.examples import loaded
from tests.docs.pages import ROOT
from typedagents.autogen import ChatResult, using
from typedagents.core.errors import ProviderError
from typedagents.core.stop import RuleFired
from typedagents.executors import probe_bubblewrap
from typedagents.providers.local import LocalModel

pytestmark = pytest.mark.local_llm

EXAMPLE = ROOT / "docs" / "examples" / "autogen" / "local_model.py"
SEEDS = int(os.environ.get("TYPEDAGENTS_SEEDS", "2"))


def held(function: str, message: str, seed: int) -> ChatResult | None:
    """What the example's function comes to; None where the model could not be understood."""
    with loaded(EXAMPLE) as example, using(store=None):
        hold: object = vars(example)[function]
        assert callable(hold)
        try:
            result: object = hold(message, seed, silent=True)
        except ProviderError:
            return None
    assert isinstance(result, ChatResult)
    return result


def said(result: ChatResult) -> list[str]:
    return [str(message["content"]) for message in result.chat_history]


def enough(right: int) -> bool:
    """Eight of ten; of few, all but one."""
    return right >= max(1, SEEDS - max(1, SEEDS // 5))


@pytest.fixture(autouse=True)
def alone(local_model: LocalModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One model at a time; and a folder of its own."""
    local_model.stop()
    monkeypatch.chdir(tmp_path)


def test_a_task_is_solved_by_code() -> None:
    probe = probe_bubblewrap()
    if not probe.works:
        pytest.skip(f"no sandbox: {probe.text}")
    right = 0
    for seed in range(1, SEEDS + 1):
        result = held("solve", "What is 2**10?", seed)
        if result is not None and isinstance(result.stop_reason, RuleFired):
            printed = [text for text in said(result) if text.startswith("exitcode: 0")]
            right += bool(printed) and printed[-1].endswith("1024")
    assert enough(right), f"{right} of {SEEDS} seeds"


def test_a_task_is_solved_by_a_function() -> None:
    right = 0
    for seed in range(1, SEEDS + 1):
        result = held("exchange", "How much is 123.45 USD in EUR?", seed)
        if result is not None and isinstance(result.stop_reason, RuleFired):
            texts = said(result)
            right += texts[2] == "112.23 EUR" and "112.23" in texts[-1]
    assert enough(right), f"{right} of {SEEDS} seeds"
