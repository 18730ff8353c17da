"""`typedagents run` in pipes: what is shown, and the exit codes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.calling import TARGETS, call, environment, traces
from tests.providers.loopback import said, serving, whole


@pytest.mark.parametrize("command", ["run", "replay"])
def test_help_of_a_command_states_the_exit_codes(command: str, tmp_path: Path) -> None:
    done = call(command, "--help", folder=tmp_path)

    assert done.returncode == 0
    assert "Exit codes: 0 ended by a rule" in done.stdout


@pytest.mark.parametrize(
    ("target", "message", "code", "shown"),
    [
        ("", "hello", 0, "silence: everyone"),
        (":stopped", "hello", 0, "stopped by other: enough"),
        (":made", "hello", 0, "stopped by other: enough"),
        (":talks", "hello", 0, "the human behind 'me' left"),
        (":endless", "hello", 2, "max_decisions=3"),
        ("", "please fail", 3, "provider.not_found: the model is not there"),
    ],
)
def test_how_a_run_ended_is_its_exit_code(
    target: str, message: str, code: int, shown: str, tmp_path: Path
) -> None:
    done = call("run", f"{TARGETS}{target}", message, folder=tmp_path)

    assert done.returncode == code, done.stderr
    assert shown in done.stdout
    assert "\x1b" not in done.stdout + done.stderr
    (trace,) = traces(tmp_path)
    assert f"trace {trace.relative_to(tmp_path)}" in done.stdout


def test_a_run_in_a_pipe_is_plain_text(tmp_path: Path) -> None:
    done = call("run", f"{TARGETS}:priced", "hello", "--no-trace", folder=tmp_path)

    assert done.stdout == (
        "user\nhello\n\necho\nyou said: hello\n\nsilence: everyone who may speak has passed since the last message\n"
        "2 turns · 1 model call · tokens 15 in, 3 out, 5 cached · $0.0015\n"
    )


@pytest.mark.parametrize("how", [[], ["--no-stream"]])
def test_streamed_or_not_a_message_is_shown_once(how: list[str], tmp_path: Path) -> None:
    done = call("run", TARGETS, "hello", *how, folder=tmp_path)

    assert done.stdout.count("you said: hello") == 1
    assert "price unknown for echo" in done.stdout


def test_what_a_policy_made_of_streamed_words_is_shown_too(tmp_path: Path) -> None:
    done = call("run", f"{TARGETS}:louder", "hello", folder=tmp_path)

    assert "loud\nyou said: hello\n\nloud says instead\nYOU SAID: HELLO\n" in done.stdout


@pytest.mark.parametrize("target", ["tooled", "looping"])
def test_tools_that_a_team_runs_need_no_world(target: str, tmp_path: Path) -> None:
    done = call("run", f"{TARGETS}:{target}", "hello", folder=tmp_path)

    assert done.returncode == 0, done.stderr
    assert 'calls double({"n": 2})' in done.stdout
    assert 'double: twice {"n": 2}' in done.stdout
    assert "done TERMINATE" in done.stdout
    shown = call("show", str(traces(tmp_path)[-1]), folder=tmp_path).stdout
    assert "CallTool double came to 'twice {\"n\": 2}'" in shown


def test_who_is_at_the_terminal_may_approve_or_deny(tmp_path: Path) -> None:
    done = call("run", f"{TARGETS}:careful", "hello", folder=tmp_path, typed="not yours\n")

    assert done.returncode == 0, done.stderr
    assert "denied: not yours" in done.stdout
    shown = call("show", str(traces(tmp_path)[-1]), folder=tmp_path).stdout
    assert "Approve denied: not yours" in shown


def test_nested_conversations_are_indented(tmp_path: Path) -> None:
    done = call("run", f"{TARGETS}:nests", "hello", folder=tmp_path)

    assert "\n  inner\n  you said: psst\n" in done.stdout
    assert "you said: you said: psst & you said: hello" in done.stdout


def test_a_failure_is_told_once_also_when_a_policy_lives_with_it(tmp_path: Path) -> None:
    lived = call("run", f"{TARGETS}:copes", "please fail", folder=tmp_path)
    died = call("run", TARGETS, "please fail", folder=tmp_path)

    assert "CallModel of calm failed: provider.not_found" in lived.stdout
    assert lived.stdout.count("the model is not there") == 1
    assert died.stdout.count("the model is not there") == 1


def test_results_of_code_show_how_it_ended_and_steer_no_terminal(tmp_path: Path) -> None:
    done = call("run", f"{TARGETS}:coder", "```python\nprint()\n```", folder=tmp_path)
    ran = call("run", f"{TARGETS}:codes", "go", folder=tmp_path)

    assert "you said: ```python" in done.stdout
    assert "user runs python\nexit 1\nred\noops\n" in ran.stdout


# --- worlds -----------------------------------------------------------------------------------------------------

TEAM = "from typedagents import *\nteam = group(assistant('a'{}), Agent('b', lambda view: Stop('done')))\n"


NESTED = "from typedagents import *\nteam = sequence(group(society('s', group(assistant('a')))))\n"


@pytest.mark.parametrize("team", [TEAM.format(""), NESTED])
def test_without_a_model_it_says_where_it_looked(team: str, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(team)
    done = call("run", "mine.py", "hello", folder=tmp_path, TYPEDAGENTS_MODEL="/nowhere.gguf")

    assert done.returncode == 4
    for place in (
        "the agents, --model: none",
        "OAI_CONFIG_LIST: not set",
        "OPENAI_API_KEY",
        "typedagents.toml",
    ):
        assert place in done.stderr
    assert traces(tmp_path) == []


WITH_TOOLS = """
from typedagents import Limits, World, assistant, group, sequence, with_models
from typedagents.testing import calling, scripted_model
from typedagents.tools import tool, toolset

def add(a: int, b: int) -> int:
    return a + b

asks = group(assistant("a", tools=toolset(tool(add))), limits=Limits(max_decisions=1))
team = sequence(asks)
world = World(with_models(scripted_model(calling("add", a=1, b=2), "Three.")))
"""


def test_the_tools_of_talks_within_come_with_their_functions(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(WITH_TOOLS)
    done = call("run", "mine.py", "hello", folder=tmp_path)

    assert (done.returncode, done.stderr) == (0, "")
    assert "  add: 3\n" in done.stdout


def test_a_team_is_drawn_without_being_run(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(NESTED)
    done = call("graph", "mine.py", folder=tmp_path)
    other = call("graph", "mine.py:sequence", folder=tmp_path)

    assert (done.returncode, done.stderr, traces(tmp_path)) == (0, "", [])
    assert done.stdout.startswith('flowchart TD\n    subgraph n0["conversation"]\n        subgraph n1["s"]\n')
    assert other.returncode == 4


@pytest.mark.parametrize(("model", "options"), [("", ["--model", "gpt-x"]), (", 'gpt-x'", [])])
def test_without_a_key_it_says_so(model: str, options: list[str], tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(TEAM.format(model))
    done = call("run", "mine.py", "hello", *options, folder=tmp_path)

    assert done.returncode == 4
    assert "OPENAI_API_KEY" in done.stderr


def test_the_usual_key_is_not_sent_to_somebody_else_s_server(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(TEAM.format(", 'gpt-x'"))
    other = ["--base-url", "https://models.example.invalid/v1"]
    done = call("run", "mine.py", "hello", *other, folder=tmp_path, OPENAI_API_KEY="sk-secret")

    assert done.returncode == 4
    assert "--key-env" in done.stderr
    assert "sk-secret" not in done.stderr


def test_an_agent_that_does_not_say_what_it_asks_for_is_told_when_it_asks(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(
        "from typedagents import *\n"
        "def silent(view):\n    return (yield from model_reply()(view))\n"
        "team = group(Agent('a', lambda view: silent(view)))\n"
    )
    done = call("run", "mine.py", "hello", folder=tmp_path, TYPEDAGENTS_MODEL="/nowhere.gguf")

    assert done.returncode == 4
    assert "no model to ask" in done.stderr


ASKING = "from typedagents import *\nteam = group(Agent('you', passes), assistant('a'{}), until=message_count(2))\n"

CONFIGURED = """
[[models]]
name = "first"
model = "m-1"
base_url = "{url}"

[[models]]
name = "second"
model = "m-2"
base_url = "{url}"
api_key_env = "KEY_FOR_TESTS"
"""


@pytest.mark.parametrize(
    ("agent", "options", "asked"),
    [("", [], "m-1"), ("", ["--model", "second"], "m-2"), (", 'second'", [], "m-2")],
)
def test_models_are_named_in_the_configuration(
    agent: str, options: list[str], asked: str, tmp_path: Path
) -> None:
    with serving(whole(said("Hello."))) as server:
        (tmp_path / "typedagents.toml").write_text(CONFIGURED.format(url=server.url))
        (tmp_path / "mine.py").write_text(ASKING.format(agent))
        done = call("run", "mine.py", "hello", *options, folder=tmp_path, KEY_FOR_TESTS="sk-secret-123")

        assert done.returncode == 0, done.stderr
        assert "Hello." in done.stdout
        [one] = server.asked
    assert one.json["model"] == asked
    assert one.headers.get("authorization") == ("Bearer sk-secret-123" if asked == "m-2" else None)


# --- options ----------------------------------------------------------------------------------------------------


def test_json_lines_are_all_there_is_on_standard_output(tmp_path: Path) -> None:
    done = call("run", TARGETS, "hello", "--json", folder=tmp_path)
    events = [json.loads(line) for line in done.stdout.splitlines()]

    assert done.returncode == 0
    assert [event["event"] for event in events][:2] == ["Opening", "RunStarted"]
    assert {"EntryAdded", "EffectStarted", "Observed", "EffectFinished"} <= {
        event["event"] for event in events
    }
    assert events[-1]["event"] == "Outcome"
    assert events[-1]["data"]["reason"] == {"why": "silence"}
    assert events[-1]["data"]["trace"] == str(traces(tmp_path)[0].relative_to(tmp_path))


def test_asking_a_human_leaves_json_lines_alone(tmp_path: Path) -> None:
    done = call("run", f"{TARGETS}:asks", "hello", "--json", folder=tmp_path, typed="yes\n")

    assert [json.loads(line)["event"] for line in done.stdout.splitlines()][-1] == "Outcome"


def test_a_wrong_target_ends_with_4(tmp_path: Path) -> None:
    done = call("run", f"{TARGETS}:breaks", "hello", folder=tmp_path)

    assert done.returncode == 4
    assert "raised LookupError: nothing here" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_mistake_in_the_call_ends_with_4(tmp_path: Path) -> None:
    assert call("run", folder=tmp_path).returncode == 4
    assert call("run", TARGETS, "hello", "--max-tokens", "many", folder=tmp_path).returncode == 4
    assert call("fly", folder=tmp_path).returncode == 4


def test_a_policy_s_mistake_is_a_failure_and_the_trace_is_kept(tmp_path: Path) -> None:
    done = call("run", f"{TARGETS}:raising", "hello", folder=tmp_path)

    assert done.returncode == 3
    assert "KeyError" in done.stderr
    assert len(traces(tmp_path)) == 1


def test_no_trace_and_another_folder(tmp_path: Path) -> None:
    call("run", TARGETS, "hello", "--no-trace", folder=tmp_path)
    assert traces(tmp_path) == []
    call("run", TARGETS, "hello", "--trace-dir", "elsewhere", folder=tmp_path)
    assert len(list((tmp_path / "elsewhere").glob("*.jsonl"))) == 1


@pytest.mark.parametrize(
    ("option", "most", "told"),
    [
        ("--max-model-calls", "1", "max_model_calls=1"),
        ("--max-tokens", "20", "max_tokens=20"),
        ("--max-usd", "0", "max_usd=0"),
    ],
)
def test_a_budget_ends_it_with_2(option: str, most: str, told: str, tmp_path: Path) -> None:
    done = call("run", f"{TARGETS}:endless", "hello", option, most, folder=tmp_path)

    assert done.returncode == 2
    assert told in done.stdout


@pytest.mark.parametrize(("options", "heard"), [([], False), (["-v"], True)])
def test_the_log_is_silent_unless_asked_for(options: list[str], heard: bool, tmp_path: Path) -> None:  # noqa: FBT001  # a case of the table
    done = call("run", f"{TARGETS}:with_a_bad_watcher", "hello", *options, folder=tmp_path)

    assert done.returncode == 0, done.stderr
    assert ("ERROR typedagents: a watcher failed" in done.stderr) is heard
    assert (done.stderr != "") is heard


def test_who_has_seen_enough_hears_no_complaint(tmp_path: Path) -> None:
    program = f"{sys.executable} -m typedagents run {TARGETS} hello --json | head -1"
    done = subprocess.run(
        program, shell=True, env=environment(), cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert done.stdout.startswith('{"event":"Opening"')
    assert done.stderr == ""


def test_without_the_extra_it_says_how_to_get_it(tmp_path: Path) -> None:
    code = (
        "import sys, importlib.util as u; found = u.find_spec\n"
        "u.find_spec = lambda name: None if name == 'cyclopts' else found(name)\n"
        "sys.modules['cyclopts'] = None\n"
        "import typedagents.cli as cli; sys.exit(cli.main([]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment(),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 4
    assert done.stderr.count("\n") == 1
    assert "pip install 'typedagents[cli]'" in done.stderr
