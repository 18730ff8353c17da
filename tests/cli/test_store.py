"""Runs in a store: kept, listed, answered, and gone on with by name."""

from __future__ import annotations

from pathlib import Path

from msgspec.json import decode

from tests.cli.calling import TARGETS, call

STORE = ".typedagents/runs.sqlite"
LATER = ("--store", STORE, "--park")


def runs(folder: Path) -> list[dict[str, object]]:
    done = call("runs", "--json", folder=folder)
    assert done.returncode == 0, done.stderr
    return [decode(line)["data"] for line in done.stdout.splitlines()]


def test_a_run_is_parked_answered_and_gone_on_with(tmp_path: Path) -> None:
    parked = call("run", f"{TARGETS}:patient", "hello", *LATER, folder=tmp_path)
    (run,) = runs(tmp_path)
    name = str(run["name"])

    assert parked.returncode == 130, parked.stderr
    assert "waits for me: " in parked.stdout
    assert f"typedagents answer {STORE}:{name}/t1.0 TEXT" in parked.stdout
    assert f"typedagents resume {STORE}:{name} {TARGETS}:patient" in parked.stdout
    assert (run["standing"], run["target"], run["unpriced"]) == ("waiting", f"{TARGETS}:patient", 1)

    listed = call("runs", folder=tmp_path)
    assert listed.stdout.startswith(f"{name}  waiting · chat · 1 call without a price · 20")
    assert f"\n  {name}/t1.0\n" in listed.stdout

    left = call("answer", name, "go on", folder=tmp_path)
    assert (left.returncode, left.stdout) == (0, f"left; go on with: typedagents resume {STORE}:{name}\n")
    assert call("answer", f"{name}/t1.0", "go on", folder=tmp_path).returncode == 0, "the same again"
    late = call("answer", f"{name}/t1.0", "stop", folder=tmp_path)
    assert late.returncode == 4
    assert "was answered before; the first answer counts" in late.stderr
    assert runs(tmp_path)[0]["standing"] == "answered"

    again = call("resume", name, "--park", folder=tmp_path)
    assert again.returncode == 130, again.stderr
    assert "you said: go on" in again.stdout
    assert call("answer", f"{STORE}:{name}", "--leave", folder=tmp_path).returncode == 0
    ended = call("resume", f"{STORE}:{name}", folder=tmp_path)
    assert ended.returncode == 0, ended.stderr
    assert "the human behind 'me' left" in ended.stdout
    assert runs(tmp_path)[0]["standing"] == "ended"
    assert "you said: go on" in call("show", name, folder=tmp_path).stdout
    assert call("replay", name, f"{TARGETS}:patient", folder=tmp_path).returncode == 0


def test_who_waits_is_told_to_programs_too(tmp_path: Path) -> None:
    done = call("run", f"{TARGETS}:careful_later", "hello", "--json", *LATER, folder=tmp_path)
    last = decode(done.stdout.splitlines()[-1])

    assert last["event"] == "Paused"
    (prompt,) = last["data"]["prompts"]
    assert (prompt["me"], prompt["question"]) == (
        "cautious",
        "cautious wants to call rm({}). May it? (y, n, or why not)",
    )
    (run,) = runs(tmp_path)
    call("answer", str(run["name"]), folder=tmp_path)
    ended = call("resume", str(run["name"]), folder=tmp_path)
    assert "Denied" in ended.stdout


def test_people_at_hand_are_asked_as_ever(tmp_path: Path) -> None:
    done = call("run", f"{TARGETS}:patient", "hello", "--store", STORE, folder=tmp_path, typed="more\nexit\n")

    assert done.returncode == 0, done.stderr
    assert "you said: more" in done.stdout
    listed = call("runs", STORE, folder=tmp_path).stdout
    assert "  ended: the human behind 'me' left · chat · 2 calls without a price · " in listed


def test_what_was_spent_is_listed(tmp_path: Path) -> None:
    call("run", f"{TARGETS}:priced", "hello", "--store", STORE, folder=tmp_path)
    call("run", f"{TARGETS}:endless", "hello", "--store", STORE, folder=tmp_path)
    first, second = call("runs", folder=tmp_path).stdout.splitlines()

    assert " · $0.0015 · " in first
    assert " · 3 calls without a price · " in second


def test_what_is_asked_wrongly_is_told(tmp_path: Path) -> None:
    none = call("runs", folder=tmp_path)
    assert none.returncode == 4
    assert f"no runs are kept in {STORE}; keep some there with" in none.stderr
    assert "--park needs a place" in call("run", f"{TARGETS}:patient", "hi", "--park", folder=tmp_path).stderr

    call("run", f"{TARGETS}:endless", "hello", folder=tmp_path)
    file = next((tmp_path / ".typedagents/runs").glob("*.jsonl"))
    for name in (str(file), file.stem):
        assert "is not kept in a store" in call("answer", name, "hi", folder=tmp_path).stderr
        assert "which team does" in call("resume", name, folder=tmp_path).stderr

    call("run", f"{TARGETS}:endless", "hello", "--store", STORE, folder=tmp_path)
    (run,) = runs(tmp_path)
    assert "which prompt of" in call("answer", str(run["name"]), "hi", folder=tmp_path).stderr
    assert "no run in" in call("resume", "nobody", folder=tmp_path).stderr
