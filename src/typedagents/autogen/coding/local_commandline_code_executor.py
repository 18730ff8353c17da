"""Programs in files of a folder, run by their language's command: in a sandbox, with that folder in it."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from string import Template
from types import SimpleNamespace

from typedagents.autogen.exception_utils import InvalidValue
from typedagents.autogen.layer.code.command_line import CommandLineExecutor, options_of
from typedagents.autogen.layer.code.running import Programs, limits_of, run_command, sandboxes_over
from typedagents.autogen.layer.code.scripts import danger_in
from typedagents.core import code as ours
from typedagents.executors.planner import SYSTEM_PATH
from typedagents.executors.sandbox import SafePath, Sandbox, SandboxFactory

from .func_with_reqs import module_of, name_of, packages_of, to_stub

__all__ = ["LocalCommandLineCodeExecutor"]

OPTIONS = (
    "timeout",
    "virtual_env_context",
    "work_dir",
    "functions",
    "functions_module",
    "execution_policies",
)


class LocalCommandLineCodeExecutor(CommandLineExecutor):
    """Runs blocks of code over the folder ``work_dir``, where their files and all they leave behind stay.

    They run in bubblewrap: they see that folder, the system's programs read-only, and no network. ``timeout`` is in
    seconds, for each block. ``virtual_env_context`` (``create_virtual_env``) is whose Python runs, with what is
    installed there. ``functions`` may be imported from ``functions_module``. ``execution_policies`` says, by language,
    whether a block is run or only kept. ``accept_no_isolation``: where there is no bubblewrap, run on this machine as
    it is; a warning says so. ``ExecutorUnavailable`` at the first run where there is none and that was not accepted.
    """

    FUNCTION_PROMPT_TEMPLATE: str = """These functions are there for your programs, in the module `$module_name`.
Import what you need, as in `from $module_name import name_of_the_function`.

$functions"""

    def __init__(
        self,
        timeout: int = 60,
        virtual_env_context: SimpleNamespace | None = None,
        work_dir: Path | str = ".",
        functions: Sequence[object] = (),
        functions_module: str = "functions",
        execution_policies: Mapping[str, bool] | None = None,
        *,
        accept_no_isolation: bool = False,
    ) -> None:
        super().__init__(timeout, work_dir, execution_policies)
        if not functions_module.isidentifier():
            raise InvalidValue(
                f"functions_module is a name that Python can import; found {functions_module!r}"
            )
        self._environment = virtual_env_context
        self._functions = tuple(functions)
        self._functions_module = functions_module
        self._accepts_no_isolation = accept_no_isolation
        self._functions_written = not self._functions
        packages = packages_of(self._functions)
        if packages and virtual_env_context is None:
            raise InvalidValue(
                f"the functions need {', '.join(packages)}, and no network is there to install them by; install them"
                " into a virtual environment, and give it as virtual_env_context"
            )

    @classmethod
    def configured(
        cls, options: Mapping[str, object], *, accept_no_isolation: bool = False
    ) -> LocalCommandLineCodeExecutor:
        """The executor with these options, as a configuration holds them."""
        options = options_of(options, OPTIONS)
        timeout, folder = options.get("timeout", 60), options.get("work_dir", ".")
        environment, functions = options.get("virtual_env_context"), options.get("functions", ())
        policies = options.get("execution_policies") or {}
        if not isinstance(timeout, int | float):
            raise InvalidValue(f"timeout is a number of seconds; found {timeout!r:.60}")
        if not isinstance(folder, str | Path):
            raise InvalidValue(f"work_dir is a path; found {folder!r:.60}")
        if not isinstance(environment, SimpleNamespace | None):
            raise InvalidValue("virtual_env_context is what create_virtual_env returns")
        if not isinstance(functions, Sequence) or not isinstance(policies, Mapping):
            raise InvalidValue("functions is a list of functions, execution_policies a dict by language")
        return cls(
            int(timeout),
            environment,
            folder,
            functions,
            str(options.get("functions_module", "functions")),
            {str(language): bool(runs) for language, runs in policies.items()},
            accept_no_isolation=accept_no_isolation,
        )

    @property
    def functions(self) -> tuple[object, ...]:
        """What programs may import."""
        return self._functions

    @property
    def functions_module(self) -> str:
        """Where they import it from."""
        return self._functions_module

    def format_functions_for_prompt(self, prompt_template: str = FUNCTION_PROMPT_TEMPLATE) -> str:
        """What to tell a model of the functions; the template names ``$module_name`` and ``$functions``."""
        stubs = "\n\n".join(to_stub(one) for one in self._functions)
        return Template(prompt_template).substitute(module_name=self._functions_module, functions=stubs)

    @staticmethod
    def sanitize_command(lang: str, code: str) -> None:
        """``ValueError`` for a few shell commands that nobody means well. The sandbox is what protects; not this."""
        danger = danger_in(lang, code)
        if danger:
            raise InvalidValue(f"potentially dangerous command: {danger}")

    # --- how --------------------------------------------------------------------------------------------------

    def _place(self) -> SandboxFactory:
        return sandboxes_over(
            str(self._work_dir),
            read_only=self._folders_of_environment(),
            accept_no_isolation=self._accepts_no_isolation,
        )

    def _manner(self) -> Programs:
        limits = limits_of(self._timeout)
        if self._environment is None:
            return Programs(self.execution_policies, limits)
        programs = os.path.abspath(self._environment.bin_path)
        env = {"PATH": os.pathsep.join((programs, SYSTEM_PATH)), "VIRTUAL_ENV": os.path.dirname(programs)}
        return Programs(self.execution_policies, limits, os.path.abspath(self._environment.env_exe), env)

    def _folders_of_environment(self) -> list[str]:
        """The virtual environment, and the installation of Python that it is made from."""
        if self._environment is None:
            return []
        homes = [os.path.abspath(self._environment.env_dir), sys.base_prefix]
        return [home for home in homes if not home.startswith("/usr")]

    async def _prepared(self, sandbox: Sandbox) -> None:
        if self._functions_written:
            return
        path = SafePath(f"{self._functions_module}.py")
        await sandbox.write_file(path, module_of(self._functions).encode())
        result = await run_command(sandbox, self._programs.command("python", path), self._programs)
        if ours.exit_code(result.end):
            names = ", ".join(name_of(one) for one in self._functions)
            raise InvalidValue(
                f"the module of the functions {names} cannot be imported: {result.text}; name their imports with"
                " with_requirements(global_imports=...)"
            )
        self._functions_written = True
