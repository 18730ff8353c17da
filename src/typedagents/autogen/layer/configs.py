"""What agents are configured with: models, and code to run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, TypeAlias

from attrs import frozen

from typedagents.autogen.exception_utils import InvalidValue

from .code.docker import image_of
from .models import checked

LLMConfig: TypeAlias = dict[str, object]
"""``{"config_list": [{"model": ...}], "temperature": ..., "tools": [...]}``: a plain dict."""

LLM_OPTIONS: Final = frozenset(
    {
        "api_key",
        "api_type",
        "api_version",
        "base_url",
        "cache_seed",
        "config_list",
        "frequency_penalty",
        "functions",
        "max_tokens",
        "model",
        "n",
        "parallel_tool_calls",
        "presence_penalty",
        "price",
        "request_timeout",
        "response_format",
        "seed",
        "stop",
        "stream",
        "temperature",
        "timeout",
        "tool_choice",
        "tools",
        "top_p",
        "use_cache",
    }
)
"""Keywords of an agent that belong to its model."""


GivenConfig: TypeAlias = "Mapping[str, object] | Literal[False] | None"
"""What programs give as llm_config: a dict, False for no model, None for none of their own choice."""


def items(config: Mapping[str, object], key: str) -> list[Mapping[str, object]]:
    """The dicts in a list of ``config``; none where there is no such list."""
    found = config.get(key)
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list | tuple) else []


def copied(value: object) -> object:
    """Dicts and lists anew, with all else in them as it is."""
    if isinstance(value, dict):
        return {key: copied(one) for key, one in value.items()}
    return [copied(one) for one in value] if isinstance(value, list) else value


def llm_config_of(given: object) -> LLMConfig | Literal[False]:
    """``given`` as an agent keeps it; ``ValueError`` where it names no model."""
    if given is None or given is False:
        return False
    return {key: copied(value) for key, value in checked(given).items()}


@frozen
class CodeSettings:
    """What code of others is run, and where. ``executor``: an executor of one's own; else one for ``work_dir``."""

    work_dir: str | None = None
    use_docker: object = None
    timeout: float | None = None
    last_n: int | Literal["auto"] = "auto"
    executor: object = None


def code_settings_of(given: object) -> CodeSettings | None:
    """``code_execution_config`` as an agent goes by it; None: it runs no code."""
    if given is False or given is None:
        return None
    if not isinstance(given, Mapping):
        raise InvalidValue(f"code_execution_config is a dict, or False for no code; found {given!r:.60}")
    executor = given.get("executor")
    if executor is not None:
        clash = [key for key in ("use_docker", "work_dir", "timeout") if key in given]
        if clash:
            raise InvalidValue(
                f"code_execution_config names an executor and also {', '.join(clash)}; give that to the executor itself"
            )
        if hasattr(executor, "code_executor"):
            raise InvalidValue(
                f"code_execution_config names an agent as executor; write its executor: {executor.name}.code_executor"
            )
    image_of(given.get("use_docker"))  # what is no image is told now
    last = given.get("last_n_messages", "auto")
    if last != "auto" and not (isinstance(last, int) and last > 0):
        raise InvalidValue(f"last_n_messages is a number of messages from 1, or 'auto'; found {last!r}")
    timeout, work_dir = given.get("timeout"), given.get("work_dir")
    return CodeSettings(
        None if work_dir is None else str(work_dir),
        given.get("use_docker"),
        float(timeout) if isinstance(timeout, int | float) else None,
        last if isinstance(last, int) else "auto",
        executor,
    )
