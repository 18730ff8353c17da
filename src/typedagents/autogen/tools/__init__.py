"""Functions as objects, and what they are given beside a model's arguments."""

from typedagents.autogen.function_utils import (
    get_function_schema,
    load_basemodels_if_needed,
    serialize_to_str,
)

from .dependency_injection import BaseContext, ChatContext, Depends, Field
from .tool import Tool, tool
from .toolkit import Toolkit

__all__ = [
    "BaseContext",
    "ChatContext",
    "Depends",
    "Field",
    "Tool",
    "Toolkit",
    "get_function_schema",
    "load_basemodels_if_needed",
    "serialize_to_str",
    "tool",
]
