"""JSON Schemas: written from shapes, and those that others wrote."""

from .writing import schema_of, schema_text

__all__ = ["schema_of", "schema_text"]
