"""The proxy that runs the Python and the Wolfram queries of whoever works out a problem."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import redirect_stdout
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.autogen.ag2.patterns_for_tests import thinker
from tests.providers.loopback import refusing, serving, whole
from typedagents.autogen import using
from typedagents.autogen.agentchat.contrib.math_user_proxy_agent import (
    DEFAULT_REPLY,
    PROMPTS,
    MathUserProxyAgent,
    WolframAlphaAPIWrapper,
    _add_print_to_last_line,  # pyright: ignore[reportPrivateUsage]  # programs' own tests call it
    _remove_print,  # pyright: ignore[reportPrivateUsage]  # the same
)
from typedagents.interpreter.traces import TraceMemory
from typedagents.testing import scripted_model


@pytest.fixture(autouse=True)
def traces() -> Iterator[None]:
    with using(store=TraceMemory()):
        yield


# --- code -------------------------------------------------------------------------------------------------------


def printed_by(code: str) -> str:
    out = StringIO()
    with redirect_stdout(out):
        exec(code, {})  # the test's own code
    return out.getvalue()


@pytest.mark.parametrize(
    ("code", "prints"),
    [
        ("a = 4\nb = 5\na,b", "a = 4\nb = 5\nprint(a,b)"),
        ("é = 'é'; é", "é = 'é'; print(é)"),
        ("(1 +\n 2)  # three", "print((1 +\n 2))  # three"),
        ("x = 1", "x = 1"),
        ("print(1)", "print(1)"),
        ("if 1:\n\t2", "if 1:\n\t2"),
        ("no python", "no python"),
        ("", ""),
    ],
)
def test_the_expression_at_the_end_is_printed(code: str, prints: str) -> None:
    assert _add_print_to_last_line(code) == prints


@pytest.mark.parametrize(
    ("code", "rest"),
    [
        ('print("hello")\na = 4*5\nprint("world")', "a = 4*5"),
        ("a = 1; print(a)\nb = 2", "a = 1; pass\nb = 2"),
        ("print(1); a = 1", "pass; a = 1"),
        ("print(\n  1,\n)  # why\nb = 'é'", "b = 'é'"),
        ("if 4 > 5:\n\tprint('True')", "if 4 > 5:\n\tprint('True')"),
        ("no python", "no python"),
    ],
)
def test_what_is_printed_is_taken_out(code: str, rest: str) -> None:
    assert _remove_print(code) == rest


LINES = st.sampled_from(
    ["x = 1", "print('é')", "print(1); y = 2", "z = [\n 'é',\n]", "print(\n 3)  # é", "4", "w = 'é'; 5"]
)


@given(st.lists(LINES).map("\n".join))
def test_code_without_its_prints_does_the_same_silently(code: str) -> None:
    rest = _remove_print(code)
    assert printed_by(rest) == ""
    assert _remove_print(rest) == rest
    before: dict[str, object] = {}
    after: dict[str, object] = {}
    with redirect_stdout(StringIO()):
        exec(code, before)  # the test's own code
    exec(rest, after)  # the same
    assert {name: value for name, value in before.items() if name != "__builtins__"} == {
        name: value for name, value in after.items() if name != "__builtins__"
    }


def test_what_ran_before_is_known() -> None:
    agent = MathUserProxyAgent()
    assert agent.execute_one_python_code("x=3\ny=x*2") == (
        "Nothing was printed. Print what you want to know.",
        False,
    )
    assert agent.execute_one_python_code("if x > 5:\n\tprint(y)") == ("Nothing was printed.", False)
    assert agent.execute_one_python_code("y") == ("6", True)
    error, well = agent.execute_one_python_code("2+'2'")
    assert error.startswith("Error: ")
    assert "TypeError" in error
    assert not well
    assert agent.execute_one_python_code("print('*'*2001)")[0].startswith("What was printed is too long")
    agent.forget()
    assert "NameError" in agent.execute_one_python_code("y")[0]


# --- chats ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["sync", "async"])
def test_a_problem_is_worked_out(way: str) -> None:
    proxy, assistant = MathUserProxyAgent(), thinker("assistant")
    model = scripted_model(
        "Let me think.", "```python\nx = 5\nx**3\n```", "```python\nx\n```", r"The answer is \boxed{5}."
    )
    with using(models=model):
        if way == "sync":
            result = proxy.initiate_chat(
                assistant, message=proxy.message_generator, problem="$x^3=125$", silent=True
            )
        else:
            result = asyncio.run(
                proxy.a_initiate_chat(
                    assistant, message=proxy.message_generator, problem="$x^3=125$", silent=True
                )
            )
    said = [str(one["content"]).strip() for one in result.chat_history]
    assert said[0] == f"{PROMPTS['default']}\n\nThe problem: $x^3=125$"
    assert said[2::2] == [DEFAULT_REPLY, "125", "5"]
    assert said[-1] == r"The answer is \boxed{5}."


def test_who_fails_too_often_is_told_to_think_again() -> None:
    agent = MathUserProxyAgent(max_invalid_q_per_step=2)
    asked = [{"role": "user", "content": "```ruby\nputs 1\n```"}]
    first, second, third = (str(agent.generate_reply(asked)) for _ in range(3))
    assert first == "I run Python and wolfram queries, and no ruby."
    assert second.endswith("Read the problem again, and try another way.")
    assert third == first


def test_prompts_are_chosen_by_name_or_given() -> None:
    agent = MathUserProxyAgent()
    own = {"problem": "2x=4", "prompt_type": "python", "customized_prompt": "Think."}
    assert agent.message_generator(agent, None, own) == "Think.\n\nThe problem: 2x=4"
    assert "wolfram" in agent.message_generator(agent, None, {"problem": "x", "prompt_type": "two_tools"})
    with pytest.raises(ValueError, match="prompt_type is one of default, python, two_tools; found 'poem'"):
        agent.message_generator(agent, None, {"problem": "x", "prompt_type": "poem"})


# --- Wolfram|Alpha ----------------------------------------------------------------------------------------------


def pod(title: str, text: str, **more: object) -> dict[str, object]:
    return {"title": title, "subpods": [{"plaintext": text}], **more}


def answer(*pods: dict[str, object]) -> object:
    return {"queryresult": {"success": bool(pods), "pods": list(pods)}}


def test_wolfram_is_asked() -> None:
    script = [
        whole(answer(pod("Input interpretation", "2 x = 3"), pod("Result", "x = 3/2", primary=True))),
        whole(answer(pod("Input", ""), pod("Plot", "a line"), pod("Root", "3/2"))),
        whole(answer()),
        refusing("secret-id is unknown", "403 Forbidden"),
    ]
    with serving(*script) as server:
        alpha = WolframAlphaAPIWrapper("secret-id", server.url)
        assert alpha.run("2x=3") == ("Understood as: 2 x = 3\nAnswer: x = 3/2", True)
        assert alpha.run("2x=3") == ("Answer: Plot: a line\nRoot: 3/2", True)
        assert alpha.run("?") == (
            "Wolfram|Alpha has no answer to that; ask in other words, or in Python.",
            False,
        )
        refused, well = alpha.run("2x=3")
        line = server.asked[0].line
    assert line.startswith("GET /v1/query?input=2x%3D3&format=plaintext&output=json&appid=secret-id ")
    assert "could not be asked" in refused
    assert "secret-id" not in refused
    assert not well
    assert "secret-id" not in repr(alpha)


def test_wolfram_wants_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WOLFRAM_ALPHA_APPID", raising=False)
    with pytest.raises(ValueError, match="looked at wolfram_alpha_appid and the environment variable"):
        MathUserProxyAgent().execute_one_wolfram_query("2x=3")


def test_queries_in_messages_are_asked() -> None:
    class Asking(MathUserProxyAgent):
        def execute_one_wolfram_query(self, query: str) -> tuple[str, bool]:
            return f"{query} is 4", True

    asked = [{"role": "user", "content": "```wolfram\n2+2\n```"}]
    assert Asking().generate_reply(asked) == "2+2 is 4"
