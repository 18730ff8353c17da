"""Functions that agents have: what models are told of them, and how they are called.

A mixin of ``ConversableAgent``.
"""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Awaitable, Callable, Mapping
from inspect import isawaitable, iscoroutinefunction
from types import MappingProxyType
from typing import Literal, ParamSpec, TypeAlias, TypeVar

from typedagents.autogen.exception_utils import FailedAssertion, InvalidValue
from typedagents.autogen.function_utils import (
    load_basemodels_if_needed,
    serialize_to_str,
)
from typedagents.autogen.io.base import IOStream
from typedagents.autogen.layer.ag2.injecting import callable_of
from typedagents.autogen.layer.configs import GivenConfig, LLMConfig, items, llm_config_of
from typedagents.autogen.layer.console.printing import executing, show
from typedagents.autogen.layer.messages import Plain
from typedagents.autogen.layer.python import Python
from typedagents.autogen.tools.tool import Tool, tool_of

from .calling import CallFunction, current
from .describing import Described

P = ParamSpec("P")
R = TypeVar("R")
Executed: TypeAlias = tuple[bool, Plain]
ApiStyle: TypeAlias = Literal["function", "tool"]
NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}\Z")


def prove_name(name: str) -> str:
    """``name``, where a function can be called so; ``ValueError`` where not."""
    if NAME.match(name):
        return name
    raise InvalidValue(f"a function's name is 1 to 64 letters, digits, '_' and '-'; found {name!r}")


def _kept(function: Callable[P, R]) -> dict[str, object]:
    """Where a function remembers under which name and description it was registered first."""
    return vars(getattr(function, "__func__", function))


def _own(function: object, **names: object) -> dict[str, object]:
    """What a function remembers; a tool has a name of its own."""
    return {} if isinstance(function, Tool) else names


class Functions(Described):
    """What is told of functions, and which there are."""

    _llm_config: LLMConfig | Literal[False]
    _functions: dict[str, Python]
    _for_execution: dict[str, Python]
    _told: dict[str, Tool]

    # --- what a model is told -----------------------------------------------------------------------------------

    @property
    def llm_config(self) -> LLMConfig | Literal[False]:
        """Which model it answers with, and what that is told; False: none. Whatever is set is proven, and copied."""
        return self._llm_config

    @llm_config.setter
    def llm_config(self, given: GivenConfig) -> None:
        self._llm_config = llm_config_of(given)

    def update_function_signature(
        self, func_sig: str | Mapping[str, object], is_remove: bool = False
    ) -> None:
        """Tell the model of a function of the older kind, or, by its name, no longer."""
        self._update_told("functions", func_sig, is_remove=is_remove)

    def update_tool_signature(self, tool_sig: str | Mapping[str, object], is_remove: bool = False) -> None:
        """Tell the model of a tool, or, by its name, no longer."""
        self._update_told("tools", tool_sig, is_remove=is_remove)

    def remove_tool_for_llm(self, tool: str | Mapping[str, object] | Python) -> None:
        """Tell the model no longer of a tool, which may be named, described, or the function itself."""
        known = (one.name for one in self._told.values() if tool in (one, one.func))
        name = tool if isinstance(tool, str | Mapping) else next(known, tool.__name__)
        self._update_told("tools", name, is_remove=True)

    def _update_told(
        self, key: Literal["tools", "functions"], given: str | Mapping[str, object], *, is_remove: bool
    ) -> None:
        config = self.llm_config
        if not config and not isinstance(config, dict):
            raise FailedAssertion(
                f"{self._name!r} has no model that could be told of functions; give it an llm_config"
            )
        name = given if isinstance(given, str) else name_in(given)
        told = items(config, key)
        others = [one for one in told if name_in(one) != name]
        if is_remove:
            if len(others) == len(told):
                raise FailedAssertion(f"{self._name!r} is not told of {name!r}")
            self._told.pop(name, None)
            if others:
                config[key] = others
            else:
                del config[key]
            return
        if isinstance(given, str):
            raise InvalidValue(f"what a model is told of a function is a dict; found {given!r:.60}")
        prove_name(name)
        if len(others) < len(told):
            warnings.warn(
                f"{self._name!r} was told of {name!r} before, and is told otherwise now", stacklevel=4
            )
        config[key] = [*others, dict(given)]

    def register_for_llm(
        self, *, name: str | None = None, description: str | None = None, api_style: ApiStyle = "tool"
    ) -> Callable[[Callable[P, R]], Callable[P, R]]:
        """Decorates a function of which this agent's model is told. It needs a ``description`` the first time."""

        def tell(function: Callable[P, R]) -> Callable[P, R]:
            kept = _kept(function)
            called = name or kept.get("_name") or function.__name__
            words = description or kept.get("_description")
            if not isinstance(words, str):
                raise InvalidValue(
                    f"function {called!r} needs a description, by which a model knows what it is for: "
                    "register_for_llm(description=...)"
                )
            kept |= {"_told": True} | _own(function, _name=str(called), _description=words)
            made = tool_of(function, str(called), words)
            if api_style == "tool":
                self.update_tool_signature(dict(made.tool_schema))
            elif api_style == "function":
                self.update_function_signature(dict(made.function_schema))
            else:
                raise InvalidValue(f"api_style is 'tool' or 'function'; found {api_style!r}")
            self._told[made.name] = made
            return function

        return tell

    # --- what is called -----------------------------------------------------------------------------------------

    @property
    def function_map(self) -> Mapping[str, Python]:
        """The functions that this agent calls, by their names."""
        return MappingProxyType(self._functions)

    @property
    def _function_map(self) -> Mapping[str, Python]:
        return self.function_map

    @_function_map.setter
    def _function_map(self, given: Mapping[str, Python]) -> None:
        self._functions = dict(given)

    def can_execute_function(self, name: str | list[str]) -> bool:
        """Whether this agent has the function, or all of them."""
        names = [name] if isinstance(name, str) else name
        return all(one in self._functions for one in names)

    @property
    def never_told(self) -> list[str]:
        """The functions that were registered for this agent to call, and of which no model at all was told."""
        return [
            name
            for name, function in self._for_execution.items()
            if name in self._functions and "_told" not in _kept(function)
        ]

    def register_function(self, function_map: Mapping[str, Python | None]) -> None:
        """Have these functions called by this agent under these names; None: no longer."""
        for name, function in function_map.items():
            prove_name(name)
            if function is None:
                if name not in self._functions:
                    warnings.warn(f"{self._name!r} has no function {name!r} to be removed", stacklevel=2)
                self._functions.pop(name, None)
                continue
            if name in self._functions:
                warnings.warn(f"{self._name!r} had a function {name!r}, and has another now", stacklevel=2)
            self._functions[name] = function

    def register_for_execution(
        self, name: str | None = None, description: str | None = None
    ) -> Callable[[Callable[P, R]], Callable[P, R]]:
        """Decorates a function that this agent calls when a model asks for it; ``description`` is for models told later."""

        def have(function: Callable[P, R]) -> Callable[P, R]:
            kept = _kept(function)
            called = str(name or kept.get("_name") or function.__name__)
            words = description or kept.get("_description")
            kept |= _own(function, _name=called, _origin=function, _description=words)
            self.register_function({called: load_basemodels_if_needed(callable_of(function, self._me()))})
            self._for_execution[called] = function
            return function

        return have

    # --- calling ------------------------------------------------------------------------------------------------

    def execute_function(
        self,
        func_call: Mapping[str, object],
        call_id: str | None = None,
        verbose: bool = False,
    ) -> Executed:
        """Call a function by ``{"name": ..., "arguments": JSON text}``: whether it worked, and the message it came to."""
        del call_id
        name, came = self._begun(func_call, is_async=False, verbose=verbose)
        if isinstance(came, tuple):
            return came
        from anyio.from_thread import start_blocking_portal

        with start_blocking_portal() as portal:
            return portal.call(_finished, name, came)

    async def a_execute_function(
        self,
        func_call: Mapping[str, object],
        call_id: str | None = None,
        verbose: bool = False,
    ) -> Executed:
        """The same for a function that may have to be awaited."""
        del call_id
        name, came = self._begun(func_call, is_async=True, verbose=verbose)
        return came if isinstance(came, tuple) else await _finished(name, came)

    def _begun(
        self, func_call: Mapping[str, object], *, is_async: bool, verbose: bool
    ) -> tuple[str, Executed | Awaitable[object]]:
        name = str(func_call.get("name", ""))
        function = self._functions.get(name)
        if function is None:
            return name, _came(name, f"Error: Function {name} not found.", ok=False)
        try:
            arguments = arguments_of(func_call.get("arguments"))
        except ValueError as error:
            return name, _came(name, f"Error: {error}\n The argument must be in JSON format.", ok=False)
        if current.get() is None:
            out = IOStream.get_default()
            show(executing(name, is_async=is_async), out)
            if verbose:
                out.print(f"\nInput arguments: {arguments}", flush=True)
        try:
            value = function(**arguments)
        except Exception as error:
            return name, _came(name, f"Error: {error}", ok=False)
        return name, value if isawaitable(value) else _came(name, value)

    def executed(self, asked: CallFunction, mode: Literal["sync", "async"]) -> object:
        """What ``execute_function``, or a subclass's own, comes to for a call in a run."""
        call: Plain = {"name": asked.name, "arguments": asked.arguments}
        own = type(self).execute_function is not Functions.execute_function
        later = type(self).a_execute_function is not Functions.a_execute_function
        function = self._functions.get(asked.name)
        wanted = mode == "async" or (function is not None and iscoroutinefunction(function))
        if wanted and (later or not own):
            return self.a_execute_function(call, asked.call_id)
        return self.execute_function(call, asked.call_id)


async def _finished(name: str, pending: Awaitable[object]) -> Executed:
    try:
        return _came(name, await pending)
    except Exception as error:
        return _came(name, f"Error: {error}", ok=False)


def _came(name: str, value: object, *, ok: bool = True) -> Executed:
    try:
        content = serialize_to_str(value)
    except Exception as error:
        return False, {"name": name, "role": "function", "content": f"Error: {error}"}
    return ok, {"name": name, "role": "function", "content": content}


def arguments_of(text: object) -> dict[str, object]:
    """The arguments that a model wrote; line breaks and tabs within strings are let pass."""
    if isinstance(text, Mapping):
        return dict(text)
    found: object = json.loads(str(text or "{}"), strict=False)
    if not isinstance(found, dict):
        raise ValueError(f"the arguments are a JSON object; found {found!r:.60}")
    return found


def name_in(told: Mapping[str, object]) -> str:
    """The name of a function in what a model is told of it."""
    function = told.get("function", told)
    if not isinstance(function, Mapping) or "name" not in function:
        raise InvalidValue(f"what a model is told of a function holds its name; found {dict(told)!r:.100}")
    return str(function["name"])
