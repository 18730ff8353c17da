"""What a provider is sent for a tool, printed."""

from __future__ import annotations

from pathlib import Path

from msgspec.json import decode

from tests.cli.calling import call

SOURCE = '''
from typing import Annotated, Literal
from typedagents.tools import tool, toolset

@tool(description="Currency exchange calculator.")
def currency_calculator(
    base_amount: Annotated[float, "Amount of currency in base_currency"],
    base_currency: Annotated[Literal["USD", "EUR"], "Base currency"] = "USD",
    quote_currency: Annotated[Literal["USD", "EUR"], "Quote currency"] = "EUR",
) -> str:
    return ""

def plain(rows: dict[str, int]) -> None:
    """Takes rows."""

tools = toolset(currency_calculator, tool(plain))
number = 7
'''
CALCULATOR = decode(
    '{"type":"function","function":{"description":"Currency exchange calculator.","name":"currency_calculator",'
    '"parameters":{"type":"object","properties":{"base_amount":{"type":"number","description":"Amount of currency in'
    ' base_currency"},"base_currency":{"enum":["USD","EUR"],"type":"string","default":"USD","description":"Base'
    ' currency"},"quote_currency":{"enum":["USD","EUR"],"type":"string","default":"EUR","description":"Quote'
    ' currency"}},"required":["base_amount"]}}}'
)


def test_schemas_of_tools_toolsets_and_functions(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(SOURCE, encoding="utf-8")

    one = call("schema", "mine.py:currency_calculator", folder=tmp_path)
    several = call("schema", "mine.py:tools", folder=tmp_path)
    function = call("schema", "mine:plain", folder=tmp_path)

    assert (one.returncode, decode(one.stdout)) == (0, CALCULATOR)
    assert [each["function"]["name"] for each in decode(several.stdout)] == ["currency_calculator", "plain"]
    assert decode(several.stdout)[0] == CALCULATOR
    assert decode(function.stdout)["function"]["description"] == "Takes rows."


def test_a_profile_says_what_it_lost(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(SOURCE, encoding="utf-8")

    strict = call("schema", "mine.py:currency_calculator", "--profile", "openai", folder=tmp_path)
    loose = call("schema", "mine.py:plain", "--profile", "openai", folder=tmp_path)
    unknown = call("schema", "mine.py:plain", "--profile", "acme", folder=tmp_path)

    sent = decode(strict.stdout)["function"]
    assert sent["strict"] is True
    assert sent["parameters"]["additionalProperties"] is False
    assert sent["parameters"]["required"] == ["base_amount", "base_currency", "quote_currency"]
    assert "strict" not in decode(loose.stdout)["function"]
    assert loose.stderr.startswith("lost: plain: ")
    assert unknown.returncode == 4


def test_what_is_no_tool_is_named(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(SOURCE, encoding="utf-8")

    for target, text in (
        ("mine.py:number", "target 'mine.py:number' is an int; name a tool, a toolset, or a function"),
        ("mine.py:nothing", "mine has no 'nothing'; in it are: Annotated, Literal"),
        ("mine.py", "mine holds several objects; name one"),
    ):
        found = call("schema", target, folder=tmp_path)
        assert found.returncode == 4
        assert text in found.stderr
