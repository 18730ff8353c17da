"""How servers that speak the chat-completions format differ in what they want to be sent, as data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias
from urllib.parse import quote

from attrs import evolve, frozen

from typedagents.providers.formats.outputs import Outputs

SpeakerNames: TypeAlias = Literal["field", "prefix", "none"]
ReasoningBack: TypeAlias = Literal["with_calls", "always", "never"]


@frozen(cache_hash=True)
class Profile:
    """One kind of server.

    ``provider`` names where replies came from; a server's own state goes back to the same name only. ``base_url`` is
    where it is found; ``{NAME}`` in it is an environment variable, for services that give each customer an address.
    ``keys`` are the environment variables that may hold its key. Secrets go into ``key_header`` behind ``key_prefix``.
    ``required`` is its word for a choice of tools that leaves the model none but to call one. ``names``: how other
    speakers are named, in the ``name`` field, in front of their words, or not at all. ``reasoning_back``: when a model
    is shown its earlier thoughts, in the field they came in (some servers demand them beside calls, and refuse them
    elsewhere). ``outputs``: how answers of a certain shape are asked for.
    """

    provider: str = ""
    base_url: str = ""
    keys: tuple[str, ...] = ()
    path: str = "/chat/completions"
    query: str = ""
    key_header: str = "authorization"
    key_prefix: str = "Bearer "
    idempotency_header: str = ""
    system_role: Literal["system", "developer"] = "system"
    max_tokens_field: str = "max_tokens"
    seed_field: str = "seed"
    required: str = "required"
    stream_usage: bool = True
    names: SpeakerNames = "field"
    reasoning_back: ReasoningBack = "with_calls"
    outputs: Outputs = Outputs()


OPENAI = Profile(
    provider="openai",
    base_url="https://api.openai.com/v1",
    keys=("OPENAI_API_KEY",),
    idempotency_header="idempotency-key",
    max_tokens_field="max_completion_tokens",
)
"""OpenAI's own API: its reasoning models refuse ``max_tokens``."""

COMPATIBLE = Profile()
"""What every server that claims the format understands."""

AZURE = Profile(
    provider="azure",
    base_url="{AZURE_OPENAI_ENDPOINT}/openai/v1",
    keys=("AZURE_OPENAI_API_KEY",),
    key_header="api-key",
    key_prefix="",
    max_tokens_field="max_completion_tokens",
)
"""Azure's newer address, where a model's name is that of a deployment; ``azure_deployment`` is for the older one."""

SERVERS: tuple[Profile, ...] = (
    OPENAI,
    AZURE,
    Profile(
        provider="mistral",
        base_url="https://api.mistral.ai/v1",
        keys=("MISTRAL_API_KEY",),
        seed_field="random_seed",
        required="any",
        stream_usage=False,  # it is told anyway, and other fields than its own are refused
        names="prefix",
        reasoning_back="always",
    ),
    Profile(
        provider="groq",
        base_url="https://api.groq.com/openai/v1",
        keys=("GROQ_API_KEY",),
        max_tokens_field="max_completion_tokens",
    ),
    Profile(
        provider="deepseek",
        base_url="https://api.deepseek.com",
        keys=("DEEPSEEK_API_KEY",),
        outputs=Outputs("json"),
    ),
    Profile(provider="openrouter", base_url="https://openrouter.ai/api/v1", keys=("OPENROUTER_API_KEY",)),
    Profile(
        provider="zai",
        base_url="https://api.z.ai/api/paas/v4",
        keys=("ZAI_API_KEY", "ZHIPUAI_API_KEY"),
        names="prefix",
        outputs=Outputs("json"),
    ),
    Profile(
        provider="cerebras",
        base_url="https://api.cerebras.ai/v1",
        keys=("CEREBRAS_API_KEY",),
        max_tokens_field="max_completion_tokens",
        names="prefix",
    ),
    Profile(provider="ollama", base_url="http://localhost:11434/v1", names="prefix"),
    Profile(provider="vllm", base_url="http://localhost:8000/v1", keys=("VLLM_API_KEY",), names="prefix"),
    Profile(
        provider="llama.cpp", base_url="http://localhost:8080/v1", keys=("LLAMA_API_KEY",), names="prefix"
    ),
    Profile(
        provider="databricks",
        base_url="{DATABRICKS_HOST}/serving-endpoints",
        keys=("DATABRICKS_TOKEN",),
        stream_usage=False,  # told in every piece
        names="prefix",
    ),
    Profile(
        provider="snowflake",
        base_url="https://{SNOWFLAKE_ACCOUNT}.snowflakecomputing.com/api/v2/cortex/v1",
        keys=("SNOWFLAKE_PAT", "SNOWFLAKE_TOKEN"),
        max_tokens_field="max_completion_tokens",
        names="prefix",
    ),
    Profile(
        provider="cloudflare",
        base_url="https://api.cloudflare.com/client/v4/accounts/{CLOUDFLARE_ACCOUNT_ID}/ai/v1",
        keys=("CLOUDFLARE_API_TOKEN", "CLOUDFLARE_API_KEY"),
        names="prefix",
    ),
    Profile(
        provider="huggingface",
        base_url="https://router.huggingface.co/v1",
        keys=("HF_TOKEN", "HUGGINGFACE_API_KEY"),
    ),
    Profile(provider="together", base_url="https://api.together.xyz/v1", keys=("TOGETHER_API_KEY",)),
    Profile(
        provider="writer",
        base_url="https://api.writer.com/v1",
        keys=("WRITER_API_KEY",),
        path="/chat",
        names="prefix",
    ),
    Profile(
        provider="crusoe",
        base_url="https://api.inference.crusoecloud.com/v1",
        keys=("CRUSOE_API_KEY",),
        names="prefix",
    ),
    Profile(
        provider="google",
        base_url="https://generativelanguage.googleapis.com/v1beta/openai",
        keys=("GEMINI_API_KEY", "GOOGLE_API_KEY"),
        names="prefix",
    ),
    Profile(
        provider="bedrock-mantle",
        base_url="https://bedrock-mantle.{AWS_REGION}.api.aws/v1",
        keys=("AWS_BEARER_TOKEN_BEDROCK",),
        names="prefix",
    ),
    Profile(
        provider="portkey",
        base_url="https://api.portkey.ai/v1",
        keys=("PORTKEY_API_KEY",),
        key_header="x-portkey-api-key",
        key_prefix="",
    ),
)
"""The servers that are known by name."""

PROFILES: Mapping[str, Profile] = {profile.provider: profile for profile in SERVERS}


def azure_deployment(deployment: str, api_version: str) -> Profile:
    """How one deployment is spoken to at Azure's older address, whose ``base_url`` is that of the resource alone."""
    return evolve(
        AZURE,
        base_url="{AZURE_OPENAI_ENDPOINT}",
        path=f"/openai/deployments/{quote(deployment, safe='')}/chat/completions",
        query=f"api-version={quote(api_version, safe='')}",
    )
