"""Requests of all kinds, for those who know what a service takes."""

from __future__ import annotations

from attrs import evolve
from hypothesis import strategies as st

from tests.providers.conversations import ADD, ME, MESSAGES
from typedagents.core.log import Transcript
from typedagents.core.message import Message
from typedagents.core.model import CallModel, OutputSpec, Prompt, Settings, ToolSpec
from typedagents.core.parts import Audio, File, Inline, Link

CLOSED = (
    '{"type":"object","properties":{"n":{"type":"integer"}},"required":["n"],"additionalProperties":false}'
)
COUNT = ToolSpec("count", "", CLOSED)

MEDIA = st.sampled_from(
    [
        Audio(Inline(b"\x00\x01", "audio/wav")),
        Audio(Link("https://x.example/a.mp3")),
        File(Inline(b"%PDF", "application/pdf"), "a.pdf"),
        File(Inline(b"words", "text/plain"), "a.txt"),
        File(Link("https://x.example/b.pdf", "application/pdf"), ""),
    ]
)
SHOWN = st.builds(Message, st.just("a b"), st.lists(MEDIA, min_size=1, max_size=2).map(tuple))

SETTINGS = st.builds(
    Settings,
    temperature=st.sampled_from([None, 0.5]),
    top_p=st.sampled_from([None, 0.9]),
    max_tokens=st.sampled_from([None, 5]),
    seed=st.sampled_from([None, 7]),
    stop=st.sampled_from([(), ("END", "STOP")]),
    reasoning_effort=st.sampled_from([None, "low"]),
    parallel_tool_calls=st.sampled_from([None, False, True]),
)
CHOICES = st.sampled_from([None, "auto", "required", "none", "count"])


@st.composite
def requests(draw: st.DrawFn) -> CallModel:
    """Any conversation, asked about in any way that makes sense."""
    tools = draw(st.sampled_from([(), (COUNT,), (ADD, COUNT)]))
    settings = draw(SETTINGS)
    if tools:
        settings = evolve(settings, tool_choice=draw(CHOICES))
    return CallModel(
        Transcript(draw(st.lists(MESSAGES | SHOWN, max_size=8))),
        ME,
        instructions=draw(st.sampled_from([None, Prompt("help")])),
        tools=tools,
        output=draw(st.sampled_from([None, OutputSpec("answer", CLOSED), OutputSpec("free", CLOSED, False)])),
        settings=settings,
    )
