"""Functions as objects, and what they are given beside a model's arguments."""

from .dependency_injection import BaseContext, ChatContext, Depends, Field
from .tool import Tool, tool
from .toolkit import Toolkit

__all__ = ["BaseContext", "ChatContext", "Depends", "Field", "Tool", "Toolkit", "tool"]
