"""The executor that a configuration asks for."""

from __future__ import annotations

from collections.abc import Mapping

from typedagents.autogen.exception_utils import InvalidValue

from .base import CodeExecutor
from .jupyter.embedded_ipython_code_executor import EmbeddedIPythonCodeExecutor
from .local_commandline_code_executor import LocalCommandLineCodeExecutor

__all__ = ["CodeExecutorFactory"]


class CodeExecutorFactory:
    """Makes executors."""

    @staticmethod
    def create(code_execution_config: Mapping[str, object]) -> CodeExecutor:
        """The ``executor`` of this configuration: one that is made already, or the name of a kind.

        That is ``"commandline-local"`` or ``"ipython-embedded"``, whose options stand under the same name.
        ``ConfigError``, which is a ``ValueError``, for anything else.
        """
        asked = code_execution_config.get("executor")
        match asked:
            case CodeExecutor():
                return asked
            case "commandline-local":
                return LocalCommandLineCodeExecutor.configured(
                    _options(code_execution_config, "commandline-local")
                )
            case "ipython-embedded":
                return EmbeddedIPythonCodeExecutor.configured(
                    _options(code_execution_config, "ipython-embedded")
                )
            case _:
                raise InvalidValue(
                    f"Unknown code executor {asked!s:.60}: known are 'commandline-local', 'ipython-embedded' and objects"
                    " with execute_code_blocks, restart and code_extractor"
                )


def _options(config: Mapping[str, object], name: str) -> Mapping[str, object]:
    options = config.get(name, {})
    if not isinstance(options, Mapping):
        raise InvalidValue(f"{name!r} holds the executor's options; found {options!r:.60}")
    return options
