"""Methods as a page of facts about AutoGen tells them, where TYPEDAGENTS_REFERENCE names the folder that it is in.

What the page says is in ``test_signatures`` as well, word for word; here a page that was corrected since is read anew.
"""

from __future__ import annotations

import ast
import inspect
import os
import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from typedagents.autogen import ConversableAgent

FOLDER = os.environ.get("TYPEDAGENTS_REFERENCE", "")
PAGE = Path(FOLDER, "autogen_api.md")
HEAD = "## Methods of ConversableAgent"
MISSING = object()


def told(page: str) -> dict[str, ast.arguments]:
    """The methods that the page tells, with their parameters."""
    section = page.partition(HEAD)[2].partition("\n## ")[0].partition("`DiscordAgent(")[0]
    found: dict[str, ast.arguments] = {}
    for name, parameters in re.findall(r"`(\w+)\(([^`]*)\)`", section):
        try:
            function = ast.parse(f"def {name}({parameters.replace('...', 'None')}): ...").body[0]
        except SyntaxError:
            continue
        assert isinstance(function, ast.FunctionDef)
        found.setdefault(name, function.args)
    return found


def defaults(arguments: ast.arguments) -> Mapping[str, object]:
    """The defaults that are told."""
    plain = [*arguments.posonlyargs, *arguments.args]
    told = plain[len(plain) - len(arguments.defaults) :]
    pairs = [
        *zip(told, arguments.defaults, strict=True),
        *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True),
    ]
    return {one.arg: ast.literal_eval(value) for one, value in pairs if value is not None}


def differences(name: str, arguments: ast.arguments, owner: type[object] = ConversableAgent) -> list[str]:
    """What is not as the page tells it."""
    method = getattr(owner, name, None)
    if method is None:
        return [f"{name} is missing"]
    ours = inspect.signature(method).parameters
    if name == "register_function" and "f" in [one.arg for one in arguments.args]:
        return []  # the function of the module, which has this name too
    wanted = [one.arg for one in (*arguments.args, *arguments.kwonlyargs)]
    given = [one for one in ours if one in wanted]
    found = [] if given == wanted else [f"{name}: {wanted} here are {list(ours)}"]
    for parameter, default in defaults(arguments).items():
        own: object = ours[parameter].default if parameter in ours else MISSING
        if (dict(own) if isinstance(own, Mapping) else own) != default and (
            parameter,
            name,
        ) not in TOLD_LOOSELY:
            found.append(f"{name}: {parameter}={default!r} here is {own!r}")
    return found


TOLD_LOOSELY = {("mode", "print_usage_summary")}
"""What the page tells with dots."""


@pytest.mark.skipif(not PAGE.is_file(), reason="TYPEDAGENTS_REFERENCE names no folder with autogen_api.md")
def test_methods_are_as_the_page_tells_them() -> None:
    methods = told(PAGE.read_text(encoding="utf-8"))
    assert len(methods) >= 40
    assert [line for name, arguments in methods.items() for line in differences(name, arguments)] == []


def test_what_differs_is_found() -> None:
    page = f"{HEAD}\n`send(message, recipient, request_reply=True)`; `fly(where)`; `reset()`; `a b(`; `reset(all)`\n## Next\n`x()`"
    methods = told(page)
    assert list(methods) == ["send", "fly", "reset"]
    assert [line for name, arguments in methods.items() for line in differences(name, arguments)] == [
        "send: request_reply=True here is None",
        "fly is missing",
    ]
    assert differences("send", told(f"{HEAD} `send(whom)`")["send"])[0].startswith("send: ['whom'] here are")
