"""The world a target runs in where it brings none: a provider, a sandbox and this terminal, as far as it needs them."""

from __future__ import annotations

import os

from typedagents import (
    AskHuman,
    CallModel,
    ConfigError,
    Handler,
    RunCode,
    Team,
    with_executor,
    with_human,
    with_models,
)
from typedagents.core.effect import AnyEffect
from typedagents.executors import default_executor
from typedagents.humans import Terminal
from typedagents.policies.performs import performs_of
from typedagents.providers import OpenAIChat
from typedagents.providers.openai import OPENAI_URL

NO_HANDLER: Handler[AnyEffect] = Handler({})


def asked_by(team: Team[AnyEffect]) -> set[type[AnyEffect]]:
    """The effects its agents and selector say they may ask for."""
    found: set[type[AnyEffect]] = set()
    for policy in (*(agent.policy for agent in team.agents.values()), team.select):
        found |= performs_of(policy) or frozenset()
    return found


def usual_handler(team: Team[AnyEffect], model: str | None, base_url: str | None) -> Handler[AnyEffect]:
    """A handler for what ``team`` asks: models by an OpenAI-compatible server, code sandboxed, humans here."""
    asked, handler = asked_by(team), NO_HANDLER
    if CallModel in asked:
        handler = handler | with_models(_provider(model, base_url))
    if RunCode in asked:
        handler = handler | with_executor(default_executor())
    if AskHuman in asked:
        handler = handler | with_human(Terminal())
    return handler


def _provider(model: str | None, base_url: str | None) -> OpenAIChat:
    url = base_url or os.environ.get("OPENAI_BASE_URL") or OPENAI_URL
    name = model or os.environ.get("OPENAI_MODEL") or ""
    if not name:
        raise ConfigError(
            "no model named: give --model NAME (looked at: --model, OPENAI_MODEL); or have the target define a world; "
            "'typedagents demo' runs without any model"
        )
    return OpenAIChat(model=name, base_url=url, delivery="streamed")
