"""Tools of other frameworks as tools of agents.

    tool = Interoperability().convert_tool(tool=wikipedia, type="langchain")
    tool.register_for_llm(assistant); tool.register_for_execution(user_proxy)

What a tool is told by is asked of the tool itself; its framework is imported only where it has to be asked for more.
"""

from .interoperability import (
    CrewAIInteroperability,
    Interoperability,
    Interoperable,
    LangChainInteroperability,
    PydanticAIInteroperability,
)

__all__ = [
    "CrewAIInteroperability",
    "Interoperability",
    "Interoperable",
    "LangChainInteroperability",
    "PydanticAIInteroperability",
]
