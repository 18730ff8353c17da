"""Texts, names, parts and messages."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from typedagents.core.code import (
    Artefact,
    BlockResult,
    Captured,
    CodeResult,
    Exited,
    LimitHit,
    Refused,
    RunEnd,
    Saved,
    Signalled,
    TimedOut,
)
from typedagents.core.context import Change
from typedagents.core.json_text import json_text
from typedagents.core.log import Transcript
from typedagents.core.message import AgentName, Message, Origin
from typedagents.core.parts import (
    Audio,
    Data,
    File,
    Image,
    Inline,
    Link,
    Media,
    Opaque,
    Part,
    Reasoning,
    Refusal,
    ResultContent,
    Text,
    ToolCall,
    ToolResult,
    Unknown,
)

COUNTS = st.integers(0, 2**40)
SECONDS = st.floats(0, 1e12, allow_nan=False)
ORIGINS: tuple[Origin, ...] = ("model", "human", "tool", "code", "program")


def texts(max_size: int = 30) -> SearchStrategy[str]:
    """Any text JSON can carry: control characters and all planes, but no lone surrogates and no NUL."""
    return st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=max_size)


def rough_texts(max_size: int = 30) -> SearchStrategy[str]:
    """Text as a broken program may produce it: lone surrogates and NUL included."""
    return st.text(max_size=max_size)


def agent_names() -> SearchStrategy[AgentName]:
    """Names an agent may have."""
    letters = st.characters(categories=("L", "N", "P", "S"))
    return st.text(letters, min_size=1, max_size=12).filter(lambda name: name.isprintable()).map(AgentName)


def json_texts() -> SearchStrategy[str]:
    """JSON values, as canonical text."""
    leaves = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | texts(8)
    values = st.recursive(
        leaves,
        lambda kids: st.lists(kids, max_size=3) | st.dictionaries(texts(4), kids, max_size=3),
        max_leaves=5,
    )
    return values.map(json_text)


def media() -> SearchStrategy[Media]:
    """Media, inline or elsewhere."""
    return st.builds(Inline, st.binary(max_size=20), texts(10)) | st.builds(Link, texts(20), texts(10))


def opaques() -> SearchStrategy[Opaque]:
    """A provider's own state."""
    return st.builds(Opaque, texts(8), texts(8), json_texts())


def result_contents() -> SearchStrategy[ResultContent]:
    """What tools return."""
    return st.one_of(
        st.builds(Text, texts()),
        st.builds(Image, media(), st.sampled_from(["", "low", "high"])),
        st.builds(Audio, media()),
        st.builds(File, media(), texts(8)),
    )


def tool_calls() -> SearchStrategy[ToolCall]:
    """What a model asks of tools."""
    return st.builds(
        ToolCall, texts(8), texts(8), json_texts() | texts(8), st.booleans(), st.none() | opaques()
    )


def tool_results() -> SearchStrategy[ToolResult]:
    """What a call came to."""
    contents = st.lists(result_contents(), max_size=2).map(tuple)
    return st.builds(
        ToolResult,
        texts(8),
        texts(8),
        contents,
        st.booleans(),
        changes(),
        st.none() | agent_names(),
        st.none() | texts(8),
    )


def changes() -> SearchStrategy[tuple[Change, ...]]:
    """What decisions and results set of the context."""
    return st.lists(st.builds(Change, texts(8), json_texts()), max_size=2).map(tuple)


def run_ends() -> SearchStrategy[RunEnd]:
    """How a program ended."""
    limits = st.sampled_from(["memory", "output", "processes", "file", "cpu"])
    return st.one_of(
        st.builds(Exited, st.integers(0, 255)),
        st.builds(Signalled, st.integers(1, 64)),
        st.builds(TimedOut, SECONDS),
        st.builds(LimitHit, limits),
        st.builds(Refused, texts()),
        st.builds(Saved, texts()),
    )


def code_results() -> SearchStrategy[CodeResult]:
    """What running code came to."""
    captured = st.builds(Captured, st.binary(max_size=20), COUNTS)
    blocks = st.lists(st.builds(BlockResult, run_ends(), captured, captured), max_size=2).map(tuple)
    artefacts = st.lists(
        st.builds(Artefact, texts(8), COUNTS, texts(8), texts(8), st.binary(max_size=8)), max_size=2
    )
    return st.builds(CodeResult, blocks, artefacts.map(tuple), st.lists(texts(8), max_size=2).map(tuple))


def parts() -> SearchStrategy[Part]:
    """Every kind of part, those of a newer version included."""
    return st.one_of(
        result_contents(),
        st.builds(Reasoning, texts(), st.none() | opaques()),
        st.builds(Refusal, texts()),
        tool_calls(),
        tool_results(),
        code_results(),
        st.builds(Data, json_texts()),
        opaques(),
        st.builds(Unknown, st.just("hologram"), st.just('{"part":"hologram","x":1}')),
    )


def origins() -> SearchStrategy[Origin]:
    """Where words come from."""
    return st.sampled_from(ORIGINS)


def messages() -> SearchStrategy[Message]:
    """Messages of any parts."""
    return st.builds(Message, agent_names(), st.lists(parts(), min_size=1, max_size=3), origins())


def transcripts(max_size: int = 4) -> SearchStrategy[Transcript]:
    """Conversations, as they are shown to models."""
    return st.lists(messages(), max_size=max_size).map(Transcript)
