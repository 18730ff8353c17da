"""Types with names: generics, recursion, knots of types, and the names of definitions."""

from __future__ import annotations

import dataclasses
import importlib
import subprocess
import sys
from pathlib import Path
from types import GenericAlias
from typing import Annotated, TypeVar

import pytest
import typing_extensions

from tests.tools import types_for_tests as samples
from typedagents.tools.reading import shape_of
from typedagents.tools.shapes import (
    Anything,
    Array,
    Boolean,
    FixedTuple,
    Integer,
    Null,
    OneOf,
    Record,
    Reference,
    String,
)

T = TypeVar("T")


def record(annotation: object) -> Record:
    shaped = shape_of(annotation)
    shape = shaped.definitions[shaped.shape.name] if isinstance(shaped.shape, Reference) else shaped.shape
    assert isinstance(shape, Record)
    return shape


def test_generics_are_read_with_their_types_put_in_and_inherited_ones_too() -> None:
    fields = {one.name: one.shape for one in record(samples.Named[int, str]).fields}
    assert (Array(Integer()), Array(Array(Integer()))) == (fields["item"], fields["more"])
    assert OneOf((String(), Null())) == fields["name"]
    inner = fields["inner"]
    assert isinstance(inner, OneOf)
    assert record(samples.Box[int]) == inner.options[0]


def test_a_type_variable_that_nothing_binds_is_its_default_bound_or_constraints() -> None:
    limited = typing_extensions.TypeVar("limited", int, str)
    usual = typing_extensions.TypeVar("usual", default=bool)
    assert Anything() == shape_of(T).shape
    assert String() == shape_of(samples.K).shape
    assert OneOf((Integer(), String())) == shape_of(limited).shape
    assert Boolean() == shape_of(usual).shape
    assert Array(Anything()) == shape_of(GenericAlias(list, (T,))).shape
    assert [Array(Anything()), Array(Array(Anything()))] == [
        one.shape for one in record(samples.Named).fields
    ][:2]
    assert record(samples.Chain).name == "Chain"


def test_a_generic_alias_binds_its_own_variables_and_is_a_definition_where_it_is_recursive() -> None:
    assert FixedTuple((String(), String())) == shape_of(samples.Pair[str]).shape
    assert (
        OneOf((Integer(), Array(Reference("Nested_int"))))
        == shape_of(samples.Nested[int]).definitions["Nested_int"]
    )


def test_arguments_that_cannot_be_hashed_are_told_apart_by_how_they_look() -> None:
    one = record(samples.Box[Annotated[int, ["a"]]])
    assert Integer() == one.fields[0].shape


def test_every_type_of_a_knot_is_a_definition_whichever_is_read_first() -> None:
    knot = {"Add", "Call", "Let", "Expression"}
    for start in (
        samples.Add,
        samples.Call,
        samples.Let,
        samples.Expression,
        tuple[samples.Let, samples.Add],
    ):
        assert knot == shape_of(start).definitions.keys()
    once = shape_of(list[samples.Add]).definitions
    again = shape_of(tuple[samples.Place, samples.Call]).definitions
    assert once == again


def test_what_leads_back_only_by_what_is_done_still_belongs_to_its_knot() -> None:
    # First -> Second -> Third -> First, and Third again from a type below that has been left in between.
    definitions = shape_of(samples.First).definitions
    assert {"First", "Second", "Third", "Fourth"} == definitions.keys()


def test_a_class_inside_a_function_may_name_itself() -> None:
    @dataclasses.dataclass
    class Local:
        again: list[Local]

    assert record(Local).name == "Local"


def test_two_types_of_one_name_have_two_definitions() -> None:
    def made() -> object:
        @dataclasses.dataclass
        class Twin:
            again: list[Twin]

        return Twin

    first, second = made(), made()
    assert {"Twin", "Twin_2"} == shape_of(GenericAlias(tuple, (first, second))).definitions.keys()


def test_names_of_definitions_are_plain_letters() -> None:
    @dataclasses.dataclass
    class Größe:  # noqa: PLC2401  # a name that is not plain is what is tested
        again: list[Größe]

    assert {"Gr_e"} == set(shape_of(Größe).definitions)


def test_keys_of_typed_dicts_are_required_as_their_annotations_say() -> None:
    assert {one.name: one.required for one in record(samples.Review).fields} == {
        "title": True,
        "year": False,
        "stars": True,
        "words": False,
        "by": False,
    }


def test_nothing_is_imported_to_recognise_what_is_not_there() -> None:
    program = (
        "import sys; from typedagents.tools.schema import schema_of; from typedagents.tools.reading import shape_of;"
        "schema_of(shape_of(dict[str, list[int]]));"
        "print(*({'pydantic', 'annotated_types', 'jsonschema_rs'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == ""


NEW_SYNTAX = """
from dataclasses import dataclass

type Json = bool | float | str | list[Json] | dict[str, Json] | None
type Pair[A] = tuple[A, A]
type Nested[A] = A | list[Nested[A]]

@dataclass
class Box[A, B: str]:
    item: A
    pairs: list[Pair[A]]
    name: B | None = None
"""


@pytest.mark.skipif(sys.version_info < (3, 12), reason="the type statement came with Python 3.12")
def test_aliases_and_generics_of_the_newer_syntax_are_read_as_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "newer_syntax.py").write_text(NEW_SYNTAX)
    monkeypatch.syspath_prepend(tmp_path)
    newer = vars(importlib.import_module("newer_syntax"))
    monkeypatch.delitem(sys.modules, "newer_syntax")
    assert shape_of(samples.Json) == shape_of(newer["Json"])
    assert shape_of(samples.Nested[int]) == shape_of(newer["Nested"][int])
    pair = FixedTuple((Integer(), Integer()))
    assert (pair, Array(pair)) == (
        shape_of(newer["Pair"][int]).shape,
        record(newer["Box"][int, str]).fields[1].shape,
    )
    assert OneOf((String(), Null())) == record(newer["Box"]).fields[2].shape
