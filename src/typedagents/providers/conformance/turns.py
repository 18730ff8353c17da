"""What a model said goes back to it in the next request: found in what was recorded, and in what we would send."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeAlias

from attrs import frozen

from typedagents.core.log import Transcript
from typedagents.core.message import Message
from typedagents.core.model import CallModel, ModelReply
from typedagents.core.parts import Text, ToolCall, ToolResult
from typedagents.providers.codec import Codec
from typedagents.providers.loose import entries, items, json_value, words
from typedagents.providers.recording import Exchange

Kept: TypeAlias = tuple[str, ...]
"""What must go back as it came: its sort, and the rest as text."""

MARKS = ("cache_control", "cachePoint")
"""What clients add to requests and move on with each turn."""


@frozen
class Turns:
    """How a format tells of earlier turns.

    ``field`` of a request holds them. ``kept`` finds in such items what must go back as it came: calls, signatures and
    sealed thoughts, not words, which clients may write anew. ``own`` tells the model's items from others'; an answer is
    one of them, or ``several``. Ids and signatures that a client wrote otherwise, and services accept, may differ as
    ``alike`` says.
    """

    field: str
    own: Callable[[object], bool]
    kept: Callable[[object], Iterable[Kept]]
    alike: Callable[[Exchange, Kept, Kept], bool]
    several: bool = False

    def asked(self, exchange: Exchange) -> list[object]:
        """The turns in a recorded request."""
        found = entries(exchange.request.json).get(self.field)
        return found if isinstance(found, list) else [found]

    def next_of(self, before: Exchange, after: Exchange) -> list[Kept] | None:
        """What the request after an answer sent as that answer; None where it is of another conversation."""
        then, now = self.asked(before), self.asked(after)
        if (
            len(now) <= len(then)
            or not self.own(now[len(then)])
            or unmarked(now[: len(then)]) != unmarked(then)
        ):
            return None
        own = list(itertools.takewhile(self.own, now[len(then) :]))
        return [kept for item in (own if self.several else own[:1]) for kept in self.kept(item)]

    def compared(self, exchange: Exchange, ours: Sequence[Kept], theirs: Sequence[Kept]) -> bool:
        """Whether we send all that was sent; what a client left out is not missed."""
        sorts = {kept[0] for kept in theirs}
        same_sorts = [kept for kept in ours if kept[0] in sorts]
        return len(same_sorts) == len(theirs) and all(
            self.alike(exchange, own, other) for own, other in zip(same_sorts, theirs, strict=True)
        )

    def sent(self, codec: Codec, reply: ModelReply) -> list[Kept]:
        """What we would send of an answer in the next request."""
        calls = [part for part in reply.parts if isinstance(part, ToolCall)]
        results = tuple(ToolResult(call.id, call.name, (Text("done"),)) for call in calls)
        said = [Message("you", "hi"), Message("me", reply.parts, "model"), Message("you", results or "go on")]
        body = codec.encode(CallModel(Transcript(said), "me"), model="m", stream=False).body
        turns = items(entries(json_value(body.decode())).get(self.field))
        return [kept for item in turns if self.own(item) for kept in self.kept(item)]


def unmarked(value: object) -> object:
    """``value`` without the marks that clients move."""
    if isinstance(value, dict):
        return {name: unmarked(inner) for name, inner in value.items() if name not in MARKS}
    return [unmarked(item) for item in value] if isinstance(value, list) else value


def compact(value: object) -> str:
    """A value as text: JSON in texts counts as what it says."""
    found = json_value(value) if isinstance(value, str) else value
    return words(value) if found is None else repr(_sorted(found))


def _sorted(value: object) -> object:
    if isinstance(value, dict):
        return sorted((str(name), _sorted(inner)) for name, inner in value.items())
    return [_sorted(item) for item in value] if isinstance(value, list) else value


def _role(*names: str) -> Callable[[object], bool]:
    return lambda item: entries(item).get("role") in names


# --- chat completions -------------------------------------------------------------------------------------------

STATES = ("reasoning_details", "extra_content", "thought_signature")


def _in_chat(message: object) -> Iterator[Kept]:
    fields = entries(message)
    for call in map(entries, items(fields.get("tool_calls"))):
        function = entries(call.get("function"))
        if function:
            arguments = function.get("arguments")
            yield ("call", words(call.get("id")), words(function.get("name")), compact(arguments or "{}"))
    for name in STATES:
        if fields.get(name):
            yield (name, compact(fields[name]))


def _named(exchange: Exchange, ours: Kept, theirs: Kept) -> bool:
    """Clients name calls that the service left without an id, each in its own way."""
    made = ours[0] == theirs[0] == "call" and theirs[1] not in exchange.response.body
    return ours == theirs or (made and ours[2:] == theirs[2:])


# --- responses --------------------------------------------------------------------------------------------------


def _in_responses(item: object) -> Iterator[Kept]:
    fields = entries(item)
    if fields.get("type") == "function_call":
        arguments = compact(fields.get("arguments") or "{}")
        yield ("call", words(fields.get("call_id")), words(fields.get("name")), arguments)
    if fields.get("type") == "reasoning" and fields.get("encrypted_content"):
        yield ("reasoning", words(fields["encrypted_content"]))
    if fields.get("phase"):
        yield ("phase", words(fields["phase"]))


def _a_models_item(item: object) -> bool:
    fields = entries(item)
    kind = words(fields.get("type"))
    return fields.get("role") == "assistant" or (
        bool(kind) and not kind.endswith("_output") and kind != "message"
    )


def _resealed(exchange: Exchange, ours: Kept, theirs: Kept) -> bool:
    """Thoughts are sealed anew in each event that holds them; some clients send other ids of a call, old ones the item's."""
    if ours[0] == theirs[0] == "reasoning":
        body = exchange.response.body
        return ours == theirs or (ours[1] in body and theirs[1] in body)
    return ours == theirs or (ours[2:] == theirs[2:] and theirs[1].startswith(("resp_", "fc_")))


# --- messages ---------------------------------------------------------------------------------------------------

EXACT_BLOCKS = ("thinking", "redacted_thinking", "tool_use")


def _in_messages(message: object) -> Iterator[Kept]:
    for block in map(entries, items(entries(message).get("content"))):
        if block.get("type") in EXACT_BLOCKS:
            exact = {name: block[name] for name in block if name not in (*MARKS, "caller")}
            yield (words(block["type"]), compact(exact))


# --- Gemini -----------------------------------------------------------------------------------------------------

ELIDED = "ZWxpZGVkO"
"""How the corpus begins what it has left out."""


def _in_gemini(content: object) -> Iterator[Kept]:
    for part in map(entries, items(entries(content).get("parts"))):
        call = entries(part.get("functionCall") or part.get("function_call"))
        if call:
            signature = part.get("thoughtSignature") or part.get("thought_signature")
            yield ("call", words(call.get("name")), compact(call.get("args") or {}), _plain(words(signature)))


def _plain(signature: str) -> str:
    """Base64, however clients write it; what was left out was named by how it was written."""
    plain = signature.replace("-", "+").replace("_", "/").rstrip("=")
    return "elided" if plain.startswith(ELIDED) else plain


def _signed(exchange: Exchange, ours: Kept, theirs: Kept) -> bool:
    """Some clients lose signatures."""
    del exchange
    return ours[:-1] == theirs[:-1] and theirs[-1] in ("", ours[-1])


# --- Converse ---------------------------------------------------------------------------------------------------


def _in_converse(message: object) -> Iterator[Kept]:
    for block in map(entries, items(entries(message).get("content"))):
        if use := entries(block.get("toolUse")):
            yield ("toolUse", compact({name: use[name] for name in use if name != "type"}))
        if thought := entries(block.get("reasoningContent")):
            yield ("reasoningContent", compact(thought))


CHAT = Turns("messages", _role("assistant"), _in_chat, _named)
RESPONSES = Turns("input", _a_models_item, _in_responses, _resealed, several=True)
MESSAGES = Turns("messages", _role("assistant"), _in_messages, lambda _, ours, theirs: ours == theirs)
GEMINI = Turns("contents", _role("model"), _in_gemini, _signed)
CONVERSE = Turns("messages", _role("assistant"), _in_converse, lambda _, ours, theirs: ours == theirs)
