"""How servers are asked for an answer of a certain shape, as data, and what a request becomes by it.

    schema    the server is given the schema, and holds the model to it
    tool      the model is given a tool that takes the answer, and has to call it
    json      the server holds the model to JSON; the schema is told in words
    prompt    all of it is told in words

Whatever the way, the policy that asked is given JSON in the reply's words, and holds it to the type by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Literal, TypeAlias

import msgspec
from attrs import define, evolve, field, frozen

from typedagents.core.errors import ConfigError
from typedagents.core.model import CallModel, ModelReply, OutputSpec, Prompt, TextDelta, ToolSpec
from typedagents.core.parts import Part, Text, ToolCall
from typedagents.providers.codec import ArgumentsDelta, DecodedDelta, StreamedDelta
from typedagents.tools.tightening import ProfileName, tighten

OutputMode: TypeAlias = Literal["schema", "tool", "json", "prompt"]
Extras: TypeAlias = tuple[tuple[str, str], ...]

JSON_OBJECT: Extras = (("response_format", '{"type":"json_object"}'),)
"""The setting that OpenAI's format has for JSON."""

_TOLD = """\
Answer with one JSON object and nothing else. It fits this JSON Schema:

{schema}"""
_TAKES = "Takes your answer. Call it once, when the answer is ready; nothing else of what you write is read."


@frozen(cache_hash=True)
class Outputs:
    """What a server takes.

    ``mode`` is how it is asked; ``otherwise`` for schemas that its strict mode cannot say, where it takes no others.
    ``dialect``: what it takes of JSON Schema; None: all of it. ``json_mode``: the extra settings that ask for JSON.
    """

    mode: OutputMode = "schema"
    dialect: ProfileName | None = "openai"
    otherwise: OutputMode | None = None
    json_mode: Extras = JSON_OBJECT

    def asked(self, request: CallModel) -> CallModel:
        """``request`` as this server is asked it. Strict tools are said as it takes them, too."""
        if any(tool.strict for tool in request.tools):
            request = evolve(request, tools=tuple([_tool(tool, self.dialect) for tool in request.tools]))
        if request.output is None:
            return request
        spec = _tight(request.output, self.dialect)
        mode = self.mode if spec.strict or self.otherwise is None else self.otherwise
        return _asked_by(mode, request, spec, self.json_mode)


def _asked_by(mode: OutputMode, request: CallModel, spec: OutputSpec, json_mode: Extras) -> CallModel:
    settings = request.settings
    match mode:
        case "schema":
            return evolve(request, output=spec)
        case "tool":
            tool = ToolSpec(spec.name, _TAKES, spec.schema, spec.strict)
            choice = "required" if request.tools else spec.name
            return evolve(
                request,
                output=None,
                tools=(*request.tools, tool),
                settings=evolve(settings, tool_choice=choice, parallel_tool_calls=None),
            )
        case "json" | "prompt":
            extra = settings.extra
            if (
                mode == "json" and not request.tools
            ):  # servers refuse it beside tools, or keep the model from them
                extra = (*json_mode, *extra)
            return evolve(
                request,
                output=None,
                instructions=_in_words(request.instructions, request.output or spec),
                settings=evolve(settings, extra=extra),
            )


def _in_words(before: Prompt | None, spec: OutputSpec) -> Prompt:
    told = _TOLD.format(schema=spec.schema)
    if before is None or not before.text:
        return Prompt(told)
    return evolve(before, text=f"{before.text}\n\n{told}")


@lru_cache(maxsize=256)
def _tight(spec: OutputSpec, dialect: ProfileName | None) -> OutputSpec:
    """``spec`` as a server takes it; where its strict mode cannot say it, it is sent without."""
    if not spec.strict or dialect is None:
        return spec
    text, strict = _tightened(spec.schema, dialect, f"the schema of output {spec.name!r}")
    return OutputSpec(spec.name, text, strict)


@lru_cache(maxsize=1024)
def _tool(tool: ToolSpec, dialect: ProfileName | None) -> ToolSpec:
    """A strict tool as a server takes it."""
    if not tool.strict or dialect is None:
        return tool
    text, strict = _tightened(tool.parameters, dialect, f"the parameters of tool {tool.name!r}")
    return evolve(tool, parameters=text, strict=strict)


def _tightened(schema: str, dialect: ProfileName, what: str) -> tuple[str, bool]:
    try:
        said = msgspec.json.decode(schema, type=dict[str, object])
    except msgspec.DecodeError as error:
        raise ConfigError(f"{what} must be JSON text of an object: {error}; found {schema!r:.80}") from error
    tight = tighten(said, dialect)
    return msgspec.json.encode(tight.schema).decode(), tight.strict


@define(eq=False)
class Showing:
    """Shows what a streamed answer says. Of calls, only that of the ``tool`` which takes a typed answer, as the words that
    it is.
    """

    emit: Callable[[StreamedDelta], None]
    tool: str = ""
    _place: int | None = field(default=None, init=False)

    def __call__(self, deltas: Iterable[DecodedDelta], /) -> None:
        for delta in deltas:
            if not isinstance(delta, ArgumentsDelta):
                self.emit(delta)
            elif delta.tool == self.tool and self._place in (None, delta.place):
                self._place = delta.place
                self.emit(TextDelta(delta.text))


def said_plainly(reply: ModelReply, output: OutputSpec) -> ModelReply:
    """``reply`` with the call of the tool that takes the answer as the words that it is."""
    answers = [part for part in reply.parts if isinstance(part, ToolCall) and part.name == output.name]
    if not answers:
        return reply
    others: list[Part] = [part for part in reply.parts if part not in answers and not isinstance(part, Text)]
    calls = any(isinstance(part, ToolCall) for part in others)
    finish = "stop" if reply.finish == "tool_calls" and not calls else reply.finish
    return evolve(reply, parts=(*others, Text(answers[0].arguments)), finish=finish)
