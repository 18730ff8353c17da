"""The executor that a configuration asks for."""

from __future__ import annotations

from collections.abc import Mapping

from typedagents.autogen.exception_utils import InvalidValue
from typedagents.core.errors import ConfigError

from .base import CodeExecutor
from .local_commandline_code_executor import LocalCommandLineCodeExecutor

__all__ = ["CodeExecutorFactory"]

LATER = "it comes with a later version; use 'commandline-local', which runs in a sandbox, or an executor of your own"


class CodeExecutorFactory:
    """Makes executors."""

    @staticmethod
    def create(code_execution_config: Mapping[str, object]) -> CodeExecutor:
        """The ``executor`` of this configuration: one that is made already, or ``"commandline-local"``.

        ``ConfigError``, which is a ``ValueError``, for anything else.
        """
        asked = code_execution_config.get("executor")
        match asked:
            case CodeExecutor():
                return asked
            case "commandline-local":
                options = code_execution_config.get("commandline-local", {})
                if not isinstance(options, Mapping):
                    raise InvalidValue(
                        f"'commandline-local' holds the executor's options; found {options!r:.60}"
                    )
                return LocalCommandLineCodeExecutor.configured(options)
            case "ipython-embedded":
                raise ConfigError(f"executor 'ipython-embedded': {LATER}")
            case _:
                raise InvalidValue(
                    f"unknown code executor {asked!r:.60}; known are 'commandline-local' and objects with"
                    " execute_code_blocks, restart and code_extractor"
                )
