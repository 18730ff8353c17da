"""Answers of the generateContent format, whole and streamed, read by one fold. Bytes in, values out.

A stream has no end of its own: it is whole where a reason was given why it ended, or why the prompt was blocked. Where it
was not asked for as events, it is one JSON array of chunks.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from attrs import define, field
from msgspec import DecodeError
from msgspec.json import decode as decoded_json

from typedagents.core.errors import ProviderError
from typedagents.core.model import ModelReply
from typedagents.core.parts import Text
from typedagents.interpreter.ports import Headers
from typedagents.providers.codec import DecodedDelta
from typedagents.providers.faults import Complaint, classify, complaint_in, fault, unreadable
from typedagents.providers.formats.streaming import EventStreamDecoding, deltas, facts_so_far

from .answer import Unfinished

KNOWN = ("candidates", "promptFeedback", "usageMetadata")
"""Fields of which a chunk holds at least one."""


def decode(
    status: int, headers: Headers, body: bytes, *, provider: str = "google", asked: str = ""
) -> ModelReply | ProviderError:
    """The reply in a whole answer, or why there is none. ``asked`` says in errors what was asked of whom."""
    if not 200 <= status < 300:
        return classify(status, headers, body, asked=asked)
    chunks = _chunks(body)
    answer = Unfinished(provider)
    for chunk in chunks:
        if "error" in chunk:
            facts = _facts(answer)
            error = complaint_in(dict(chunk))
            return fault(asked, status, headers, error, found="answered with an error", facts=facts)
        answer.add(chunk)
    if answer.chunks and (answer.raw_finish or answer.blocked):
        return answer.reply
    if answer.chunks:
        said = "answered without saying why it ended"
        facts = _facts(answer)
        return fault(asked, status, headers, Complaint(), kind="stream_incomplete", found=said, facts=facts)
    return unreadable(status, headers, body, asked=asked, found="answered with what holds no candidates")


def _chunks(body: bytes) -> list[Mapping[object, object]]:
    """The chunks of a body; none where it is no answer."""
    try:
        value = decoded_json(body)
    except (DecodeError, UnicodeDecodeError, RecursionError):
        return []
    several = value if isinstance(value, list) else [value]
    return [
        one for one in several if isinstance(one, dict) and ("error" in one or any(k in one for k in KNOWN))
    ]


def _facts(answer: Unfinished) -> dict[str, str]:
    text = "".join(part.text for part in answer.parts() if isinstance(part, Text))
    return facts_so_far(text, answer.model, answer.id, answer.usage)


@define(eq=False)
class StreamDecoder(EventStreamDecoding):
    """A streamed answer."""

    lacking: ClassVar[str] = "streamed no candidates"
    _answer: Unfinished = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._answer = Unfinished(self.provider)

    def whole(self, data: bytes) -> bool:
        return bool(_chunks(data))

    def take(self, data: bytes, name: bytes) -> tuple[DecodedDelta, ...] | None:
        chunks = _chunks(data)
        if not chunks:
            return None
        said: list[DecodedDelta] = []
        for chunk in chunks:
            if "error" in chunk:
                self.failure = complaint_in(dict(chunk))
                break
            text, thoughts = self._answer.add(chunk)
            said += deltas(text, thoughts)
        return tuple(said)

    @property
    def reply(self) -> ModelReply | None:
        return self._answer.reply if self._answer.raw_finish or self._answer.blocked else None

    @property
    def begun(self) -> bool:
        return self._answer.chunks > 0

    @property
    def partial(self) -> Mapping[str, str]:
        return _facts(self._answer)
