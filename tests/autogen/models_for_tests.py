"""Pydantic models of the seeds' programs."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field


class Currency(BaseModel):
    currency: Annotated[Literal["USD", "EUR"], Field(..., description="Currency symbol")]
    amount: Annotated[float, Field(0, description="Amount of currency", ge=0)]
