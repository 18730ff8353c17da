"""Every program of docs/examples plays its recording, as a script and as a notebook; see `tests/docs/examples.py`."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.examples import FOLDER, LIVE, SCRIPTS, cells_of, loaded, notebook, recording_of, run_of
from tests.docs.kernel import printed_by
from tests.docs.pages import ROOT, read_page
from typedagents.executors.default import probe_bubblewrap
from typedagents.trace.lines import End
from typedagents.trace.recording import Recording


def each(scripts: list[Path]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("script", scripts, ids=[script.stem for script in scripts])


def printed_as_a_program(script: Path, mode: str, folder: Path) -> str:
    environment = {**os.environ, "TYPEDAGENTS_RECORDINGS": mode}
    line = [sys.executable, "-W", "error", str(script)]
    done = subprocess.run(
        line, cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def end_of(recording: Path) -> End:
    end = Recording.load(recording.read_bytes().splitlines(keepends=True)).end
    assert end is not None
    return end


@each(SCRIPTS)
def test_it_plays_its_recording_and_performs_nothing(script: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TYPEDAGENTS_RECORDINGS", raising=False)
    before = recording_of(script).read_bytes()

    with loaded(script) as module:
        outcome = run_of(module)()  # which itself holds entries and reason to those recorded
        assert {"TEAM", "team"} & vars(module).keys()

    recorded = Recording.load(before.splitlines(keepends=True))
    assert (outcome.reason, outcome.ok) == (recorded.reason(), True)
    assert recording_of(script).read_bytes() == before


@each(SCRIPTS)
def test_it_prints_the_conversation_wherever_it_is_started(script: Path, tmp_path: Path) -> None:
    with loaded(script) as module:
        outcome = run_of(module)()

    printed = printed_as_a_program(script, "replay", tmp_path)

    assert [message.text for message in outcome.transcript if message.text not in printed] == []
    assert str(outcome.reason) in printed
    assert list(tmp_path.iterdir()) == []


@each([script for script in SCRIPTS if script not in LIVE])
def test_one_without_a_real_model_is_recorded_anew_as_it_is(script: Path, tmp_path: Path) -> None:
    if "default_executor" in script.read_text("utf-8") and not probe_bubblewrap().works:
        pytest.skip(probe_bubblewrap().text)
    copy = tmp_path / script.name
    shutil.copy(script, copy)

    printed_as_a_program(copy, "rewrite", tmp_path)

    now, then = end_of(recording_of(copy)), end_of(recording_of(script))
    assert (now.log, now.reason) == (then.log, then.reason)


@each(SCRIPTS)
def test_its_notebook_is_what_the_script_gives_and_runs(script: Path) -> None:
    text = script.read_text("utf-8")
    made = notebook(text)

    assert script.with_suffix(".ipynb").read_bytes() == made, "write it anew: python tests/docs/examples.py"
    cells: list[dict[str, object]] = json.loads(made)["cells"]
    sources = ["".join(map(str, lines)) for cell in cells if isinstance(lines := cell["source"], list)]
    assert sources == [cell.text for cell in cells_of(text)]
    code = [cell.text for cell in cells_of(text) if cell.kind == "code"]
    with loaded(script) as module:
        assert run_of(module)().summary in printed_by(code, FOLDER)


@each(SCRIPTS)
def test_the_index_tells_of_it(script: Path) -> None:
    linked = {target for _, target in read_page(ROOT / "docs" / "examples.md").links()}

    assert {f"examples/{script.name}", f"examples/{script.stem}.ipynb"} <= linked


@pytest.mark.parametrize("text", ["import os\n# %%\n", "# %% [markdown]\nwords\n"])
def test_a_script_that_is_not_in_cells_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"found '(import os|words)'"):
        cells_of(text)
