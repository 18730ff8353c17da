"""Names as a page of facts about AutoGen tells them, where TYPEDAGENTS_REFERENCE names the folder that it is in.

What the page says is in ``test_signatures`` as well, word for word; here a page that was corrected since is read anew.
"""

from __future__ import annotations

import ast
import inspect
import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from typedagents import autogen
from typedagents.autogen import ConversableAgent, GroupChat, coding
from typedagents.autogen.agents.experimental import DiscordAgent

FOLDER = os.environ.get("TYPEDAGENTS_REFERENCE", "")
PAGE = Path(FOLDER, "autogen_api.md")
HEAD = "## Methods of ConversableAgent"
FORMS = "## Constructors, forms, output"
MISSING = object()


def section(page: str, head: str) -> str:
    return page.partition(head)[2].partition("\n## ")[0]


def told(text: str) -> dict[str, ast.arguments]:
    """What a text tells as functions, with their parameters."""
    found: dict[str, ast.arguments] = {}
    for name, parameters in re.findall(r"`([\w.]+)\(([^`]*)\)`", text):
        plain = parameters.replace("=...", "=None").replace("sys.maxsize", str(sys.maxsize))
        try:
            function = ast.parse(f"def f({plain}): ...").body[0]
        except SyntaxError:
            continue
        assert isinstance(function, ast.FunctionDef)
        found.setdefault(name, function.args)
    return found


def methods_told(page: str) -> dict[str, ast.arguments]:
    """The methods of an agent."""
    return told(section(page, HEAD).partition("`DiscordAgent(")[0])


def between(text: str, first: str, last: str) -> str:
    """What stands between these two in ``text``."""
    found = text.partition(first)[2].partition(last)[0]
    assert found, f"the page says nothing between {first!r} and {last!r}"
    return found


def names_in(text: str) -> list[str]:
    """The names that are listed; ``a_{b,c}_d`` are several, and what is in parentheses are parameters."""
    text = re.sub(r"(\w+)\{([^}]*)\}(\w*)", _each, text)
    text = re.sub(r"\([^)]*\)", "", text)
    return [found for one in text.split(",") if (found := re.match(r"[\w]*", one.strip(" `."))[0])]  # type: ignore[index]  # it matches anything


def _each(found: re.Match[str]) -> str:
    return ",".join(f"{found[1]}{re.split('=', one.strip())[0]}{found[3]}" for one in found[2].split(","))


def defaults(arguments: ast.arguments) -> Mapping[str, object]:
    """The defaults that are told."""
    plain = [*arguments.posonlyargs, *arguments.args]
    told = plain[len(plain) - len(arguments.defaults) :]
    pairs = [
        *zip(told, arguments.defaults, strict=True),
        *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True),
    ]
    return {one.arg: ast.literal_eval(value) for one, value in pairs if value is not None}


def differences(name: str, arguments: ast.arguments, made: object = None) -> list[str]:
    """What is not as the page tells it, of ``made`` or the method of an agent of that name."""
    method = made or getattr(ConversableAgent, name, None)
    if not callable(method):
        return [f"{name} is missing"]
    ours = inspect.signature(method).parameters
    if name == "register_function" and "f" in [one.arg for one in arguments.args]:
        return []  # the function of the module, which has this name too
    wanted = [one.arg for one in (*arguments.args, *arguments.kwonlyargs)]
    given = [one for one in ours if one in wanted]
    found = [] if given == wanted else [f"{name}: {wanted} here are {list(ours)}"]
    for parameter, default in defaults(arguments).items():
        own: object = ours[parameter].default if parameter in ours else MISSING
        own = dict(own) if isinstance(own, Mapping) else list(own) if isinstance(own, tuple) else own
        if own != default and (parameter, name) not in TOLD_LOOSELY:
            found.append(f"{name}: {parameter}={default!r} here is {own!r}")
    return found


TOLD_LOOSELY = {("mode", "print_usage_summary"), ("system_message", "AssistantAgent")}
"""What the page tells with dots."""


here = pytest.mark.skipif(
    not PAGE.is_file(), reason="TYPEDAGENTS_REFERENCE names no folder with autogen_api.md"
)


@here
def test_methods_are_as_the_page_tells_them() -> None:
    methods = methods_told(PAGE.read_text(encoding="utf-8"))
    assert len(methods) >= 40
    assert [line for name, arguments in methods.items() for line in differences(name, arguments)] == []


@here
def test_properties_and_constants_are_there() -> None:
    methods = section(PAGE.read_text(encoding="utf-8"), HEAD)
    names = names_in(between(methods, "Properties: ", "Class constants"))
    constants = names_in(between(methods, "Class constants: ", "`DiscordAgent("))
    assert (len(names), len(constants)) >= (9, 4)
    agent = ConversableAgent("agent")
    assert [name for name in (*names, *constants) if not hasattr(agent, name)] == []


MADE: Mapping[str, object] = {
    **{name: getattr(autogen, name) for name in ("ConversableAgent", "AssistantAgent", "UserProxyAgent")},
    **{name: getattr(coding, name) for name in coding.__all__ if name.endswith("CommandLineCodeExecutor")},
    "DiscordAgent": DiscordAgent,
    "GroupChatManager": autogen.GroupChatManager,
    "Cache.disk": autogen.Cache.disk,
    "Cache.redis": autogen.Cache.redis,
}


@here
def test_constructors_are_as_the_page_tells_them() -> None:
    page = PAGE.read_text(encoding="utf-8")
    told_of = told(section(page, FORMS)) | {"DiscordAgent": told(page)["DiscordAgent"]}
    assert set(MADE) <= set(told_of)
    assert [line for name, one in MADE.items() for line in differences(name, told_of[name], one)] == []


@here
def test_groups_are_as_the_page_tells_them() -> None:
    page = section(PAGE.read_text(encoding="utf-8"), FORMS)
    fields = between(page, "`GroupChat` fields and defaults°: ", " Methods: ")
    ours = inspect.signature(GroupChat).parameters
    assert [name for name in names_in(fields) if name not in ours] == []
    for name, value in re.findall(r"(?:^|[ {])(\w+)=([^,}\]]+\]?)", fields):
        full = name if name in ours else f"select_speaker_auto_{name}"
        own: object = ours[full].default
        assert (list(own) if isinstance(own, tuple) else own) == ast.literal_eval(value.rstrip(".")), full
    chat = GroupChat([ConversableAgent("a"), ConversableAgent("b")])
    methods = names_in(between(page, " Methods: ", ", a_. `GroupChatManager"))
    assert len(methods) >= 12
    assert [name for name in methods if not hasattr(chat, name)] == []
    manager = autogen.GroupChatManager(chat, llm_config=False)
    names = names_in(between(page, "silent=False, **kwargs)`; ", ", a_."))
    assert [name for name in names if not hasattr(manager, name)] == []
    assert all(hasattr(one, name) for one, name in ((chat, "a_select_speaker"), (manager, "a_resume")))


@here
def test_what_is_named_at_the_root_is_there() -> None:
    page = section(PAGE.read_text(encoding="utf-8"), FORMS)
    listed = between(page, "Names exported at the root°: ", "\n")
    names = re.findall(r"\w+", re.sub(r"\w+'s", "", listed))
    assert len(names) >= 22
    assert [name for name in names if not hasattr(autogen, name)] == []


def test_what_differs_is_found() -> None:
    page = f"{HEAD}\n`send(message, recipient, request_reply=True)`; `fly(where)`; `reset()`; `a b(`; `reset(all)`\n## Next\n`x()`"
    methods = methods_told(page)
    assert list(methods) == ["send", "fly", "reset"]
    assert [line for name, arguments in methods.items() for line in differences(name, arguments)] == [
        "send: request_reply=True here is None",
        "fly is missing",
    ]
    assert names_in("a, `b` (of c), d_{e=1, f}_g=2, h(i, j).") == ["a", "b", "d_e_g", "d_f_g", "h"]
    with pytest.raises(AssertionError, match="says nothing between"):
        between(page, "nowhere", "z")
    assert differences("send", told("`send(whom)`")["send"])[0].startswith("send: ['whom'] here are")
