"""Expressions of context variables mean what Python says they mean, and can do nothing else."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from typedagents.autogen import ContextExpression
from typedagents.autogen.agentchat.group import (
    ContextStr,
    ContextVariables,
    ExpressionContextCondition,
    StringContextCondition,
)

VALUES: Mapping[str, object] = {
    "n": 3,
    "price": 2.5,
    "tier": "gold",
    "on": True,
    "off": False,
    "nobody": None,
    "items": [1, 2],
    "odd name": "'); raise SystemExit  #",
}


def holds(expression: str) -> bool:
    return ContextExpression(expression).evaluate(ContextVariables(VALUES))


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("${on}", True),
        ("not ${on}", False),
        ("!${off}", True),
        ("${on} & ${off}", False),
        ("${on} | ${off}", True),
        ("${n} > 2 and ${price} <= 2.5", True),
        ("1 < ${n} < 3", False),
        ("${tier} == 'gold'", True),
        ('${tier} != "gold"', False),
        ("${tier} > 'a'", True),
        ("len(${items}) == 2 or ${off}", True),
        ("len(${tier}) >= 5", False),
        ("${nobody} == None", True),
        ("${n} == -3", False),
        ("${tier} == 'a & b | !c ${n}'", False),
        ("${odd name} == 'x'", False),
        ("(${off} or ${on}) and True", True),
    ],
)
def test_what_holds(expression: str, expected: object) -> None:
    assert holds(expression) is expected
    assert str(ContextExpression(expression)) == expression


@pytest.mark.parametrize(
    "expression",
    [
        "${n} + 1 > 2",
        "${n} in [1]",
        "open('x')",
        "len(1, 2)",
        "${n}.real",
        "[1]",
        "_0",
        "n > 2",
        "${n} >",
        "",
        "lambda: 1",
        "(x := 1)",
    ],
)
def test_what_is_no_condition(expression: str) -> None:
    with pytest.raises(ValueError, match="the expression"):
        ContextExpression(expression)


def test_what_has_no_value() -> None:
    with pytest.raises(KeyError, match="'x' was never set; set are: items, n"):
        holds("${x}")
    with pytest.raises(ValueError, match="have no order"):
        holds("${tier} < 3")
    with pytest.raises(ValueError, match="texts, lists and dicts"):
        holds("len(${n})")
    with pytest.raises(ValueError, match="is a text"):
        ContextExpression(3)  # type: ignore[arg-type]  # what a program does wrong


TERMS = st.sampled_from(["a", "b", "c"])
TESTS = st.recursive(
    st.tuples(TERMS, st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), st.integers(-3, 3)).map(
        lambda it: f"${{{it[0]}}} {it[1]} {it[2]}"
    ),
    lambda inner: st.one_of(
        inner.map(lambda one: f"not ({one})"),
        st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(
            lambda it: f"({it[0]}) {it[1]} ({it[2]})"
        ),
    ),
    max_leaves=6,
)


@given(
    TESTS, st.fixed_dictionaries({"a": st.integers(-3, 3), "b": st.integers(-3, 3), "c": st.integers(-3, 3)})
)
def test_python_agrees(expression: str, values: dict[str, object]) -> None:
    plain = expression
    for name, value in values.items():
        plain = plain.replace(f"${{{name}}}", f"({value})")
    expected: object = eval(plain)  # made here of numbers and comparisons
    assert ContextExpression(expression).evaluate(ContextVariables(values)) == expected


def test_conditions_ask_variables() -> None:
    variables = ContextVariables({"on": True, "n": 0})
    assert StringContextCondition("on").evaluate(variables)
    assert not StringContextCondition("n").evaluate(variables)
    assert not StringContextCondition("x").evaluate(variables)
    assert ExpressionContextCondition(ContextExpression("${n} == 0")).evaluate(variables)
    assert str(
        ExpressionContextCondition(ContextExpression("${n} == 0")).rule & StringContextCondition("on").rule
    ) == ("(${n} == 0 and on)")


def test_texts_with_variables() -> None:
    text = ContextStr("Hello {name}")
    assert text.format(ContextVariables()) == "Hello {name}"
    assert text.format(ContextVariables({"name": "Ann"})) == "Hello Ann"
    assert str(text) == "ContextStr, unformatted: Hello {name}"


def test_variables_are_read_and_set() -> None:
    variables = ContextVariables.from_dict({"a": 1})
    variables.set("b", 2)
    variables["c"] = 3
    variables.update({"d": 4})
    assert (variables["a"], variables.get("x", 0), variables.get("b")) == (1, 0, 2)
    assert (list(variables), len(variables), "c" in variables, variables.contains("x")) == (
        list("abcd"),
        4,
        True,
        False,
    )
    assert (variables.remove("a"), variables.remove("a")) == (True, False)
    del variables["b"]
    assert list(variables.items()) == [("c", 3), ("d", 4)]
    assert (list(variables.keys()), list(variables.values())) == (["c", "d"], [3, 4])
    assert variables == ContextVariables(variables.to_dict()) != {"c": 3}
    assert repr(variables) == "ContextVariables({'c': 3, 'd': 4})"
    variables.clear()
    with pytest.raises(KeyError, match="no context variable 'c'; there are: none"):
        variables["c"]
