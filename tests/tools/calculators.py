"""The parameters of the two currency calculators, exactly as a model has to be told of them."""

from __future__ import annotations

CALCULATOR: dict[str, object] = {
    "type": "object",
    "properties": {
        "base_amount": {"type": "number", "description": "Amount of currency in base_currency"},
        "base_currency": {
            "enum": ["USD", "EUR"],
            "type": "string",
            "default": "USD",
            "description": "Base currency",
        },
        "quote_currency": {
            "enum": ["USD", "EUR"],
            "type": "string",
            "default": "EUR",
            "description": "Quote currency",
        },
    },
    "required": ["base_amount"],
}
CALCULATOR_OF_MODELS: dict[str, object] = {
    "type": "object",
    "properties": {
        "base": {
            "properties": {
                "currency": {
                    "description": "Currency symbol",
                    "enum": ["USD", "EUR"],
                    "title": "Currency",
                    "type": "string",
                },
                "amount": {
                    "default": 0,
                    "description": "Amount of currency",
                    "minimum": 0.0,
                    "title": "Amount",
                    "type": "number",
                },
            },
            "required": ["currency"],
            "title": "Currency",
            "type": "object",
            "description": "Base currency: amount and currency symbol",
        },
        "quote_currency": {
            "enum": ["USD", "EUR"],
            "type": "string",
            "default": "USD",
            "description": "Quote currency symbol",
        },
    },
    "required": ["base"],
}
