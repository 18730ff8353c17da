"""``fallback``: who is asked when, what the next one is sent, and what is told of it."""

from __future__ import annotations

import pytest
from attrs import evolve

from tests.providers.asking import REQUEST, Told
from tests.providers.loopback import piece as event
from tests.providers.loopback import refusing, said, serving, streamed, whole
from tests.providers.wrappers.models import USED, Faulty, answer, failed, refusal, replied
from typedagents.core.errors import ConfigError, ProviderError
from typedagents.core.log import Transcript
from typedagents.core.message import Message
from typedagents.core.model import TextDelta
from typedagents.core.parts import Reasoning, Text
from typedagents.core.usage import Charge, Usage
from typedagents.interpreter.notices import FellBack
from typedagents.providers import AnthropicMessages, NoKey, OpenAIChat, fallback, retry
from typedagents.providers.faults import ProviderKind
from typedagents.providers.wrappers.fallback import REMEMBERED
from typedagents.testing import VirtualClock

ASKED_ELSEWHERE: list[ProviderKind] = [
    "connection",
    "timeout",
    "rate_limit",
    "quota",
    "overloaded",
    "server",
    "stream_incomplete",
    "protocol",
]
NOT_ASKED: list[ProviderKind] = [
    "auth",
    "permission",
    "not_found",
    "invalid_request",
    "request_too_large",
    "context_length",
    "content_filter",
    "tool_format",
    "budget",
]

THOUGHT = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "model": "claude",
    "content": [
        {"type": "thinking", "thinking": "hm", "signature": "c2lnbmF0dXJl"},
        {"type": "text", "text": "first"},
    ],
    "stop_reason": "end_turn",
    "usage": {"input_tokens": 1, "output_tokens": 2},
}


@pytest.mark.parametrize("kind", ASKED_ELSEWHERE)
def test_the_next_one_is_asked_when_a_service_fails(kind: ProviderKind, way: str) -> None:
    first, second, told = Faulty([ProviderError("no", kind=kind)]), Faulty([answer()]), Told()
    reply = replied(fallback(first, second), way, told)

    assert evolve(reply, lost=None) == answer()
    assert second.asked == [REQUEST]
    (notice,) = told.shown
    assert isinstance(notice, FellBack)
    assert notice.words == f"provider 1 failed ({kind}); the next one is asked"


@pytest.mark.parametrize("kind", NOT_ASKED)
def test_a_refusal_of_the_request_itself_is_final_unless_it_is_asked_for(kind: ProviderKind) -> None:
    error = ProviderError("no", kind=kind)
    first, second = Faulty([error]), Faulty([answer()])

    assert failed(fallback(first, second)) is error
    assert second.seen == []
    assert replied(fallback(first, second, kinds={kind})) == answer()


def test_after_quota_the_next_service_is_asked_once_without_the_firsts_state(way: str) -> None:
    """Case 39, over HTTP: a thought with its signature came from A, whose credit is then used up; B answers."""
    quota = refusing("You exceeded your current quota", "429 No", code="insufficient_quota")
    with serving(whole(THOUGHT), quota) as one, serving(whole(said("second"))) as other:
        a = AnthropicMessages(model="claude", base_url=one.url.removesuffix("/v1"), api_key=NoKey())
        b = OpenAIChat(model="b", base_url=other.url, api_key=NoKey())
        first = replied(a, way)
        assert [type(part) for part in first.parts] == [Reasoning, Text]
        talk = Transcript(
            [*REQUEST.transcript, Message(REQUEST.me, first.parts, "model"), Message("you", "and?")]
        )
        reply = replied(fallback(a, b), way, request=evolve(REQUEST, transcript=talk))

        assert len(other.asked) == 1
        assert len(one.asked) == 2
        assert b"c2lnbmF0dXJl" in one.asked[1].body
        assert b"c2lnbmF0dXJl" not in other.asked[0].body
        assert b"first" in other.asked[0].body
        assert (reply.text, reply.provider) == ("second", f"127.0.0.1:{other.port}")


def test_nobody_else_is_asked_once_something_was_shown() -> None:
    with serving(streamed(event("Hel"), end=False)) as one:
        model = OpenAIChat(model="m", base_url=one.url, api_key=NoKey(), delivery="streamed")
        second, told = Faulty([answer()]), Told()
        error = failed(fallback(retry(model, clock=VirtualClock()), second), told=told)

        assert (error.kind, error.facts["partial"]) == ("stream_incomplete", "Hel")
        assert (len(one.asked), second.seen) == (1, [])
        assert told.shown == [TextDelta("Hel")]


def test_the_other_service_knows_the_call_by_another_name() -> None:
    first, second = Faulty([refusal(500)]), Faulty([answer()])
    replied(fallback(first, second))

    assert (first.seen[0].id, second.seen[0].id) == ("run/t0", "run/t0/f1")


def test_where_all_fail_the_error_tells_of_all(way: str) -> None:
    models = [
        Faulty([ProviderError(f"text {n}", kind=kind)]) for n, kind in enumerate(("server", "quota", "auth"))
    ]
    error = failed(fallback(*models), way)

    assert (error.kind, error.text) == ("auth", "text 2 (before: server: text 0 | quota: text 1)")
    assert [error.facts[f"provider_{n}"] for n in (1, 2, 3)] == [
        "server: text 0",
        "quota: text 1",
        "auth: text 2",
    ]


def test_a_run_may_stay_with_whom_it_came_to() -> None:
    first, second = Faulty([refusal(500), answer("first")]), Faulty([answer("second")])
    model = fallback(first, second, sticky=True)

    assert [replied(model, told=Told(run=run)).text for run in ("a", "a", "b", "a")] == [
        "second",
        "second",
        "first",
        "second",
    ]


def test_whom_a_run_stayed_with_may_fail_too() -> None:
    first, second = Faulty([refusal(500), answer("first")]), Faulty([answer("second"), refusal(500)])
    model = fallback(first, second, sticky=True)

    assert [replied(model).text for _ in range(3)] == ["second", "first", "first"]


def test_without_that_the_first_is_always_asked_first() -> None:
    first, second = Faulty([refusal(500), answer("first")]), Faulty([answer("second")])
    model = fallback(first, second)

    assert [replied(model).text for _ in range(2)] == ["second", "first"]


def test_runs_that_were_long_silent_are_forgotten() -> None:
    first, second = Faulty([refusal(500), answer("first")]), Faulty([answer("second")])
    model = fallback(first, second, sticky=True)
    old = Told(run="old")
    assert replied(model, told=old).text == "second"
    for n in range(REMEMBERED):
        replied(model, told=Told(run=str(n)))

    assert replied(model, told=old).text == "first"


def test_the_reply_says_what_was_lost_on_the_way() -> None:
    cut = ProviderError("x", kind="stream_incomplete", facts={"input_tokens": "7", "output_tokens": "2"})
    late = ProviderError("x", kind="timeout", facts={"retryable": "true"})
    first = retry(Faulty([cut, late, late]), clock=VirtualClock())
    reply = replied(fallback(first, Faulty([answer()])))

    assert reply.lost == Charge("", Usage(fresh_input=7, output=2), 3, 2)
    assert reply.charge.calls == 4
    assert reply.charge.usage == USED + Usage(fresh_input=7, output=2)


def test_nothing_is_lost_with_services_that_did_not_begin() -> None:
    first = retry(Faulty([refusal(500)]), clock=VirtualClock())

    assert replied(fallback(first, Faulty([answer()]))).lost is None


def test_steps_may_have_kinds_of_their_own() -> None:
    one, two, large = (
        Faulty([refusal(500)]),
        Faulty([ProviderError("long", kind="context_length")]),
        Faulty([answer("large")]),
    )
    model = fallback(fallback(one, two), large, kinds={"context_length"})

    assert replied(model).text == "large"


def test_a_plan_that_cannot_be_kept_is_refused() -> None:
    with pytest.raises(ConfigError, match="at least two providers, in order; found 1"):
        fallback(Faulty([answer()]))
    unknown: set[ProviderKind] = set()
    for kind in ("server", "sever"):
        unknown.add(kind)  # type: ignore[arg-type]  # what a type checker would not let pass
    with pytest.raises(ConfigError, match="no kind of error named sever; there are: connection, timeout"):
        fallback(Faulty([answer()]), Faulty([answer()]), kinds=unknown)
