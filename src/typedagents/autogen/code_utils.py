"""Code in texts, and running it, as functions."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import venv
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import NoReturn

from anyio.from_thread import start_blocking_portal

from typedagents.autogen.exception_utils import (
    FailedAssertion,
    InvalidType,
    InvalidValue,
    NotFound,
    NotRegistered,
)
from typedagents.autogen.layer.code.docker import containers_over, image_of
from typedagents.autogen.layer.code.running import (
    Programs,
    Ran,
    limits_of,
    run_blocks,
    run_command,
    sandboxes_over,
)
from typedagents.autogen.types import MessageContentType
from typedagents.core import code as ours
from typedagents.core.errors import ConfigError, ExecutorUnavailable
from typedagents.executors.containers.engine import Engine
from typedagents.executors.containers.fresh import find_socket
from typedagents.executors.planner import ALIASES, LANGUAGES
from typedagents.executors.sandbox import SafePath, SandboxFactory
from typedagents.policies.coding.fences import fenced_blocks
from typedagents.policies.coding.languages import looks_like
from typedagents.providers.configuration import places

DEFAULT_MODEL = places.DEFAULT_MODEL
FAST_MODEL = "gpt-3.5-turbo"
CODE_BLOCK_PATTERN = r"```[ \t]*(\w+)?[ \t]*\r?\n(.*?)\r?\n[ \t]*```"
"""What blocks look like, roughly: the usual search knows CommonMark's rules, which no pattern can say."""
UNKNOWN = "unknown"
TIMEOUT_MSG = "Timeout"
DEFAULT_TIMEOUT = 600
"""Seconds."""
WIN32 = sys.platform == "win32"
PYTHON_VARIANTS = ("python", "Python", "py")
NO_DOCKER = "start it, or leave use_docker (and AUTOGEN_USE_DOCKER) out to run code in a sandbox, which needs no Docker"
_TRUE, _FALSE = ("1", "true", "yes", "t"), ("0", "false", "no", "f")
_SINGLE_LINE = re.compile(r"(?<!`)`(?!`)([^`\n]+)`(?!`)")


# --- texts ------------------------------------------------------------------------------------------------------


def content_str(content: MessageContentType) -> str:
    """The words of a message's content; a picture is ``<image>``."""
    if content is None or isinstance(content, str):
        return content or ""
    if not isinstance(content, list):
        raise InvalidType(f"content is None, a text or a list of parts; found {type(content).__name__}")
    return "".join(_part_str(part) for part in content)


def _part_str(part: object) -> str:
    if not isinstance(part, Mapping):
        raise InvalidType(f"a part of a message's content is a dict; found {type(part).__name__}")
    if "type" not in part:
        raise FailedAssertion(f"a part of a message's content says its type; found the keys {list(part)}")
    match part["type"]:
        case "text":
            return str(part.get("text", ""))
        case "image_url":
            return "<image>"
        case other:
            raise InvalidValue(f"the type of a part is 'text' or 'image_url'; found {other!r:.60}")


def infer_lang(code: str) -> str:
    """``python``, ``sh`` or ``unknown``, by the looks of ``code``; what is Python must also parse."""
    found = looks_like(code)
    if found not in ("", "python"):
        return found
    try:
        compile(code, "code", "exec", flags=0x400)  # the flag of ast.parse: nothing is made of it
    except (SyntaxError, ValueError):
        return UNKNOWN
    return "python"


def extract_code(
    text: MessageContentType, pattern: str = CODE_BLOCK_PATTERN, detect_single_line_code: bool = False
) -> list[tuple[str, str]]:
    """The blocks of code in ``text``, each with its label; ``[("unknown", text)]`` where there is none.

    ``detect_single_line_code`` finds what stands in single backticks too, with an empty label.
    """
    words = content_str(text)
    if pattern != CODE_BLOCK_PATTERN:
        found: list[tuple[str, str]] = re.findall(pattern, words, flags=re.DOTALL)
        return found or [(UNKNOWN, words)]
    blocks = [(one.language, one.text) for one in fenced_blocks(words) if one.closed and one.text.strip()]
    if detect_single_line_code:
        blocks += [("", line.strip()) for line in _SINGLE_LINE.findall(_outside_fences(words))]
    return blocks or [(UNKNOWN, words)]


def _outside_fences(text: str) -> str:
    for block in fenced_blocks(text):
        text = text.replace(block.text, "", 1)
    return text


# --- Docker, and environments -----------------------------------------------------------------------------------


def is_docker_running() -> bool:
    """Whether a Docker daemon answers at its socket."""
    try:
        Engine(find_socket("docker")).ping()
    except ExecutorUnavailable:
        return False
    return True


def in_docker_container() -> bool:
    """Whether this process is in a container of Docker's."""
    return os.path.exists("/.dockerenv")


def decide_use_docker(use_docker: bool | None) -> bool | None:
    """``use_docker``, or what ``AUTOGEN_USE_DOCKER`` says where it is None; ``ValueError`` where that says neither."""
    if use_docker is not None:
        return use_docker
    said = os.environ.get("AUTOGEN_USE_DOCKER", "none").strip().lower()
    if said in _TRUE or said in _FALSE:
        return said in _TRUE
    if said in ("none", ""):
        return None
    raise InvalidValue(f"AUTOGEN_USE_DOCKER is one of {', '.join((*_TRUE, *_FALSE))} or none; found {said!r}")


def check_can_use_docker_or_throw(use_docker: bool | str | Sequence[str] | None) -> None:
    """``RuntimeError`` where Docker is wanted and does not run."""
    if use_docker and not in_docker_container() and not is_docker_running():
        raise NotRegistered(f"Docker is not running; {NO_DOCKER}")


def create_virtual_env(
    dir_path: str, *, system_site_packages: bool = False, clear: bool = False, with_pip: bool = True
) -> SimpleNamespace:
    """A new virtual environment, for ``virtual_env_context``; the options are those of ``venv.EnvBuilder``."""
    builder = venv.EnvBuilder(system_site_packages, clear, symlinks=not WIN32, with_pip=with_pip)
    builder.create(dir_path)
    return builder.ensure_directories(dir_path)


# --- PowerShell, and what is gone -------------------------------------------------------------------------------


def get_powershell_command() -> str:
    """``powershell``, or ``pwsh`` where there is none; ``FileNotFoundError`` where neither answers."""
    for command in ("powershell", "pwsh"):
        try:
            done = subprocess.run(
                [command, "-Command", "$PSVersionTable.PSVersion.Major"], capture_output=True, check=False
            )
        except FileNotFoundError:
            continue
        if done.returncode == 0:
            return command
    raise NotFound(
        "neither powershell nor pwsh is on the PATH; install PowerShell, or write the script for sh"
    )


def improve_function(file_name: str, func_name: str, objective: str, **config: object) -> NoReturn:
    """Gone: it was one prompt to a model."""
    raise ConfigError(
        f"improve_function is gone; ask an AssistantAgent to {objective}, and show it {file_name}"
    )


def improve_code(
    files: Sequence[str], objective: str, suggest_only: bool = True, **config: object
) -> NoReturn:
    """Gone: it was one prompt to a model."""
    raise ConfigError(f"improve_code is gone; ask an AssistantAgent to {objective}, and show it the files")


# --- running ----------------------------------------------------------------------------------------------------


def execute_code(
    code: str | None = None,
    timeout: int | None = None,
    filename: str | None = None,
    work_dir: str | None = None,
    use_docker: bool | str | Sequence[str] | None = None,
    lang: str | None = "python",
) -> tuple[int, str, str | None]:
    """Run ``code``, or the file of this name in ``work_dir``: exit code, what it said, and the image it ran in, if any.

    What it said is its output, or its complaints where it failed. It runs in a sandbox over ``work_dir``; without one,
    over a folder that is removed again. With a ``filename`` the code is kept there. ``use_docker``: in a container, of
    this image if it names one.
    """
    if code is None and filename is None:
        raise FailedAssertion("execute_code runs a text or a file: give code or filename")
    image = image_of(decide_use_docker(None) if use_docker is None else use_docker)
    private = tempfile.mkdtemp(prefix="typedagents-") if work_dir is None else None
    folder = os.path.abspath(work_dir) if private is None and work_dir is not None else str(private)
    language = _runnable(lang or infer_lang(code or ""))
    programs = Programs({language: True}, limits_of(timeout or DEFAULT_TIMEOUT))
    try:
        sandboxes = (
            sandboxes_over(folder, accept_no_isolation=use_docker is False)
            if image is None
            else containers_over(folder, image)
        )
        with start_blocking_portal() as portal:
            ran = portal.call(_executed, sandboxes, programs, language, code, filename)
        if filename is None:
            Path(folder, ran.path).unlink(missing_ok=True)
    finally:
        if private:
            shutil.rmtree(private, ignore_errors=True)
    return ours.exit_code(ran.result.end), _said(ran.result, folder), image


def _runnable(lang: str) -> str:
    language = ALIASES.get(lang.lower(), lang.lower())
    if language not in LANGUAGES:
        raise NotImplementedError(f"execute_code runs {', '.join(LANGUAGES)}; found {lang!r}")
    return language


async def _executed(
    sandboxes: SandboxFactory, programs: Programs, language: str, code: str | None, filename: str | None
) -> Ran:
    async with sandboxes.open() as sandbox:
        if code is not None:
            ran = await run_blocks(sandbox, [ours.CodeBlock(language, code, filename)], programs)
            return ran[-1]
        path = SafePath(f"{filename}")
        return Ran(await run_command(sandbox, programs.command(language, path), programs), path.text)


def _said(result: ours.BlockResult, folder: str) -> str:
    match result.end:
        case ours.TimedOut():
            return TIMEOUT_MSG
        case ours.Exited(0):
            said = result.stdout.text
        case ours.Exited():
            said = result.stderr.text
        case _:
            said = result.text
    for home in ("/workspace/", f"{folder}/"):
        said = said.replace(home, "")
    return said
