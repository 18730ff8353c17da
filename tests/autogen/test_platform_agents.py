"""Agents post on Discord, Slack and Telegram as AG2's programs have them do."""

from __future__ import annotations

import inspect
from typing import Protocol

import pytest
from attrs import evolve

from tests.platforms.services import TOKEN, DiscordService, Service, SlackService, TelegramService, serving
from typedagents import TraceMemory
from typedagents.autogen import ConversableAgent, using
from typedagents.autogen.agents.experimental import DiscordAgent, PlatformAgent, SlackAgent, TelegramAgent
from typedagents.testing import calling, scripted_model

MODEL = {"config_list": [{"model": "m", "api_key": "k"}]}


def on_discord(system_message: str | None = None, *, has_writing_instructions: bool = True) -> PlatformAgent:
    return DiscordAgent(
        "poster",
        system_message,
        bot_token=TOKEN,
        channel_name="general",
        guild_name="guild 230",
        has_writing_instructions=has_writing_instructions,
        llm_config=MODEL,
    )


def on_slack(system_message: str | None = None, *, has_writing_instructions: bool = True) -> PlatformAgent:
    return SlackAgent(
        "poster",
        system_message,
        bot_token=TOKEN,
        channel_id="C1",
        has_writing_instructions=has_writing_instructions,
        llm_config=MODEL,
    )


def on_telegram(system_message: str | None = None, *, has_writing_instructions: bool = True) -> PlatformAgent:
    return TelegramAgent(
        "poster",
        system_message,
        bot_token=TOKEN,
        chat_id=-100,
        has_writing_instructions=has_writing_instructions,
        llm_config=MODEL,
    )


class Make(Protocol):
    """Makes an agent of one platform."""

    def __call__(
        self, system_message: str | None = None, *, has_writing_instructions: bool = True
    ) -> PlatformAgent: ...


ALL = pytest.mark.parametrize(
    ("make", "service"),
    [(on_discord, DiscordService), (on_slack, SlackService), (on_telegram, TelegramService)],
    ids=["discord", "slack", "telegram"],
)


@ALL
def test_a_model_posts_and_reads(make: Make, service: type[Service]) -> None:
    agent = make()
    user = ConversableAgent("user", llm_config=False, human_input_mode="NEVER", is_termination_msg=_ends)
    store = TraceMemory()
    with serving(service()) as there:
        agent.platform = evolve(agent.platform, base_url=there.url)
        for tool in agent.platform_tools:
            tool.register_for_execution(user)
        name = agent.platform.name.lower()
        model = scripted_model(
            calling(f"{name}_send", message="Hello"), calling(f"{name}_retrieve"), "Done. TERMINATE"
        )
        with using(models=model, store=store):
            held = user.initiate_chat(agent, message="Say hello", silent=True)
        assert there.posted == ["Hello"]

    assert "Hello" in str(held.chat_history[-2]["content"])
    told = model.asked[0].tools
    assert [one.name for one in told] == [f"{name}_send", f"{name}_retrieve"]
    (trace,) = store.traces
    everything = f"{told}{agent.system_message}{agent.platform!r}".encode() + b"".join(store.read(trace))
    assert TOKEN.encode() not in everything


def _ends(message: object) -> bool:
    return "TERMINATE" in str(message)


@ALL
def test_the_system_message_says_how_to_write(make: Make, service: type[Service]) -> None:
    agent = make(system_message="Be kind.")

    assert agent.system_message.startswith("Be kind.\n")
    assert "Markdown" in agent.system_message
    assert f"{agent.platform.longest} characters" in agent.system_message
    assert make(system_message="Be kind.", has_writing_instructions=False).system_message == "Be kind."
    assert agent.platform.name in make(has_writing_instructions=False).system_message


def test_without_a_model_there_is_nobody_to_tell() -> None:
    agent = SlackAgent("poster", bot_token=TOKEN, channel_id="C1", llm_config=False)

    assert [tool.name for tool in agent.platform_tools] == ["slack_send", "slack_retrieve"]


def test_parameters_are_those_of_the_reference() -> None:
    given = "(name, system_message=None, *, bot_token, channel_name, guild_name, has_writing_instructions=True, **kwargs)"
    parameters = inspect.signature(DiscordAgent).parameters.values()

    bare = inspect.Signature([one.replace(annotation=inspect.Parameter.empty) for one in parameters])
    assert str(bare) == given
