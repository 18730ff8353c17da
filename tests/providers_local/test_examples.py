"""The live examples of docs/examples, performed by the embedded model itself: each ends as recorded, and replays."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.docs.examples import LIVE, loaded, run_of
from typedagents.providers.local import LocalModel

pytestmark = pytest.mark.local_llm


@pytest.mark.parametrize("script", LIVE, ids=[script.stem for script in LIVE])
def test_it_ends_as_recorded_and_replays(
    script: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, local_model: LocalModel
) -> None:
    local_model.stop()  # one model at a time
    copy = Path(shutil.copy(script, tmp_path))
    with loaded(script) as module:
        recorded = run_of(module)()

    with loaded(copy) as module:
        monkeypatch.setenv("TYPEDAGENTS_RECORDINGS", "rewrite")
        outcome = run_of(module)()
        monkeypatch.setenv("TYPEDAGENTS_RECORDINGS", "replay")
        again = run_of(module)()

    assert (outcome.reason, outcome.ok) == (recorded.reason, True)
    assert again == outcome
    assert outcome.bill.unpriced == ()
