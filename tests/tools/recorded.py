"""What real models wrote as the arguments of calls, and the schemas they were told; nothing where there is no corpus."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from attrs import frozen

from tests.providers.recorded import CORPUS, MISSING, corpus, read
from typedagents.core.model import ModelReply
from typedagents.core.parts import ToolCall

__all__ = ["CORPUS", "MISSING", "Told", "Written", "schemas", "written"]


@frozen
class Written:
    """The arguments text of one call."""

    exchange: str
    text: str
    tags: tuple[str, ...] = ()


@frozen
class Told:
    """The JSON Schema of a tool's parameters, as JSON text, and whether the provider was to hold the model to it."""

    exchange: str
    endpoint: str
    schema: str
    strict: bool


def written() -> Iterator[Written]:
    """Of answers, whole and streamed, and of earlier answers that requests hand back."""
    for exchange in corpus():
        answer = read(exchange).answer
        parts = answer.parts if isinstance(answer, ModelReply) else ()
        for part in parts:
            if isinstance(part, ToolCall):
                yield Written(exchange.id, part.arguments, tuple(exchange.tags))
    for line in _lines():
        name, tags = str(line["id"]), _texts(line["tags"])
        texts = [*_handed_back(_object(line["request"]).get("json")), *_answered(line)]
        yield from (Written(name, text, tags) for text in texts)


def schemas() -> Iterator[Told]:
    """Of every tool that a recorded request announced."""
    for line in _lines():
        request = _object(line["request"]).get("json")
        for one in _objects(request):
            for key in ("parameters", "input_schema", "parametersJsonSchema", "parameters_json_schema"):
                schema = one.get(key)
                if "name" in one and isinstance(schema, dict):
                    strict = one.get("strict") is True
                    yield Told(str(line["id"]), str(line["endpoint"]), json.dumps(schema), strict)


def _lines() -> Iterator[Mapping[str, object]]:
    for file in sorted(Path(CORPUS).glob("*.jsonl")):
        for line in file.read_bytes().splitlines():
            yield _object(json.loads(line))


def _object(value: object) -> Mapping[str, object]:
    assert isinstance(value, dict)
    return value


def _texts(value: object) -> tuple[str, ...]:
    assert isinstance(value, list)
    return tuple(map(str, value))


def _objects(value: object) -> Iterator[Mapping[str, object]]:
    """The objects in ``value``, at any depth."""
    if isinstance(value, dict):
        yield value
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for one in inner:
        yield from _objects(one)


def _handed_back(value: object) -> Iterator[str]:
    for one in _objects(value):
        text = one.get("arguments")
        if "name" in one and isinstance(text, str):
            yield text


def _answered(line: Mapping[str, object]) -> Iterator[str]:
    """Of endpoints other than chat completions."""
    response = _object(line["response"])
    if line["endpoint"] == "chat.completions" or response["encoding"] != "utf-8":
        return
    body = str(response["body"])
    if not line["stream"]:
        yield from _handed_back(_json(body))
        return
    pieces: dict[object, list[str]] = defaultdict(list)
    for event in _events(body):
        if event.get("type") == "response.function_call_arguments.done":
            yield str(event["arguments"])
        delta = event.get("delta")
        if isinstance(delta, dict) and delta.get("type") == "input_json_delta":
            pieces[event["index"]].append(str(delta["partial_json"]))
    yield from map("".join, pieces.values())


def _events(body: str) -> Sequence[Mapping[str, object]]:
    data = (_json(line[5:]) for line in body.splitlines() if line.startswith("data:"))
    return [one for one in data if isinstance(one, dict)]


def _json(text: str) -> object:
    try:
        value: object = json.loads(text)
        return value
    except ValueError:
        return None
