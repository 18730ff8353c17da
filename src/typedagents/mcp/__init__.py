"""The Model Context Protocol, by its official SDK (the extra ``mcp``): servers' tools for us, our tools for clients.

McpServer     a server as a value: ``stdio``, ``http``, ``in_process``; its tools, resources and prompts
McpTool       one of its tools, in the toolset that ``McpServer.tools`` gives
ToolProgress  how far a call is: what watchers are shown of it
serve         any toolset as a server, over standard streams, HTTP or in process
"""

from .offers import FilledPrompt, McpPrompt, McpResource, PromptArgument
from .server import McpServer
from .serving import ToolServer, serve
from .tool import McpTool, ToolProgress

__all__ = [
    "FilledPrompt",
    "McpPrompt",
    "McpResource",
    "McpServer",
    "McpTool",
    "PromptArgument",
    "ToolProgress",
    "ToolServer",
    "serve",
]
