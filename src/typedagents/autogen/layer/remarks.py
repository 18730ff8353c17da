"""What is to be known of AutoGen's names, for whoever brings a program: what differs, and what is not here, and why.

``DIFFERS`` goes by the last part of a name, or by a keyword with its ``=``. The whole list, with reasons, is in
``docs/how-to/autogen-differences.md``.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

_SANDBOX = "code runs in bubblewrap: the folder is shared, no network, none of this environment's packages"
_RAG = "retrieval and vector databases are not re-created; write a tool that searches"
_PATTERNS = "use initiate_group_chat with a pattern"
_CLIENTS = (
    "services are spoken to in their own formats, without client classes; use api_type in a configuration"
)

DIFFERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "LocalCommandLineCodeExecutor": _SANDBOX,
        "code_execution_config=": f"{_SANDBOX}; use_docker=True means Docker",
        "DockerCommandLineCodeExecutor": "each program has a container of its own, without network, which ends with it",
        "PodCommandLineCodeExecutor": "each call has a pod of its own, without rights; pod_spec is an error",
        "LocalJupyterServer": "kernels run in the sandbox; there is no server, no port and no token",
        "DockerJupyterServer": "kernels run in containers of an image that has ipykernel; there is no server and no port",
        "JupyterCodeExecutor": "cells see a private folder and no network",
        "config_list_from_json": "keys are hidden by repr; what is no JSON is a ValueError that quotes nothing of it",
        "Cache": "one SQLite file in the folder; what AutoGen wrote there before is not read",
        "cache_seed=": "answers are kept where a seed is given, and nowhere else",
        "initiate_chats": "entries are not written into; so a queue can be held twice",
        "GroupChat": "messages is a snapshot: append with GroupChat.append(message, speaker)",
        "count_token": "an approximation by words, without tables",
        "get_function_schema": "returns plain dicts",
        "visualize_speaker_transitions_dict": "returns the text of a Mermaid flowchart",
        "Teachability": "memos are found by words in common, in one SQLite file",
        "DalleImageGenerator": "speaks OpenAI's format itself; the next entry is asked where one fails; Pillow is the extra images",
        "MathUserProxyAgent": "runs code in the sandbox; Wolfram|Alpha is asked over HTTP, without a package",
        "LLaVAAgent": "workers are asked over HTTP; Replicate's models by its package",
        "register_model_client": "one client for each entry that names the class",
    }
)

NOT_HERE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "GPTAssistantAgent": "OpenAI ends the Assistants API; use an AssistantAgent with api_type 'responses'",
        "gpt_assistant_agent": "OpenAI ends the Assistants API; use an AssistantAgent with api_type 'responses'",
        "AgentBuilder": "agents that write agents are not re-created",
        "agent_builder": "agents that write agents are not re-created",
        "AgentOptimizer": "not re-created",
        "agent_optimizer": "not re-created",
        "agent_eval": "not re-created; replay recorded runs in tests instead",
        "CompressibleAgent": "AutoGen itself replaced it; use TransformMessages",
        "compressible_agent": "AutoGen itself replaced it; use TransformMessages",
        "RetrieveUserProxyAgent": _RAG,
        "RetrieveAssistantAgent": _RAG,
        "QdrantRetrieveUserProxyAgent": _RAG,
        "retrieve_user_proxy_agent": _RAG,
        "retrieve_assistant_agent": _RAG,
        "retrieve_utils": _RAG,
        "vectordb": _RAG,
        "graph_rag": _RAG,
        "web_surfer": "not re-created; use tools of an MCP server that browses",
        "WebSurferAgent": "not re-created; use tools of an MCP server that browses",
        "browser_utils": "not re-created; use tools of an MCP server that browses",
        "AnthropicClient": _CLIENTS,
        "GeminiClient": _CLIENTS,
        "OpenAIClient": _CLIENTS,
        "JupyterClient": "there is no Jupyter server to be a client of",
        "OAI_PRICE1K": "a price is what an entry's price, or the provider, says",
        "initiate_swarm_chat": _PATTERNS,
        "a_initiate_swarm_chat": _PATTERNS,
        "run_swarm": _PATTERNS,
        "a_run_swarm": _PATTERNS,
        "mcp": "typedagents.mcp serves and calls tools over MCP; a Tool of its own can ask a server",
        "safeguards": "not re-created; guardrails are there",
        "math_user_proxy_agent": "not re-created; use a UserProxyAgent that runs code",
        "generate_code": "not re-created; ask an agent",
        "improve_code": "not re-created; ask an agent",
        "improve_function": "not re-created; ask an agent",
        "implement": "not re-created; ask an agent",
        "eval_function_completions": "not re-created",
    }
)
