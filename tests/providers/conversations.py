"""Random conversations with calls and results in every order, complete or not."""

from __future__ import annotations

from hypothesis import strategies as st

from typedagents.core.code import BlockResult, Captured, CodeResult, Exited
from typedagents.core.message import AgentName, Message
from typedagents.core.model import ToolSpec
from typedagents.core.parts import (
    Data,
    Image,
    Inline,
    Link,
    Opaque,
    Part,
    Reasoning,
    Refusal,
    Text,
    ToolCall,
    ToolResult,
    Unknown,
)

ADD = ToolSpec("add", "adds", '{"type":"object"}', strict=True)
SUB = ToolSpec("sub", "", "{}")
ME, OTHER, THIRD = AgentName("me"), AgentName("a b"), AgentName("third")
IDS = st.sampled_from(["c1", "c2", "c3"])
WORDS = st.text(max_size=8)

CALLS = st.builds(
    ToolCall,
    IDS,
    st.sampled_from(["add", "mul"]),
    st.sampled_from(["{}", '{"a":1}', '{"a":', "[]"]),
    st.booleans(),
)
RESULTS = st.builds(
    ToolResult,
    IDS,
    st.just("add"),
    st.sampled_from([(), (Text("3"),), (Text("see"), Image(Link("https://x/y.png")))]),
    st.booleans(),
)
PARTS: st.SearchStrategy[Part] = st.one_of(
    st.builds(Text, WORDS),
    CALLS,
    CALLS,
    RESULTS,
    RESULTS,
    st.builds(Refusal, WORDS),
    st.builds(Reasoning, WORDS, st.sampled_from([None, Opaque("here", "field", '"reasoning_content"')])),
    st.just(Image(Inline(b"\x00\x01", "image/png"), "low")),
    st.just(Data('{"x":1}')),
    st.just(Opaque("here", "extra_content", '{"s":1}')),
    st.just(Unknown("new", "{}")),
    st.just(CodeResult((BlockResult(Exited(0), Captured(b"4\n")),))),
)
MESSAGES = st.builds(
    Message,
    st.sampled_from([ME, ME, OTHER, THIRD]),
    st.lists(PARTS, max_size=4).map(tuple),
    st.just("program"),
)
"""What any agent may say."""
