"""Calls that a model wrote as plain text, made into calls: for models that do not keep to their provider's format.

Taken for a call is a JSON object with the ``name`` of a tool and ``arguments`` (or ``parameters``), with nothing else in
it but ``id`` and ``type``; also inside ``function``, and several in a list or one behind the other. It is looked for

    at the beginning of the text
    at the beginning of a fenced block
    behind a marker of a call, such as <tool_call>

Words before the first call are kept. What follows it is not: a model that writes its calls as text goes on to make up
their results. The arguments stay the text that the model wrote, so that its mistakes in them are found as ever.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Generator, Iterable, Iterator
from itertools import islice
from json import JSONDecoder
from typing import Generic

import msgspec
from attrs import evolve, frozen

from typedagents.core.deciding import consult
from typedagents.core.decision import Decision, Draft, Reply
from typedagents.core.effect import AnyEffect, E_co, Request
from typedagents.core.model import ToolSpec
from typedagents.core.parts import Part, Text, ToolCall
from typedagents.core.view import Policy, View
from typedagents.policies.combinators import E
from typedagents.policies.model import specs_of
from typedagents.policies.words import named
from typedagents.tools.toolset import Toolset

from .pending import calls_in

_PLACE = re.compile(
    r"\A\s*(?=[{\[])"
    r"|^[ \t]*(?:`{3,}|~{3,})[ \t]*(?:\w+[ \t]*)?\n\s*(?=[{\[])"
    r"|(?:<(?:tool_call|function_call|tool)>|\[TOOL_CALLS\]|<\|python_tag\|>)\s*(?=[{\[])",
    re.MULTILINE,
)
"""Where a call may begin, up to its first bracket."""

_BETWEEN = re.compile(r"(?:\s|[,;]|</?(?:tool_call|function_call|tool)>|`{3,}\w*|~{3,}\w*)*")
"""What may stand between two calls."""

MOST_PLACES = 100
"""Places that are looked at in one text; it bounds the time that one text can take."""

_MORE_KEYS = frozenset({"id", "type"})
_VALUES = JSONDecoder()
_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])
_OBJECTS = msgspec.json.Decoder(list[dict[str, msgspec.Raw]])
_STRING = msgspec.json.Decoder(str)


@frozen
class Written:
    """A call as it was written: the tool's name, and the text of its arguments."""

    name: str
    arguments: str


def written_calls(text: str, names: Collection[str]) -> tuple[str, tuple[Written, ...]]:
    """The words before the first call of one of the tools ``names`` in ``text``, and the calls; none: all of it."""
    for place in islice(_PLACE.finditer(text), MOST_PLACES):
        calls = tuple(_from(text, place.end(), names))
        if calls:
            return text[: place.start()].rstrip(), calls
    return text, ()


def _from(text: str, start: int, names: Collection[str]) -> Iterator[Written]:
    """The calls that stand one behind the other from ``start`` on, without repeats of them."""
    seen: set[Written] = set()
    while True:
        try:
            _, end = _VALUES.raw_decode(text, start)
            found = tuple(_calls_in(text[start:end], names))
        except (ValueError, RecursionError):  # no JSON, not all of it, or deeper than anything meant
            return
        if not found:
            return
        yield from (call for call in found if call not in seen)
        seen.update(found)
        between = _BETWEEN.match(text, end)
        start = between.end() if between else end


def _calls_in(json: str, names: Collection[str]) -> Iterator[Written]:
    """The calls that one JSON value stands for: all of it is calls, or none."""
    if json.startswith("["):
        calls = [_call(one, names) for one in _OBJECTS.decode(json)]
    else:
        calls = [_call(_OBJECT.decode(json), names)] if json.startswith("{") else []
    known = [call for call in calls if call is not None]
    return iter(known if len(known) == len(calls) else ())


def _call(record: dict[str, msgspec.Raw], names: Collection[str]) -> Written | None:
    inner = record.get("function")
    if inner is not None and record.keys() - {"function"} <= _MORE_KEYS:
        record = _OBJECT.decode(inner)
    name, arguments = record.get("name"), record.get("arguments", record.get("parameters"))
    others = record.keys() - {"name", "arguments", "parameters"}
    if name is None or arguments is None or not others <= _MORE_KEYS:
        return None
    called, sent = _STRING.decode(name), bytes(arguments).decode()
    if called not in names:
        return None
    return Written(called, _STRING.decode(arguments) if sent.startswith('"') else sent)


# --- the policy -------------------------------------------------------------------------------------------------


@frozen(repr=False)
class TextCalls(Generic[E_co]):
    """Decides as ``policy``, with calls in place of what it wrote as text. Only what a model says is looked at."""

    policy: Policy[E_co]
    names: frozenset[str]

    @property
    def parts(self) -> tuple[Policy[E_co], ...]:
        return (self.policy,)

    def __call__(self, view: View, /) -> Generator[Request[E_co], object, Decision]:
        decision = yield from consult(self.policy, view)
        if not isinstance(decision, Reply):
            return decision
        # Ids are unique in the conversation, and the same in each replay: a message has one place in it.
        first = len(view.transcript)
        drafts = [
            self._read(draft, decision, f"text_{first + place}")
            for place, draft in enumerate(decision.drafts)
        ]
        return evolve(decision, drafts=drafts)

    def _read(self, draft: Draft, reply: Reply, label: str) -> Draft:
        if (draft.origin or reply.origin) != "model" or calls_in(draft.parts):
            return draft
        parts: list[Part] = []
        for part in draft.parts:
            words, calls = written_calls(part.text, self.names) if isinstance(part, Text) else ("", ())
            if not calls:
                parts.append(part)
                continue
            if words:
                parts.append(Text(words))
            made = len(calls_in(parts))
            parts.extend(
                ToolCall(f"{label}_{i}", call.name, call.arguments) for i, call in enumerate(calls, made)
            )
        return evolve(draft, parts=parts)

    def __repr__(self) -> str:
        return f"calls_from_text({named(self.policy)}, {', '.join(sorted(self.names))})"


def calls_from_text(policy: Policy[E], tools: Toolset[AnyEffect] | Iterable[ToolSpec]) -> TextCalls[E]:
    """``policy``, where calls of ``tools`` that its model wrote as text are taken for calls. See this module's text."""
    return TextCalls(policy, frozenset(spec.name for spec in specs_of(tools)))
