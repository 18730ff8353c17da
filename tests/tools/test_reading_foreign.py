"""Types that are pydantic's: their own schema, their own validation, and problems with the place they are at."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import pytest
from pydantic import AfterValidator, Field, PositiveInt, StrictInt

from tests.tools import models_for_tests as models
from typedagents.core.errors import ConfigError
from typedagents.tools.constraints import Doc
from typedagents.tools.reading import shape_of
from typedagents.tools.schema import schema_of
from typedagents.tools.shapes import Described, Foreign, Integer, Misfit


def foreign(annotation: object) -> Foreign:
    shape = shape_of(annotation).shape
    assert isinstance(shape, Foreign)
    return shape


def test_a_model_validates_what_is_sent_and_fills_in_its_defaults() -> None:
    assert models.Currency(currency="EUR", amount=0) == foreign(models.Currency).validate({"currency": "EUR"})


def test_how_strict_a_model_is_the_model_says_but_json_has_no_sets() -> None:
    strict = foreign(models.Strict)
    assert models.Strict(even=2, tags=frozenset({"a"})) == strict.validate({"even": 2, "tags": ["a"]})
    assert foreign(int_of_model).validate("2") == 2
    with pytest.raises(Misfit):
        strict.validate({"even": "2"})


int_of_model = Annotated[int, Field(ge=1)]


def test_each_problem_has_its_path_what_was_expected_and_what_came() -> None:
    with pytest.raises(Misfit) as caught:
        foreign(models.Leafy).validate({"first": {"children": [{"children": 5}]}})
    (missing, wrong) = caught.value.problems
    assert missing == (("trees",), "Field required")
    assert wrong == (("first", "children", 0, "children"), "Input should be a valid array; got 5")
    assert "Field required" in str(caught.value)


def test_a_validators_own_words_reach_the_caller() -> None:
    with pytest.raises(Misfit, match="an even number is even; got 3"):
        foreign(models.Strict).validate({"even": 3})


def test_numbers_beyond_64_bits_arrive_whole() -> None:
    assert foreign(Annotated[int, Field(gt=0)]).validate(2**80) == 2**80


def test_pydantic_dataclasses_and_generic_models_are_pydantics() -> None:
    assert models.Measured(length=1.5) == foreign(models.Measured).validate({"length": 1.5})
    assert foreign(models.Wrapped[int]).name == "Wrapped[int]"
    assert foreign(models.Measured).name == "Measured"


def test_a_note_of_pydantic_makes_the_whole_annotation_pydantics() -> None:
    shape = foreign(Annotated[int, Field(ge=1, description="Some")])
    assert schema_of(shape_of(int_of(shape))) == {"type": "integer", "minimum": 1, "description": "Some"}
    doubled = foreign(Annotated[int, AfterValidator(lambda number: number * 2)])
    assert doubled.validate(2) == 4
    assert isinstance(shape_of(StrictInt).shape, Foreign)


def int_of(shape: Foreign) -> object:
    assert shape.validate(1) == 1
    return Annotated[int, Field(ge=1, description="Some")]


def test_types_of_pydantic_that_only_bound_are_ours() -> None:
    shape = shape_of(PositiveInt).shape
    assert isinstance(shape, Integer)
    assert shape.bounds.gt == 0


def test_our_words_stand_beside_a_model() -> None:
    for words in ("Here", Doc("Here")):
        shape = shape_of(Annotated[models.Currency, words]).shape
        assert isinstance(shape, Described)
        assert shape.text == "Here"


def test_two_readings_of_a_model_are_equal() -> None:
    assert foreign(models.Currency) == foreign(models.Currency)
    assert foreign(models.Currency) != foreign(models.Strict)
    assert (foreign(models.Currency).hashable, foreign(models.Strict).hashable) == (False, True)


def test_a_set_of_frozen_models_is_one() -> None:
    schema = schema_of(shape_of(set[models.Strict]))
    assert True is schema["uniqueItems"]


def test_definitions_are_written_out_and_discriminators_left_out() -> None:
    schema = schema_of(shape_of(models.Owner))
    properties = schema["properties"]
    assert isinstance(properties, dict)
    assert [one["title"] for one in properties["pet"]["oneOf"]] == ["Cat", "Dog"]
    assert "discriminator" not in properties["pet"]
    assert "$defs" not in schema


def test_what_pydantic_cannot_describe_is_a_config_error_with_its_place() -> None:
    class Odd:
        pass

    with pytest.raises(ConfigError, match="parameter 'p': pydantic gives no JSON Schema for"):
        shape_of(Annotated[Odd, Field(description="x")], "parameter 'p'")


def test_a_value_is_written_as_the_model_writes_it() -> None:
    assert (
        foreign(models.Currency).written(models.Currency(currency="EUR", amount=1))
        == '{"currency":"EUR","amount":1.0}'
    )
    with pytest.raises(ValueError, match="Expected"):
        foreign(Annotated[date, Field()]).written("x")
