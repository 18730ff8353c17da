"""Many conversations with a server on a bad day, and the account of every call they made."""

from __future__ import annotations

from collections.abc import Sequence

import anyio
from attrs import define, field

from tests.providers.chaos.server import text_of
from typedagents import Agent, EffectFailure, World, group, message_count, model_reply, says, with_models
from typedagents.core.errors import ProviderError
from typedagents.core.handler import Call
from typedagents.core.model import CallModel, ModelReply
from typedagents.interpreter.lifetime import keeping
from typedagents.interpreter.outcome import Outcome
from typedagents.interpreter.ports import Deadlines, ModelProvider
from typedagents.providers import Clock, Limiter, NoKey, OpenAIChat, limit, retry
from typedagents.providers.service import Delivery
from typedagents.providers.wrappers.wrapping import answered, lost


@define(eq=False)
class Account:
    """A model, and what became of every call of it: the reply or the error."""

    model: ModelProvider
    begun: list[str] = field(factory=list, init=False)
    ended: dict[str, ModelReply | ProviderError] = field(factory=dict, init=False)

    async def complete(self, request: CallModel, call: Call, /) -> ModelReply:
        name = f"{request.model}/{len(request.transcript)}"
        self.begun.append(name)
        try:
            reply = await answered(self.model, request, call)
        except ProviderError as error:
            self.ended[name] = error
            raise
        self.ended[name] = reply
        return reply

    def owned_up(self, name: str) -> int:
        """The attempts that the end of this call says may have to be paid for."""
        came = self.ended[name]
        charge = came.charge if isinstance(came, ModelReply) else lost(came)
        return charge.calls if charge is not None else 0


def bad_model(
    url: str, delivery: Delivery, *, read_s: float, limiter: Limiter, clock: Clock, drawn: float
) -> ModelProvider:
    """A model behind that server, with what makes it bearable."""
    service = OpenAIChat(
        base_url=url, api_key=NoKey(), delivery=delivery, deadlines=Deadlines(read_s=read_s, total_s=None)
    )
    return retry(limit(service, limiter), attempts=4, total_s=None, clock=clock, draw=lambda: drawn)


async def hold(places: Sequence[Account], conversations: int, calls: int) -> list[Outcome]:
    """Conversations of so many calls, at once, dealt out to the accounts."""
    ends: list[Outcome] = []

    async def one(number: int) -> None:
        world = World(with_models(places[number % len(places)]), store=None)
        team = group(
            Agent("user", says("go on")),
            Agent("bot", model_reply(f"c{number}")),
            until=message_count(2 * calls),
        )
        ends.append(await world.run(team, "begin"))

    async with keeping(), anyio.create_task_group() as tasks:
        for number in range(conversations):
            tasks.start_soon(one, number)
    return ends


def check_end(outcome: Outcome, calls: int) -> bool:
    """Whether a conversation was held to its end; else it ended with a failure of the provider."""
    if isinstance(outcome.reason, EffectFailure):
        assert outcome.reason.failure.kind.startswith("provider."), outcome.reason
        return False
    assert len(outcome.transcript) == 2 * calls
    return True


def expected(name: str) -> str:
    """What the model says to this call."""
    return text_of(name)
