"""Pydantic models that tools may take. In a module of their own: without pydantic's plugin, mypy sees Any in each."""

from __future__ import annotations

from typing import Annotated, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, field_validator
from pydantic.dataclasses import dataclass

T = TypeVar("T")


class Currency(BaseModel):
    currency: Annotated[Literal["USD", "EUR"], Field(..., description="Currency symbol")]
    amount: Annotated[float, Field(0, description="Amount of currency", ge=0)]


class Tree(BaseModel):
    """A tree of any depth."""

    children: list[Tree] = []


class Leafy(BaseModel):
    trees: list[Tree]
    first: Annotated[Tree, Field(description="The first")] | None = None


class Cat(BaseModel):
    kind: Literal["cat"] = "cat"
    lives: int = 9


class Dog(BaseModel):
    kind: Literal["dog"] = "dog"
    name: str


class Owner(BaseModel):
    pet: Annotated[Cat | Dog, Field(discriminator="kind")]
    other: Dog | None = None


class Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    even: int
    tags: frozenset[str] = frozenset()

    @field_validator("even")
    @classmethod
    def _is_even(cls, value: int) -> int:
        if value % 2:
            raise ValueError("an even number is even")
        return value


class Wrapped(BaseModel, Generic[T]):
    inner: T


@dataclass
class Measured:
    """A pydantic dataclass."""

    length: Annotated[float, Field(gt=0)]
    unit: str = "m"
