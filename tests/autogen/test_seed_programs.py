"""The programs of the documents that this project began with, word for word but for their imports.

TYPEDAGENTS_SEEDS names the folder with those documents; elsewhere these tests are skipped, and the same programs are held by
``test_seed_functions``, ``test_groupchat_seed``, ``test_caching`` and ``test_proxies``. Models are a server on the
loopback interface, which counts how often it is asked.
"""

from __future__ import annotations

import ast
import asyncio
import json
import os
import re
from collections.abc import Iterator
from inspect import iscoroutine
from pathlib import Path
from types import FunctionType

import pytest

from tests.autogen.consoles_for_tests import Typing
from tests.executors import machinery
from tests.providers.loopback import Answer, Loopback, said, serving, whole
from typedagents.autogen import ChatResult, using
from typedagents.autogen.io import IOStream
from typedagents.executors import probe_bubblewrap
from typedagents.interpreter.traces import TraceMemory
from typedagents.policies.coding.fences import fenced_blocks

FOLDER = Path(os.environ.get("TYPEDAGENTS_SEEDS") or "nowhere")
pytestmark = pytest.mark.skipif(
    not list(FOLDER.glob("000_*")), reason="TYPEDAGENTS_SEEDS names no folder with the documents"
)
probe = probe_bubblewrap()


@pytest.fixture(autouse=True)
def place(open_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of its own, in which nothing of this machine's is configured."""
    monkeypatch.chdir(open_path)
    with using(store=TraceMemory()):
        yield open_path


def document(number: int) -> str:
    (found,) = FOLDER.glob(f"{number:03}_*")
    return found.read_text(encoding="utf-8")


def between(text: str, *spans: tuple[str, str]) -> str:
    """The lines of ``text`` from one that begins like the first words to the next one that is like the last, span by span."""
    lines, taken, place = text.splitlines(), list[str](), 0
    for first, last in spans:
        begin = next(n for n in range(place, len(lines)) if lines[n].startswith(first))
        place = next(n for n in range(begin, len(lines)) if lines[n] == last) + 1
        taken += lines[begin:place]
    return "\n".join(taken)


def run(program: str, **names: object) -> dict[str, object]:
    """What stands in the names of a program when it is over; it may await, as cells of notebooks do."""
    ours = re.sub(r"^import autogen$", "import typedagents.autogen as autogen", program, flags=re.MULTILINE)
    ours = re.sub(r"^from (py)?autogen", "from typedagents.autogen", ours, flags=re.MULTILINE)
    code = compile(ours, "seed.py", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
    cell = FunctionType(code, names)()
    if iscoroutine(cell):

        async def main() -> None:
            await cell

        asyncio.run(main())
    return names


def configured(
    server: Loopback, monkeypatch: pytest.MonkeyPatch, *, model: str = "gpt-4", tag: str = "tool"
) -> None:
    """OAI_CONFIG_LIST names the server, beside an entry that the programs do not want."""
    entry = {"model": model, "api_key": "k-0123456789", "base_url": server.url, "tags": [tag]}
    other = {"model": "another", "api_key": "k", "base_url": "http://127.0.0.1:1/v1", "tags": ["other"]}
    monkeypatch.setenv("OAI_CONFIG_LIST", json.dumps([other, entry]))


def asks_for(*calls: tuple[str, object]) -> Answer:
    """An answer with these calls."""
    told = [
        {
            "id": f"call_{name}",
            "type": "function",
            "function": {"name": name, "arguments": json.dumps(arguments)},
        }
        for name, arguments in calls
    ]
    message = {"role": "assistant", "content": None, "tool_calls": told}
    choice = {"index": 0, "message": message, "finish_reason": "tool_calls"}
    return whole({"id": "r", "model": "gpt-4", "choices": [choice]})


# --- timer and stopwatch, with a cache --------------------------------------------------------------------------

NO_TIME = {"num_seconds": "0"}
AGENTS = (
    (
        "import time",
        'config_list = autogen.config_list_from_json(env_or_file="OAI_CONFIG_LIST", filter_dict={"tags": ["tool"]})',
    ),
    ("llm_config = {", "}"),
    ("coder = ", ")"),
    ("# create a UserProxyAgent", '    description="create a stopwatch for N seconds",'),
    (")", ")"),
)
CHAT = ("with Cache.disk() as cache:", "    )")


def test_a_second_run_of_the_notebook_asks_nobody(
    monkeypatch: pytest.MonkeyPatch, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    program = between(document(0), *AGENTS, CHAT)
    script = (asks_for(("timer", NO_TIME)), asks_for(("stopwatch", NO_TIME)), whole(said("TERMINATE")))
    shown: list[str] = []
    with serving(*script) as server:
        configured(server, monkeypatch)
        for _ in range(2):
            run(program)
            shown.append(capsys.readouterr().out)
            assert len(server.asked) == 3
    assert ">>>>>>>> EXECUTING ASYNC FUNCTION timer..." in shown[0]
    assert "Stopwatch is done!" in shown[0]
    assert shown[0] == shown[1]
    assert [one.name for one in (place / ".cache" / "42").iterdir()] == ["answers.sqlite"]


def test_a_second_run_of_the_notebooks_group_asks_nobody(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = document(0)
    program = between(
        text,
        *AGENTS,
        ("markdownagent = ", ")"),
        ("@user_proxy", '    return f"[GROUPCHAT_TERMINATE] {message}"'),
        (
            "groupchat = ",
            "groupchat = autogen.GroupChat(agents=[user_proxy, coder, markdownagent], messages=[], max_round=12)",
        ),
        ("llm_config_manager = ", 'llm_config_manager.pop("tools", None)'),
        ("manager = ", ")"),
        ('message = """', '"""'),
        CHAT,
    )
    script = (
        whole(said("chatbot")),
        asks_for(("timer", NO_TIME), ("stopwatch", NO_TIME)),
        whole(said("Markdown_agent")),
        asks_for(("terminate_group_chat", {"message": "It is done."})),
    )
    with serving(*script, whole(said("nobody asks this"))) as server:
        configured(server, monkeypatch)
        for _ in range(2):
            run(program)
            out = capsys.readouterr().out
            assert "[GROUPCHAT_TERMINATE] It is done." in out
            assert "Timer is done!" in out
            assert len(server.asked) == 4


# --- the currency calculator ------------------------------------------------------------------------------------

CALLER = (
    ("from typing import Literal", "import autogen"),
    ("config_list = ", ")"),
    ("llm_config = {", "}"),
    ("chatbot = ", ")"),
    ("# create a UserProxyAgent", ")"),
)
TYPES = (
    "CurrencySymbol = ",
    '        raise ValueError(f"Unknown currencies {base_currency}, {quote_currency}")',
)
ASKS = ("user_proxy.initiate_chat(", ")")


def test_the_currency_calculator(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    text = document(1)
    program = between(
        text, *CALLER, TYPES, ("@user_proxy", '    return f"{quote_amount} {quote_currency}"'), ASKS
    )
    asked = {"base_amount": 123.45, "base_currency": "USD", "quote_currency": "EUR"}
    with serving(asks_for(("currency_calculator", asked)), whole(said("TERMINATE"))) as server:
        configured(server, monkeypatch)
        run(program)
        told = server.asked[0].json["tools"]
    assert "112.22727272727272 EUR" in capsys.readouterr().out
    shown = between(text, ("[{'type': 'function', 'function':", "   'required': ['base_amount']}}}]"))
    assert told == ast.literal_eval(shown)


def test_the_currency_calculator_of_models(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = document(1)
    model = ("# defines a Pydantic model", "  return Currency(amount=quote_amount, currency=quote_currency)")
    program = between(text, *CALLER, TYPES, model)
    program += "\n" + between(text, ASKS)
    asked = {"base": {"currency": "EUR", "amount": 10.0}, "quote_currency": "USD"}
    with serving(asks_for(("currency_calculator", asked)), whole(said("TERMINATE"))) as server:
        configured(server, monkeypatch)
        run(program)
        told = server.asked[0].json["tools"]
    assert '{"currency":"USD","amount":11.0}' in capsys.readouterr().out
    shown = between(text, ("[{'type': 'function', 'function':", "   'required': ['base']}}}]"))
    assert told == ast.literal_eval("".join(shown.rpartition("[{'type'")[1:]))


def test_two_agents_made_with_their_names_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    text = document(1)
    program = between(
        text,
        (
            "from autogen import AssistantAgent, UserProxyAgent",
            'user_proxy = UserProxyAgent(name="user_proxy")',
        ),
        ("user_proxy.initiate_chat(", "user_proxy.initiate_chat("),
        ("    assistant,", ")"),
    )
    human = Typing(["exit"])
    with serving(whole(said("Today."))) as server, IOStream.set_default(human):
        configured(server, monkeypatch)
        run(program)
    assert "What date is today?" in human.printed
    assert "Today." in human.printed


# --- functions of the older kind --------------------------------------------------------------------------------


@pytest.mark.skipif(not probe.works, reason=f"bubblewrap does not work here: {probe.text}")
def test_functions_that_are_described_by_hand(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("IPython")
    (program,) = (one.text for one in fenced_blocks(document(2)) if "exec_python" in one.text)
    with serving(
        asks_for(("sh", {"script": "echo drawn"})), whole(said("TERMINATE")), whole(said("TERMINATE"))
    ) as server:
        monkeypatch.setenv("OPENAI_API_KEY", "k-0123456789")
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        run(program)
        assert server.asked[0].json["model"] == "gpt-4-0613"
    assert "drawn" in capsys.readouterr().out


# --- a cache by its seed, and Docker ----------------------------------------------------------------------------


def test_a_seed_of_a_cache_answers_the_second_run(
    monkeypatch: pytest.MonkeyPatch, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    program = next(fenced_blocks(document(4))).text
    with serving(whole(said("A joke."))) as server:
        monkeypatch.setenv("OPENAI_API_KEY", "k-0123456789")
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        for _ in range(2):
            run(program, os=os)  # which the document imports in its next program only
            assert capsys.readouterr().out == "A joke.\n"
        assert len(server.asked) == 1
    assert (place / ".cache" / "41").is_dir()


@pytest.mark.engines
def test_a_user_proxy_runs_code_in_docker(monkeypatch: pytest.MonkeyPatch) -> None:
    _, program, construction = (one.text for one in fenced_blocks(document(4)))
    human = Typing(["", ""])
    answers = (whole(said("```python\nprint(6 * 7)\n```")), whole(said("TERMINATE")))
    try:
        with machinery.docker() as service, serving(*answers) as server:
            service.load("python:3-slim", machinery.image())
            monkeypatch.setenv("DOCKER_HOST", f"unix://{service.socket}")
            monkeypatch.setenv("OPENAI_API_KEY", "k-0123456789")
            monkeypatch.setenv("OPENAI_BASE_URL", server.url)
            with IOStream.set_default(human):
                names = run(program)
            assert service.containers() == []
    except machinery.CannotStart as error:
        pytest.skip(f"no docker: {error}")
    result = names["chat_res"]
    assert isinstance(result, ChatResult)
    assert "Code output: 42" in str(result.chat_history[2]["content"])
    run(construction, UserProxyAgent=names["UserProxyAgent"])
