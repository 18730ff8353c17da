"""Pydantic models of the seeds' programs."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field

Symbol = Literal["USD", "EUR"]


class Currency(BaseModel):
    currency: Annotated[Symbol, Field(..., description="Currency symbol")]
    amount: Annotated[float, Field(0, description="Amount of currency", ge=0)]


class Wallet(BaseModel):
    """Several amounts of money."""

    held: list[Currency]
