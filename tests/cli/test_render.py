"""What the watcher makes of each event and each part of a message."""

from __future__ import annotations

import io

import pytest

from typedagents import (
    Audio,
    CallModel,
    CallTool,
    CodeResult,
    Cut,
    Data,
    EffectFinished,
    EffectStarted,
    EntryAdded,
    Event,
    Failed,
    File,
    Image,
    Inline,
    Link,
    Message,
    Now,
    Observed,
    Ok,
    Opaque,
    Reasoning,
    Refusal,
    Sleep,
    Text,
    TextDelta,
    ToolCall,
    ToolResult,
    Transcript,
)
from typedagents.cli.ink import PlainInk
from typedagents.cli.page import Page
from typedagents.cli.render import Renderer, depth_of, turn_of
from typedagents.core.code import BlockResult, Captured, Exited
from typedagents.core.effect import Path
from typedagents.core.log import Changed, Handed, Noted, Passed, Said, Summed
from typedagents.core.message import AgentName
from typedagents.core.parts import Part
from typedagents.core.tool import Approve, Approved, Denied
from typedagents.interpreter.notices import Retrying

A, B = AgentName("a"), AgentName("b")
T0, FIRST, SECOND = Path("t0."), Path("t0.0"), Path("t0.1/0.0")
ASKED = CallModel(Transcript(), A)


def shown(*events: Event, columns: int | None = None) -> str:
    out = io.StringIO()
    renderer = Renderer(Page(PlainInk(out, columns)))
    for event in events:
        renderer(event)
    renderer.page.end(0)
    return out.getvalue()


@pytest.mark.parametrize(
    ("part", "text"),
    [
        (Text("words"), "words\n"),
        (Refusal("no"), "no\n"),
        (ToolCall("1", "add", '{"a":1}'), 'asks for add({"a":1})\n'),
        (ToolResult("1", "add", (Text("2"),)), "add: 2\n"),
        (
            ToolResult("1", "draw", (Text("a\nb"), Image(Link("http://a/b")))),
            "draw: a\nb\nimage: http://a/b\n",
        ),
        (Data('{"x":1}'), '{"x":1}\n'),
        (Reasoning("let me think"), "thought in 3 words\n"),
        (Image(Inline(b"123", "image/png")), "image: 3 bytes, image/png\n"),
        (Audio(Link("http://a/b")), "audio: http://a/b\n"),
        (File(Link("http://a/c")), "file: http://a/c\n"),
        (Opaque("p", "k", "{}"), ""),
    ],
)
def test_every_part_has_a_look(part: Part, text: str) -> None:
    assert shown(EntryAdded(T0, Said(Message(A, (part,))))) == f"a\n{text}"


def test_long_output_is_shortened_on_a_screen_only() -> None:
    output = "".join(f"line {number}\n" for number in range(100))
    said = EntryAdded(
        T0, Said(Message(A, (CodeResult((BlockResult(Exited(0), Captured(output.encode())),)),)))
    )

    assert shown(said).count("line ") == 100
    result = ToolResult("1", "t", (Text(output),))
    assert "... 60 lines more" in shown(EntryAdded(T0, Said(Message(A, (result,)))), columns=80)
    assert "line 19\n... 60 lines more, in the trace ...\nline 80\n" in shown(said, columns=80)


def test_what_is_done_besides_talking_is_told() -> None:
    assert (
        shown(
            EffectStarted(FIRST, A, CallTool("add", "{}", "1")),
            EffectStarted(FIRST, A, Sleep(2)),
            EffectStarted(FIRST, A, Now()),
            EntryAdded(T0, Changed(A, "mood", '"good"')),
            EntryAdded(T0, Noted(A, "a secret")),
            EntryAdded(T0, Handed(A, B)),
            EntryAdded(Path("t1."), Handed(B, A)),
            EntryAdded(Path("t2."), Passed(A)),
        )
        == 'a\ncalls add({})\na waits 2 s\nsets mood = "good"\nhands over to b\n\nb hands over to a\n'
    )


def test_what_becomes_of_a_call_that_needs_approval_is_told() -> None:
    asked = Approve("rm", "{}", "1", A)

    def told(verdict: object) -> str:
        return shown(EffectStarted(FIRST, A, asked), EffectFinished(FIRST, A, asked, Ok(verdict)))

    assert told(Approved()) == "a\napproved\n"
    assert told(Denied("not yours")) == "a\ndenied: not yours\n"
    assert told(Denied()) == "a\ndenied\n"


def test_who_was_asked_and_says_nothing_is_told() -> None:
    events = (
        EffectStarted(FIRST, A, ASKED),
        EffectFinished(FIRST, A, ASKED, Ok(None)),
        EntryAdded(T0, Passed(A)),
    )
    assert shown(*events) == "a\nhas nothing to say\n"


def test_of_two_that_stream_at_once_one_is_shown_as_it_comes() -> None:
    assert (
        shown(
            EffectStarted(FIRST, A, ASKED),
            EffectStarted(SECOND, A, ASKED),
            Observed(FIRST, A, TextDelta("on")),
            Observed(SECOND, A, TextDelta("two")),
            Observed(FIRST, A, TextDelta("e")),
            EffectFinished(SECOND, A, ASKED, Ok(None)),
            EffectFinished(FIRST, A, ASKED, Ok(None)),
            EntryAdded(T0, Said(Message(A, "one", "model"))),
            EntryAdded(T0, Said(Message(A, "two", "model"))),
        )
        == "a\none\ntwo\n"
    )


def test_what_a_transform_cut_is_told_in_a_line_under_whom_it_is_cut_for() -> None:
    assert (
        shown(
            Observed(T0, B, Cut("", "last(1)", 3, 1, 30, 10)),
            Observed(T0, A, Cut("a", "last(2)", 3, 2, 30, 20)),
            EffectStarted(FIRST, A, ASKED),
            Observed(FIRST, A, TextDelta("on")),
            EffectFinished(FIRST, A, ASKED, Ok(None)),
        )
        == "the selector\nis shown 1 of 3 messages, 10 of 30 tokens: last(1)\n\n"
        "a\nis shown 2 of 3 messages, 20 of 30 tokens: last(2)\non\n"
    )


def test_a_call_that_is_made_again_is_told() -> None:
    assert (
        shown(
            EffectStarted(FIRST, A, ASKED),
            Observed(FIRST, A, Retrying(1, 1.5, "rate_limit", "slow down")),
            EffectFinished(FIRST, A, ASKED, Ok(None)),
        )
        == "a\nattempt 1 failed (rate_limit); again in 1.5 s\n"
    )


def test_a_streamed_message_s_other_parts_are_shown_after_it() -> None:
    parts = (Text("I add"), ToolCall("1", "add", "{}"))
    assert (
        shown(
            EffectStarted(FIRST, A, ASKED),
            Observed(FIRST, A, TextDelta("I add")),
            EffectFinished(FIRST, A, ASKED, Ok(None)),
            EntryAdded(T0, Said(Message(A, parts, "model"))),
        )
        == "a\nI add\nasks for add({})\n"
    )


def test_two_failures_that_a_policy_lives_with_are_both_told() -> None:
    told = shown(
        EffectFinished(FIRST, A, ASKED, Failed("one", "first")),
        EffectFinished(SECOND, A, ASKED, Failed("two", "second")),
        EntryAdded(T0, Said(Message(A, "well"))),
    )
    assert told == "CallModel of a failed: one: first\nCallModel of a failed: two: second\n\na\nwell\n"


def test_where_a_path_belongs() -> None:
    nested = Path("t3.0/c.t1.2/1.4")

    assert turn_of(nested) == "t3.0/c.t1."
    assert depth_of(nested) == 1
    assert turn_of(Path("")) == ""


def test_a_summary_is_shown_where_it_says_more_than_the_last_message() -> None:
    said = EntryAdded(T0, Said(Message(A, "It is 4. TERMINATE")))

    assert "in sum" not in shown(said, EntryAdded(T0, Summed("It is 4.")))
    assert "in sum: four, they say" in shown(said, EntryAdded(T0, Summed("four, they say")))
    assert "no summary: rate limit: later" in shown(said, EntryAdded(T0, Summed("", "rate limit: later")))
