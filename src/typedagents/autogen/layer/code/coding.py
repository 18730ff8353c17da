"""What an agent runs code with. A mixin of ``ConversableAgent``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Literal

from typedagents.autogen.layer.configs import CodeSettings, code_settings_of
from typedagents.interpreter.ports import CodeExecutor

from .executing import as_classic, as_port, executor_of


class Coding:
    """See the module's text."""

    _code: CodeSettings | None
    _code_config: Mapping[str, object] | Literal[False]
    _executor: CodeExecutor | None

    @property
    def code_settings(self) -> CodeSettings | None:
        """What code it runs, and where."""
        return self._code

    @property
    def _code_execution_config(self) -> Mapping[str, object] | Literal[False]:
        return self._code_config

    @_code_execution_config.setter
    def _code_execution_config(self, given: Mapping[str, object] | Literal[False]) -> None:
        self._code = code_settings_of(given)
        self._code_config = False if given is False else dict(given)
        self._executor = None

    @property
    def code_executor(self) -> object:
        """The executor that runs code for it; None where it runs none."""
        return None if self._code is None else as_classic(self.native_executor())

    @property
    def use_docker(self) -> object:
        """What its code_execution_config says of Docker."""
        return None if self._code is None else self._code.use_docker

    @contextmanager
    def running_code_as(self, settings: CodeSettings | None) -> Iterator[None]:
        """Within this block, run code so."""
        before, self._code = self._code, settings
        try:
            yield
        finally:
            self._code = before

    def native_executor(self) -> CodeExecutor:
        """What runs its code in the typed core."""
        if self._executor is None:
            self._executor = as_port(executor_of(self._code_config or {}))
        return self._executor
