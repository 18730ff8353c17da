"""Toolsets: which tools are in them, in which order, under which names; and what is refused."""

from __future__ import annotations

import pickle
from collections.abc import Mapping

import pytest
from attrs import frozen
from hypothesis import given
from hypothesis import strategies as st

from tests.policies.hand_made import Pretended, Quiet
from tests.tools.test_function_calls import add
from typedagents.core.errors import ConfigError
from typedagents.core.tool import CallTool
from typedagents.tools import Toolset, tool, toolset, toolset_of
from typedagents.tools.given import Given
from typedagents.tools.tool import Performed

NAMES = st.sampled_from(["a", "b", "c", "d", "e"])


def of(names: list[str]) -> Toolset[CallTool]:
    return toolset_of([add.renamed(name) for name in names])


TOOLSETS = st.lists(NAMES, unique=True).map(of)


def test_a_toolset_is_a_mapping_of_names_to_tools() -> None:
    both = toolset(add, add.renamed("plus"))

    assert isinstance(both, Mapping)
    assert both.names == tuple(both) == ("add", "plus")
    assert both.specs == (add.spec, add.renamed("plus").spec)
    assert (both["add"], both.get("minus"), len(both), "plus" in both) == (add, None, 2, True)
    assert repr(both) == "toolset(add, plus)"
    with pytest.raises(KeyError):
        both["minus"]


def test_toolsets_are_values() -> None:
    assert toolset(add) == toolset_of([add])
    assert hash(toolset(add)) == hash(toolset_of([add]))
    assert toolset(add) != toolset(add.renamed("plus"))
    assert toolset(add, add.renamed("plus")) != toolset(add.renamed("plus"), add), (
        "a model is told them in order"
    )
    assert pickle.loads(pickle.dumps(toolset(add))) == toolset(add)


def test_no_tools_are_a_toolset() -> None:
    assert toolset() == toolset_of([])
    assert toolset().specs == ()


@given(TOOLSETS, TOOLSETS, TOOLSETS)
def test_union_is_that_of_sets_in_order(
    one: Toolset[CallTool], two: Toolset[CallTool], three: Toolset[CallTool]
) -> None:
    assert (one | two) | three == one | (two | three)
    assert one | toolset() == toolset() | one == one | one == one
    assert (one | two).names == tuple(dict.fromkeys([*one, *two]))


@given(TOOLSETS, st.sets(NAMES))
def test_some_and_the_others_are_all(tools: Toolset[CallTool], wanted: set[str]) -> None:
    names = [name for name in tools if name in wanted]

    assert tools.only(*names).names == tuple(names)
    assert tools.only(*names) == tools.only(lambda one: one.spec.name in wanted)
    assert tools.without(*names) == tools.without(lambda one: one.spec.name in wanted)
    assert set((tools.only(*names) | tools.without(*names)).tools) == set(tools.tools)


@given(TOOLSETS)
def test_a_prefix_is_a_new_name_for_each(tools: Toolset[CallTool]) -> None:
    prefixed = tools.prefixed("x_")

    assert prefixed.names == tuple(f"x_{name}" for name in tools)
    assert prefixed == tools.renamed({name: f"x_{name}" for name in tools})
    assert prefixed.renamed({f"x_{name}": name for name in tools}) == tools
    assert [one.spec.description for one in prefixed.values()] == [
        one.spec.description for one in tools.values()
    ]


def test_names_can_be_exchanged() -> None:
    assert of(["a", "b"]).renamed({"a": "b", "b": "a"}).names == ("b", "a")


def test_what_is_renamed_is_performed_under_its_new_name() -> None:
    one = toolset(add).prefixed("math_")["math_add"]

    assert isinstance(one, Performed)
    assert one.spec.name == "math_add"


@tool(name="add")
def another(a: int) -> int:
    return a


def test_two_tools_of_one_name_are_refused() -> None:
    says = r"two tools are named 'add'; of add, plus, add: give one another name"

    with pytest.raises(ConfigError, match=says):
        toolset(add, add.renamed("plus"), another)
    with pytest.raises(ConfigError, match=says):
        _ = toolset(add, add.renamed("plus")) | toolset(another)
    with pytest.raises(ConfigError, match="two tools are named 'add'"):
        toolset(add, add)
    with pytest.raises(ConfigError, match="two tools are named 'b'"):
        of(["a", "b"]).renamed({"a": "b"})


def test_names_that_no_tool_has_are_refused() -> None:
    tools = of(["a", "b"])
    says = "no tool is named 'c', 'd'; there are: a, b"

    with pytest.raises(ConfigError, match=says):
        tools.only("a", "c", "d")
    with pytest.raises(ConfigError, match=says):
        tools.without("c", "d")
    with pytest.raises(ConfigError, match=says):
        tools.renamed({"c": "x", "d": "y"})
    with pytest.raises(ConfigError, match="no tool is named 'c'; there are: none"):
        toolset().only("c")


def test_names_that_no_provider_takes_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"found 'x\.a'"):
        of(["a"]).prefixed("x.")


def test_what_is_no_tool_is_refused() -> None:
    function: object = add.function
    with pytest.raises(
        ConfigError, match=r"made of tools; found <function add.*make it one with `tool\(...\)`"
    ):
        toolset(function)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]  # what is refused
    with pytest.raises(ConfigError, match=r"joined with a toolset; found tool\('add'\): wrap it in `toolset"):
        _ = toolset() | add  # type: ignore[operator]  # pyright: ignore[reportOperatorIssue]  # what is refused


def test_a_tool_that_says_nothing_of_it_may_run_beside_others() -> None:
    assert not Quiet("q").exclusive


def test_a_tool_that_cannot_be_renamed_says_so() -> None:
    with pytest.raises(
        ConfigError, match=r"tool 'p' cannot be called 'q': Pretended has no method renamed\(name\)"
    ):
        toolset(Pretended("p")).renamed({"p": "q"})


@frozen
class Thing:
    pass


def test_given_finds_the_one_value_of_a_type() -> None:
    thing = Thing()

    assert Given(("x", thing)).find(Thing) is thing
    assert Given(("x", thing)).all_of(object) == ("x", thing)
    with pytest.raises(
        ConfigError, match="a tool needs one int; found 0 in what its world was given: str, Thing"
    ):
        Given(("x", thing)).find(int)
    with pytest.raises(ConfigError, match=r"found 2.*: str, str"):
        Given(("x", "y")).find(str)
    with pytest.raises(ConfigError, match="found 0 in what its world was given: nothing"):
        Given().find(str)
