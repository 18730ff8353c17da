"""How tests ask a model behind the loopback server, and what they ask."""

from __future__ import annotations

import traceback

import pytest
from attrs import define, field

from tests.providers.loopback import Loopback
from tests.providers.ways import came_in
from typedagents.core.errors import ProviderError
from typedagents.core.log import Transcript
from typedagents.core.message import Message
from typedagents.core.model import CallModel, ModelReply
from typedagents.providers import OpenAIChat
from typedagents.providers.service import Service

KEY = "sk-secret-0123456789"
REQUEST = CallModel(Transcript([Message("you", "hi")]), "me")


@define
class Told:
    """A ``Call`` that keeps what is shown."""

    id: str = "run/t0"
    run: str = "run"
    agent: str = "me"
    attempt: int = 1
    deadline_s: float | None = None
    shown: list[object] = field(factory=list)

    def emit(self, observation: object, /) -> None:
        self.shown.append(observation)


def model(server: Loopback) -> OpenAIChat:
    return OpenAIChat(model="m", base_url=server.url, api_key=KEY)


def ask(
    provider: Service, way: str = "asyncio", told: Told | None = None, request: CallModel = REQUEST
) -> ModelReply:
    """What it answers; the error it fails with is raised. ``way``: see ``came_in``."""
    came = came_in(way, provider, request, told or Told())
    if isinstance(came, ProviderError):
        raise came
    return came


def failure(provider: Service, way: str = "asyncio", told: Told | None = None) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        ask(provider, way, told)
    error = caught.value
    everything = "".join(traceback.format_exception(error)) + repr(error) + repr(dict(error.facts))
    assert KEY not in everything
    assert error.__cause__ is None
    return error
