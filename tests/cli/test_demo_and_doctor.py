"""What one tries first: the demo, and the doctor where it does not work."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from tests.cli.calling import ROOT, AtTerminal, call, traces


def test_the_demo_mends_its_code_and_replays(tmp_path: Path) -> None:
    done = call("demo", folder=tmp_path)

    assert done.returncode == 0, done.stderr
    assert "user runs python\nexit 1\n" in done.stdout
    assert "NameError: name 'total' is not defined" in done.stdout
    assert "user runs python\nexit 0\n328\n" in done.stdout
    assert "rule: the last message ends with 'TERMINATE'" in done.stdout
    assert "5 turns · 3 model calls · tokens 540 in, 79 out, 0 cached · $0" in done.stdout
    assert done.stdout.endswith("replayed without model or sandbox: the same 6 messages, the same end\n")
    assert len(traces(tmp_path)) == 1


def test_the_demo_needs_no_sandbox_and_says_so(tmp_path: Path) -> None:
    done = call("demo", folder=tmp_path, PATH="/nowhere", TYPEDAGENTS_BWRAP="/nowhere")

    assert done.returncode == 0, done.stderr
    assert "exit 0\n328\n" in done.stdout


def test_the_demo_fits_80_columns(tmp_path: Path) -> None:
    pytest.importorskip("pty", reason="terminals as Unix knows them")
    with AtTerminal("demo", folder=tmp_path, NO_COLOR="1") as terminal:
        assert terminal.code() == 0

    assert max(map(len, terminal.seen.splitlines())) <= 80


def test_the_live_demo_says_what_is_missing_and_how_large_it_is(tmp_path: Path) -> None:
    done = call("demo", "--live", folder=tmp_path, TYPEDAGENTS_MODEL="nowhere.gguf")

    assert done.returncode == 4
    assert "nowhere.gguf" in done.stderr
    assert "491 MB" in done.stderr


def test_the_doctor_names_keys_and_never_shows_them(tmp_path: Path) -> None:
    done = call("doctor", folder=tmp_path, OPENAI_API_KEY="sk-secret")

    assert done.returncode == 0
    assert "  yes OPENAI_API_KEY    set\n" in done.stdout
    assert "sk-secret" not in done.stdout
    for found in ("bubblewrap", "local", "weights", "0 traces", str(tmp_path)):
        assert found in done.stdout


def test_the_doctor_knows_every_extra(tmp_path: Path) -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    lines = call("doctor", folder=tmp_path).stdout.splitlines()
    found = {line.split()[1] for line in lines if line.startswith("  ")}

    # bubblewrap, of the extra bwrap, stands where code runs.
    assert {*extras, "bubblewrap"} - {"bwrap"} <= found


def test_the_doctor_tells_what_is_configured_without_keys(tmp_path: Path) -> None:
    (tmp_path / "typedagents.toml").write_text(
        '[[models]]\nname = "good"\nmodel = "m"\napi_key = "sk-secret"\n[[models]]\nmodel = "lost"\napi_key_env = "UNSET"\n'
    )
    listed = '[{"model": "m", "api_key": "sk-secret"'
    done = call("doctor", folder=tmp_path, OAI_CONFIG_LIST=listed, MISTRAL_API_KEY="sk-secret")

    assert done.returncode == 0
    assert "  no  broken            the environment variable OAI_CONFIG_LIST holds no JSON" in done.stdout
    assert "MISTRAL_API_KEY is set, but not MISTRAL_MODEL" in done.stdout
    assert "  yes good              used where no model is named; the file " in done.stdout
    assert "  no  lost " in done.stdout
    assert "environment variable UNSET" in done.stdout
    assert "sk-secret" not in done.stdout


def test_the_doctor_tells_a_damaged_model(tmp_path: Path) -> None:
    (tmp_path / "bad.gguf").write_text("no model")
    done = call("doctor", folder=tmp_path, TYPEDAGENTS_MODEL="bad.gguf")

    assert "which is no GGUF file" in done.stdout
