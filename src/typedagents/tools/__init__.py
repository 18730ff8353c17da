"""Tools: typed functions that models call, and programs as before.

@tool, raw_tool, toolset, toolset_of    functions as tools, and several of them together
Doc, Bounds                             words and bounds in ``Annotated``, for the model
Depends, FromWorld                      what the world gives a tool beside the model's arguments
FunctionsModule                         functions that programs which a model writes may import
BadArguments                            arguments that do not fit, in words for the model that wrote them
"""

from .bad_arguments import BadArguments
from .constraints import Bounds, Doc
from .functions.calls import Called
from .functions.injection import Depends, FromWorld
from .functions.module import FunctionsModule
from .functions.tool import FunctionTool, PartialTool
from .given import Given
from .raw import RawTool, raw_tool
from .tool import Performed, Tool
from .toolset import Toolset, toolset, toolset_of

# isort: split
# The decorator has the name of a module that is imported above; from here on the name is the decorator's.
from .functions.decorator import tool

__all__ = [
    "BadArguments",
    "Bounds",
    "Called",
    "Depends",
    "Doc",
    "FromWorld",
    "FunctionTool",
    "FunctionsModule",
    "Given",
    "PartialTool",
    "Performed",
    "RawTool",
    "Tool",
    "Toolset",
    "raw_tool",
    "tool",
    "toolset",
    "toolset_of",
]
