"""Values clean what enters, say what they are, and refuse nonsense."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from typedagents.core.ambient import Draw, Now, Sleep
from typedagents.core.code import (
    BlockResult,
    Captured,
    CodeBlock,
    CodeResult,
    Exited,
    LimitHit,
    Refused,
    RunCode,
    RunEnd,
    Saved,
    Signalled,
    TimedOut,
    exit_code,
)
from typedagents.core.code_approval import ApproveCode
from typedagents.core.decision import Decision, Draft, Reply
from typedagents.core.effect import AnyEffect, Tallied, proved
from typedagents.core.errors import ConfigError, ExecutorUnavailable, TraceError
from typedagents.core.human import AskHuman, Typed
from typedagents.core.json_text import json_text
from typedagents.core.limits import Limits, Unlimited
from typedagents.core.log import Log, Transcript
from typedagents.core.message import AgentName, Message
from typedagents.core.model import CallModel, Settings
from typedagents.core.parts import (
    Data,
    Image,
    Inline,
    Reasoning,
    Refusal,
    Text,
    ToolResult,
    cleaned,
)
from typedagents.core.rule import AlwaysHolds, Both, Either, Negated, NeverHolds, Rule, keeps_time
from typedagents.core.tool import Approve, CallTool
from typedagents.core.usage import Charge, Usage, merged
from typedagents.core.view import Roster
from typedagents.interpreter.bill import Bill, Billed
from typedagents.testing import strategies as values


@given(values.rough_texts())
def test_text_is_cleaned_once_where_it_enters(text: str) -> None:
    clean = Text(text).text

    assert clean == cleaned(clean)
    assert "\0" not in clean
    assert clean.encode().decode() == clean


@pytest.mark.parametrize(
    ("end", "code", "note"),
    [
        (Exited(3), 3, ""),
        (Signalled(9), 137, ""),
        (TimedOut(2.5), 124, "Timeout: stopped after 2.5 s"),
        (LimitHit("memory"), 137, "Stopped: the limit on memory was reached"),
        (LimitHit("output"), 1, "Stopped: the limit on output was reached"),
        (Refused("no shell here"), 1, "no shell here"),
        (Saved("a.py"), 0, "Code saved to a.py"),
    ],
)
def test_every_end_of_a_program_has_a_code_and_words(end: RunEnd, code: int, note: str) -> None:
    result = CodeResult((BlockResult(end, Captured(b"out\n"), Captured(b"err\xff", 4)),))

    assert exit_code(end) == code
    assert result.exit_code == code
    verdict = "failed" if code else "succeeded"
    rest = f"\n{note}" if note else ""
    assert (
        result.text
        == f"exitcode: {code} (execution {verdict})\nCode output: out\nerr\ufffd\n[4 bytes dropped]{rest}"
    )


def test_running_nothing_succeeds() -> None:
    assert CodeResult(()).exit_code == 0
    assert RunCode(()).repetition() == "idempotent"
    assert RunCode((), session="s").repetition() == "at_most_once"
    assert RunCode((CodeBlock("sh", "ls"),)).likeness() == "sh:ls"


def test_what_can_be_read_of_a_message() -> None:
    picture = Image(Inline(b"123", "image/png"))
    message = Message(
        AgentName("a"),
        [
            Text("one"),
            Reasoning("hidden"),
            Data.of({"b": 1}),
            Refusal("no"),
            ToolResult("1", "t", (Text("x"), picture)),
        ],
    )

    assert message.text == 'one\n{"b":1}\nno\nx'
    assert Data('{"b":[1]}').value == {"b": [1]}
    assert Message(AgentName("a"), picture).parts == (picture,)
    assert "<3 bytes>" in repr(picture)


@given(values.decisions())
def test_decisions_hold_no_draft_without_content(decision: Decision) -> None:
    if isinstance(decision, Reply):
        assert all(draft.parts for draft in decision.drafts)


def test_drafts_are_made_of_what_is_at_hand() -> None:
    assert Reply(Draft("a")).drafts == (Draft("a"),)
    assert Reply(Text("a")).drafts == Reply("a").drafts
    assert Reply([Text("a"), Text("b")]).drafts == (Draft([Text("a"), Text("b")]),)
    assert Reply("  ").drafts == ()
    assert Reply(Reasoning("only")).drafts == ()


@given(st.lists(values.charges(), max_size=6), st.randoms())
def test_charges_add_up_in_any_order(charges: list[Charge], dice: object) -> None:
    turned = charges[::-1]

    assert sorted(merged(charges), key=repr) == sorted(merged(turned), key=repr)
    assert merged(merged(charges)) == merged(charges)
    assert sum(charge.calls for charge in merged(charges)) == sum(charge.calls for charge in charges)


def test_an_unknown_price_is_none_and_never_nought() -> None:
    known = Charge("a", Usage(1), cost_usd=Decimal("0.5"))
    unknown = Charge("b", Usage(2))
    cached = Charge("c", Usage(4), cached=True)
    bill = Bill.of([Billed("t0", "x", known), Billed("t0", "y", unknown), Billed("t0", "x", cached)])

    assert bill.cost_usd is None
    assert bill.unpriced == ("b",)
    assert bill.calls == 3
    assert bill.usage == Usage(3)
    assert Bill.of(
        [Billed("t0", "x", known), Billed("t0", "x", known), Billed("t0", "x", cached)]
    ).cost_usd == Decimal(1)
    assert (Usage(1, 2, 4) + Usage(output=8, reasoning=16)).total == 31
    assert merged([known, unknown, Charge("b", cost_usd=Decimal(1))])[1].cost_usd is None


# --- rules are a Boolean algebra --------------------------------------------------------------------------------

LOG = Log()


@given(values.rules(), values.rules(), values.rules())
def test_rules_obey_boolean_algebra(a: Rule, b: Rule, c: Rule) -> None:
    def same(one: Rule, other: Rule) -> None:
        assert one(LOG) is other(LOG)

    same(a & b, b & a)
    same(a | b, b | a)
    same(a & (b & c), (a & b) & c)
    same(a & (b | c), (a & b) | (a & c))
    same(~(a & b), ~a | ~b)
    same(~~a, a)
    same(a | NeverHolds(), a)
    same(a & AlwaysHolds(), a)
    assert (a & ~a)(LOG) is False
    assert not keeps_time(a)
    assert str(Both(a, Either(b, Negated(c)))) == f"({a} and ({b} or not {c}))"


def test_the_simplest_rules_say_what_they_are() -> None:
    assert [str(NeverHolds()), str(AlwaysHolds())] == ["never", "always"]


# --- effects prove their results --------------------------------------------------------------------------------


ME = AgentName("me")
EACH: tuple[AnyEffect, ...] = (
    Now(),
    Draw(2),
    Sleep(1),
    AskHuman("?", ME),
    CallModel(Transcript(), ME),
    CallTool("t", "{}", "1"),
    Approve("t", "{}", "1", ME),
    ApproveCode((CodeBlock("python", "1"),), ME),
    RunCode((CodeBlock("python", "1"),)),
)


@pytest.mark.parametrize("effect", EACH)
def test_no_effect_accepts_just_anything(effect: AnyEffect) -> None:
    with pytest.raises(TypeError):
        effect.accept(object())


@given(values.effects())
def test_each_kind_of_effect_is_among_these(effect: object) -> None:
    assert type(effect) in {type(one) for one in EACH}


def test_results_are_proved() -> None:
    assert Draw(6).accept(5) == 5
    assert CallTool("t", "{}", "1", "pure").repetition() == "pure"
    assert CallTool("t", "{}", "1").accept(ToolResult("1", "t", ())) == ToolResult("1", "t", ())
    assert AskHuman("?", AgentName("a")).accept(Typed("x")) == Typed("x")
    with pytest.raises(TypeError, match=r"a die of 6 sides cannot show 6"):
        Draw(6).accept(6)
    with pytest.raises(TypeError, match=r"expected None, got int"):
        Sleep(1).accept(1)
    with pytest.raises(TypeError, match=r"expected a finite number, got float: nan"):
        Now().accept(float("nan"))
    assert proved(Tallied({}), Tallied).effects == {}


def test_settings_are_finite() -> None:
    with pytest.raises(ConfigError, match=r"finite number; found inf"):
        Settings(temperature=float("inf"))
    with pytest.raises(ConfigError, match=r"finite number; found nan"):
        Settings(top_p=float("nan"))


@given(values.limits())
def test_limits_say_how_many_messages_they_allow_together(limits: Limits) -> None:
    allowed = [limits.max_messages] if limits.max_messages is not Unlimited else []
    if limits.max_turns is not Unlimited:
        allowed.append(2 * limits.max_turns)

    assert limits.most_messages == min(allowed, default=None)
    assert "Unlimited" in repr(Limits())


def test_a_roster_knows_who_comes_next() -> None:
    roster = Roster({AgentName("a"): "first", AgentName("b"): ""})

    assert [roster.after(AgentName(name)) for name in "abx"] == ["b", "a", None]
    assert len(roster) == 2
    assert "a" in roster


def test_what_json_cannot_hold_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"complex cannot be written as JSON"):
        json_text(1j)
    assert json_text({"b": 1, "a": 2}) == '{"a":2,"b":1}'


def test_an_executor_that_is_not_there_says_what_to_do() -> None:
    error = ExecutorUnavailable("bwrap is missing", "install bubblewrap")

    assert str(error) == "bwrap is missing; install bubblewrap"
    assert (error.kind, error.reason, error.hint) == ("unavailable", "bwrap is missing", "install bubblewrap")
    assert TraceError("x").log is None


@given(
    st.one_of(
        values.transcripts(), values.contexts(), values.opaques(), values.code_limits(), values.prompts()
    )
)
def test_values_print_and_hash(value: object) -> None:
    assert repr(value)
    assert {value: 1}[value] == 1
    assert Transcript() == Transcript()
