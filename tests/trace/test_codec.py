"""Law 4: what is written can be read back, whatever it is."""

from __future__ import annotations

from decimal import Decimal

import pytest
from attrs import frozen
from hypothesis import given
from hypothesis import strategies as st
from msgspec.json import decode

from typedagents.core.code import CodeBlock, CodeFile, RunCode
from typedagents.core.effect import AnyEffect, Effect, Failed, Ok, Outcome, proved
from typedagents.core.errors import TraceError
from typedagents.core.log import Entry, Said
from typedagents.core.message import AgentName, Message
from typedagents.core.model import ByDigest, ModelReply, OutputSpec, Prompt, Settings, ToolSpec
from typedagents.core.parts import Text, ToolResult, Unknown
from typedagents.core.stop import StopReason
from typedagents.core.usage import Charge
from typedagents.testing import strategies as values
from typedagents.trace.codec import (
    canonical,
    digest_of,
    encode,
    finite,
    plain,
    plain_effect,
    read,
    read_entry,
    read_reason,
    result_type,
)


@given(values.messages())
def test_messages_come_back(message: Message) -> None:
    assert read(decode(encode(message)), Message) == message


@given(values.entries())
def test_entries_come_back(entry: Entry) -> None:
    assert read_entry(decode(encode(entry))) == entry


@given(values.stop_reasons())
def test_stop_reasons_come_back(reason: StopReason) -> None:
    assert read_reason(decode(encode(reason))) == reason


@given(values.model_replies())
def test_model_replies_come_back(reply: ModelReply) -> None:
    assert read(decode(encode(reply)), ModelReply) == reply


@given(values.charges())
def test_charges_come_back_to_the_last_digit(charge: Charge) -> None:
    assert read(decode(encode(charge)), Charge) == charge


@given(values.model_settings())
def test_settings_come_back(settings: Settings) -> None:
    assert read(decode(encode(settings)), Settings) == settings


@given(values.effects().flatmap(lambda effect: st.tuples(st.just(effect), values.outcomes_of(effect))))
def test_results_and_failures_come_back_by_the_type_their_effect_names(
    pair: tuple[AnyEffect, Outcome],
) -> None:
    effect, outcome = pair

    match outcome:
        case Ok(value):
            back = read(decode(encode(value)), result_type(type(effect)))
            assert effect.accept(back) == effect.accept(value)
        case Failed():
            assert read(decode(encode(outcome)), Failed) == outcome


@given(values.effects())
def test_equal_effects_have_equal_bytes_and_those_hold_no_conversation(effect: AnyEffect) -> None:
    fields, shared = plain_effect(effect)
    again, _ = plain_effect(effect)

    assert canonical(fields) == canonical(again)
    for digest, value in shared.items():
        assert digest == digest_of(canonical(value))
        assert read(decode(encode(value)), type(value)) == value


def test_a_part_of_a_newer_version_is_kept_wherever_it_stands() -> None:
    newer = {"part": "hologram", "depth": 3}
    message = {"sender": "a", "parts": [newer, {"part": "text", "text": "b"}], "origin": "model"}
    result = {"part": "tool_result", "call_id": "1", "name": "t", "content": [newer], "failed": False}

    first = read(message, Message)
    assert first.parts == (Unknown("hologram", '{"depth":3,"part":"hologram"}'), Text("b"))
    assert read(decode(encode(first)), Message) == first
    second = read(result, ToolResult)
    assert read(decode(encode(second)), ToolResult) == second


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"entry": "sang"}, "no entry is named 'sang'; known are: opened, began, said"),
        ({"entry": "began"}, "agent"),
        (7, "no entry is named None"),
    ],
)
def test_what_is_no_entry_is_said_to_be_none(value: object, text: str) -> None:
    with pytest.raises(TraceError, match=text):
        read_entry(value)


@frozen
class Odd:
    """Holds what JSON cannot."""

    value: object


def test_what_cannot_be_written_is_named() -> None:
    with pytest.raises(TraceError, match=r"cannot record Odd: .*complex"):
        encode(Odd(1j))
    with pytest.raises(TraceError, match=r"cannot record Odd: .*complex"):
        canonical(Odd(1j))


class Bare(Effect[str]):
    """No attrs class."""

    def accept(self, value: object, /) -> str:
        return proved(value, str)


class Nothing(Effect):  # type: ignore[type-arg]  # what a user without a type checker may write
    """Does not say what it results in."""

    def accept(self, value: object, /) -> object:
        return value


def test_an_effect_that_cannot_be_written_is_named() -> None:
    with pytest.raises(TraceError, match=r"effect Bare cannot be recorded; make Bare a frozen attrs class"):
        plain_effect(Bare())
    with pytest.raises(TraceError, match=r"Nothing does not say what it results in"):
        result_type(Nothing)


@frozen
class Farther(Bare):
    """An effect derived from an effect."""


def test_the_result_type_is_found_along_the_bases() -> None:
    assert result_type(Farther) is str


def test_values_by_digest_stand_there_once() -> None:
    from typedagents.core.log import Transcript
    from typedagents.core.model import CallModel

    spec = ToolSpec("t", "does", "{}")
    effect = CallModel(Transcript(), AgentName("a"), "", Prompt("be"), (spec, spec), OutputSpec("o", "{}"))
    fields, shared = plain_effect(effect)

    assert len(shared) == 3
    assert all(isinstance(value, ByDigest) for value in shared.values())
    assert b"does" not in canonical(fields)


def test_money_is_no_float() -> None:
    assert encode(Decimal("0.10")) == b'"0.10"'


def test_a_conversation_is_written_as_a_reference() -> None:
    from typedagents.core.log import Log

    log = Log([Said(Message(AgentName("a"), "b"))])
    assert plain(log) == {"length": 1, "head": log.head.hex()[:32]}


def test_what_has_no_result_is_nothing_and_nothing_else() -> None:
    from types import NoneType

    assert read(None, NoneType) is None
    with pytest.raises(TraceError, match=r"this is no NoneType: expected nothing, found 3"):
        read(3, NoneType)


def test_a_type_that_cannot_be_read_is_named() -> None:
    with pytest.raises(TraceError, match=r"this is no complex: Unsupported type"):
        read(1, complex)


@frozen
class Measured:
    """A result that may hold what JSON cannot."""

    value: float
    more: tuple[float, ...] = ()


@pytest.mark.parametrize("value", [Measured(float("nan")), Measured(1.0, (2.0, float("-inf")))])
def test_numbers_that_json_cannot_hold_are_refused(value: Measured) -> None:
    with pytest.raises(
        TraceError, match=r"cannot record Measured: (nan|-inf) is no number that JSON can hold"
    ):
        finite(value)
    finite([Measured(1.0, (2.0,)), {"a": frozenset({1})}])


def test_a_field_that_came_later_is_written_only_where_it_says_something() -> None:
    plain_block, kept = CodeBlock("sh", "ls"), CodeBlock("json", "{}", "a.json", to="save")
    old, _ = plain_effect(RunCode((plain_block,)))
    new, _ = plain_effect(RunCode((plain_block, kept), files=(CodeFile("b", b"1"),), requirements=("attrs",)))

    assert list(old) == ["blocks", "limits", "session", "stdin", "env"]
    assert list(new) == [*old, "files", "requirements"]
    assert old["blocks"] == [{"code": "ls", "filename": None, "language": "sh"}]
    assert new["blocks"] == [
        {"code": "ls", "filename": None, "language": "sh"},
        {"code": "{}", "filename": "a.json", "language": "json", "to": "save"},
    ]
