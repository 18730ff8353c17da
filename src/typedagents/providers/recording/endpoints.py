"""What an address is called in recordings: the service behind a host, the endpoint and the model in a path."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import unquote

from typedagents.providers.keys import is_local
from typedagents.providers.loose import entries, words

PROVIDERS: Mapping[str, str] = {
    "api.openai.com": "openai",
    "api.anthropic.com": "anthropic",
    "generativelanguage.googleapis.com": "google",
    "aiplatform.googleapis.com": "google-vertex",
    "openai.azure.com": "azure-openai",
    "services.ai.azure.com": "azure-openai",
    "api.mistral.ai": "mistral",
    "api.groq.com": "groq",
    "api.deepseek.com": "deepseek",
    "openrouter.ai": "openrouter",
    "api.z.ai": "zai",
    "api.cerebras.ai": "cerebras",
    "api.together.xyz": "together",
    "api.writer.com": "writer",
    "router.huggingface.co": "huggingface",
    "api.cloudflare.com": "cloudflare",
    "cloud.databricks.com": "databricks",
    "azuredatabricks.net": "databricks",
    "snowflakecomputing.com": "snowflake",
    "api.cohere.com": "cohere",
    "amazonaws.com": "bedrock",
}
"""Names by the end of the host's."""

ENDPOINTS: tuple[tuple[str, str], ...] = (
    (r"/chat/completions$", "chat.completions"),
    (r"/responses$", "responses"),
    (r"/messages$", "messages"),
    (r"/messages/count_tokens$", "messages.count_tokens"),
    (r"/models/[^/]+:(\w+)$", r"\1"),
    (r"/api/(chat|generate)$", r"api.\1"),
    (r"/(v\d)/(chat|embed)$", r"\1.\2"),
    (r"/model/[^/]+/([\w-]+)$", r"\1"),
)


def provider_of(host: str) -> str:
    """The service's name. Of hosts that are not known only whether they are this machine: whose they are is private."""
    if is_local(host):
        return "local"
    vertex = host.endswith("-aiplatform.googleapis.com")
    known = (name for end, name in PROVIDERS.items() if host == end or host.endswith(f".{end}"))
    return "google-vertex" if vertex else next(known, "unknown")


def endpoint_of(path: str, provider: str) -> str:
    """The endpoint's name; the last word of the path, where it is not known."""
    path = path.partition("?")[0]
    if path.endswith("/v1/chat") and provider != "cohere":
        return "chat.completions"  # Writer's name for it; Cohere's first version was a format of its own
    for pattern, name in ENDPOINTS:
        if found := re.search(pattern, path):
            return found.expand(name)
    return path.rstrip("/").rpartition("/")[2]


def model_of(path: str, json: object) -> str:
    """The model that is asked: some services have it in the path."""
    found = re.search(r"/(?:models?|deployments)/([^/:?]+)", path)
    return words(entries(json).get("model")) or (unquote(found[1]) if found else "")
