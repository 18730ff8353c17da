"""Each service takes what agents post, waits and fails as it says, and is read; against its published interface."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

import anyio
import pytest
from attrs import evolve

from tests.platforms.services import (
    TOKEN,
    DiscordService,
    Said,
    Service,
    SlackService,
    TelegramService,
    serving,
)
from typedagents import TraceMemory, World, assistant, chat, user_proxy, with_models, with_tools
from typedagents.core.errors import ConfigError, ToolError
from typedagents.core.model import ModelReply
from typedagents.core.parts import ToolCall
from typedagents.platforms import Discord, Platform, Slack, Telegram
from typedagents.testing import scripted_model
from typedagents.tools import toolset

Both: TypeAlias = tuple[Platform, Service]
TOO_MANY = {
    "Discord": Said({"message": "You are being rate limited.", "retry_after": 0.5, "global": False}, 429),
    "Slack": Said({"ok": False, "error": "ratelimited"}, 429, {"Retry-After": "3"}),
    "Telegram": Said({"ok": False, "error_code": 429, "parameters": {"retry_after": 5}}, 429),
}
WAITS = {"Discord": 0.5, "Slack": 3.0, "Telegram": 5.0}


def discord(url: str) -> Platform:
    return Discord(TOKEN, guild="guild 230", channel="general", base_url=url)


def slack(url: str) -> Platform:
    return Slack(TOKEN, channel="C1", base_url=url)


def telegram(url: str) -> Platform:
    return Telegram(TOKEN, chat=-100, base_url=url)


@pytest.fixture(
    params=[(discord, DiscordService), (slack, SlackService), (telegram, TelegramService)],
    ids=["discord", "slack", "telegram"],
)
def both(request: pytest.FixtureRequest) -> Iterator[Both]:
    made: tuple[Callable[[str], Platform], type[Service]] = request.param
    make, kind = made
    with serving(kind()) as service:
        yield make(service.url), service


def sent(platform: Platform, text: str) -> str:
    return anyio.run(platform.send, text)


def test_a_message_is_posted_and_read_back(both: Both) -> None:
    platform, service = both

    assert f"Posted to {platform.name} (id " in sent(platform, "Hello **all**")

    assert service.posted == ["Hello **all**"]
    (read,) = anyio.run(platform.retrieve)
    assert (read["text"], read["at"]) == ("Hello **all**", "2026-01-01T00:00:00+00:00")
    assert read["author"]


def test_a_long_message_is_posted_in_several(both: Both) -> None:
    platform, service = both

    sent(platform, "word " * 2000)

    assert len(service.posted) > 1
    assert " ".join(service.posted) + " " == "word " * 2000


def test_what_was_posted_before_a_failure_is_said(both: Both) -> None:
    platform, service = both
    sent(platform, "first")
    service.before = [None, Said({"ok": False}, 500)]

    with pytest.raises(ToolError, match=r"1 of \d parts were posted before") as caught:
        sent(platform, "word " * 2000)

    assert caught.value.kind == "service"
    assert len(service.posted) == 2


def test_a_rate_limit_is_waited_for_as_long_as_the_service_says(both: Both) -> None:
    platform, service = both
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    service.before = [TOO_MANY[platform.name], TOO_MANY[platform.name]]
    sent(evolve(platform, sleep=sleep), "hello")

    assert service.posted == ["hello"]
    assert [WAITS[platform.name]] * 2 == waits


def test_a_wait_that_is_too_long_is_an_error(both: Both) -> None:
    platform, service = both
    service.before = [TOO_MANY[platform.name]]

    with pytest.raises(ToolError, match=r"waits for 0\.1 s in all") as caught:
        sent(evolve(platform, patience_s=0.1), "hello")

    assert caught.value.kind == "rate_limit"
    assert not service.posted


def test_a_wait_of_unknown_length_is_a_second(both: Both) -> None:
    platform, service = both
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    service.before = [Said(b"<html>slow down</html>", 429, {"Retry-After": "soon"})]
    sent(evolve(platform, sleep=sleep), "hello")

    assert waits == [1.0]


def test_a_wrong_token_is_said_and_not_shown(both: Both) -> None:
    platform, _ = both
    wrong = "another-token-987654321"

    with pytest.raises(ToolError) as caught:
        sent(evolve(platform, token=wrong), "hello")

    assert caught.value.kind == "auth"
    assert wrong not in f"{caught.value!r} {evolve(platform, token=wrong)!r}"


def test_no_log_shows_the_token(both: Both, caplog: pytest.LogCaptureFixture) -> None:
    platform, _ = both

    with caplog.at_level("DEBUG"):
        sent(platform, "hello")

    assert caplog.records
    assert TOKEN not in caplog.text


def test_a_service_that_cannot_be_reached_is_said_without_the_token(both: Both) -> None:
    platform, _ = both

    with pytest.raises(ToolError, match="could not be reached") as caught:
        sent(evolve(platform, base_url="http://127.0.0.1:9"), "hello")

    assert caught.value.kind == "connection"
    assert TOKEN not in str(caught.value)


def test_what_is_no_json_is_an_error_of_the_service(both: Both) -> None:
    platform, service = both
    service.before = [Said(b"<html>bad gateway</html>", 502)]

    with pytest.raises(ToolError, match="502") as caught:
        sent(platform, "hello")

    assert caught.value.kind == "service"


@pytest.mark.parametrize("blank", ["", " \n "])
def test_a_message_without_a_word_is_refused(both: Both, blank: str) -> None:
    platform, service = both

    with pytest.raises(ToolError, match="without a word"):
        sent(platform, blank)

    assert not service.asked


def test_the_newest_are_read_over_several_pages(both: Both) -> None:
    platform, service = both
    service.posted = [f"message {i}" for i in range(230)]

    read = anyio.run(platform.retrieve, None, 215)

    assert [f"message {i}" for i in range(15, 230)] == [one["text"] for one in read]


def test_messages_since_a_time_or_another_message_are_read(both: Both) -> None:
    platform, service = both
    service.posted = [f"message {i}" for i in range(150)]

    later = anyio.run(platform.retrieve, "2026-01-01T02:26:30")
    (last,) = anyio.run(platform.retrieve, later[-2]["id"], 5)

    assert [one["text"] for one in later] == ["message 147", "message 148", "message 149"]
    assert last["text"] == "message 149"


def test_a_time_that_is_none_is_refused(both: Both) -> None:
    platform, _ = both

    with pytest.raises(ToolError, match="found 'yesterday'"):
        anyio.run(platform.retrieve, "yesterday")
    with pytest.raises(ToolError, match="at least 1"):
        anyio.run(platform.retrieve, None, 0)


def test_agents_post_and_read_by_tools(both: Both) -> None:
    platform, service = both
    name = platform.name.lower()
    replies: list[str | ModelReply] = [
        ModelReply((ToolCall("1", f"{name}_send", '{"message":"Hello"}'),)),
        ModelReply((ToolCall("2", f"{name}_retrieve", "{}"),)),
        "Done. TERMINATE",
    ]
    tools = toolset(*platform.tools)
    store = TraceMemory()
    team = chat(user_proxy("user", "never", code=None), assistant("bot", tools=tools))

    outcome = World(with_models(scripted_model(*replies)) | with_tools(tools), store).run_sync(
        team, "Say hello"
    )

    assert service.posted == ["Hello"]
    assert "Hello" in outcome.transcript[-2].text
    (trace,) = store.traces
    assert TOKEN.encode() not in b"".join(store.read(trace))


# --- one service alone ------------------------------------------------------------------------------------------


def test_telegram_keeps_what_it_was_told_once_and_hears_its_chat_alone() -> None:
    with serving(TelegramService()) as service:
        service.posted = ["one", "elsewhere", "two"]
        by_name = Telegram(TOKEN, chat="@ours", base_url=service.url)
        anyio.run(by_name.retrieve)

        assert [one["text"] for one in anyio.run(by_name.retrieve)] == ["one", "two"]


def test_discord_says_which_guilds_and_channels_there_are() -> None:
    with serving(DiscordService()) as service:
        for guild, channel, match in (
            ("guild 230", "talk", "no channel 'talk' in Discord; it sees: general"),
            ("elsewhere", "general", "no guild 'elsewhere' in Discord; it sees: guild 1,"),
        ):
            with pytest.raises(ToolError, match=match) as caught:
                sent(Discord(TOKEN, base_url=service.url, guild=guild, channel=channel), "hello")
            assert caught.value.kind == "not_found"


def test_slack_mentions_nobody_and_says_what_it_needs() -> None:
    with serving(SlackService()) as service:
        service.before = [Said({"ok": False, "error": "missing_scope", "needed": "chat:write"})]
        with pytest.raises(ToolError, match="it needs the scope chat:write"):
            sent(slack(service.url), "hello")
        sent(slack(service.url), "<!channel> hello")

        assert service.posted == ["&lt;!channel> hello"]


def test_nowhere_to_post_is_refused_at_once() -> None:
    with pytest.raises(ConfigError, match="channel says where to post"):
        Slack(TOKEN, channel=" ")
    with pytest.raises(ConfigError, match="chat says where to post"):
        Telegram(TOKEN, chat="")
