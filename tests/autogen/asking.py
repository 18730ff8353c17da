"""How these tests ask the model behind a configuration."""

from __future__ import annotations

import anyio
from attrs import define

from tests.providers.asking import Told
from typedagents.core.errors import ProviderError
from typedagents.core.log import Transcript
from typedagents.core.message import Message
from typedagents.core.model import CallModel, ModelReply
from typedagents.core.parts import Text
from typedagents.core.usage import Usage
from typedagents.interpreter.lifetime import keeping
from typedagents.interpreter.ports import ModelProvider
from typedagents.testing import scripted_model

REQUEST = CallModel(Transcript([Message("you", "hi")]), "me")
USED = ModelReply((Text("hello"),), usage=Usage(fresh_input=1000, output=500), model="m")


def ask(provider: ModelProvider, request: CallModel = REQUEST) -> ModelReply:
    async def main() -> ModelReply:
        async with keeping():
            answer = provider.complete(request, Told())
            return answer if isinstance(answer, ModelReply) else await answer

    return anyio.run(main)


def failed(kind: str, text: str = "it failed") -> ProviderError:
    return ProviderError(f"{kind}: {text}", kind=kind)


@define
class Later:
    """Answers as a scripted model does, but has to be awaited."""

    model: ModelProvider

    async def complete(self, request: CallModel, call: object, /) -> ModelReply:
        answer = self.model.complete(request, Told())
        return answer if isinstance(answer, ModelReply) else await answer


def entry(
    *lines: str | ModelReply | ProviderError, awaited: object = False, **options: object
) -> dict[str, object]:
    model = scripted_model(*lines)
    return {"provider": Later(model) if awaited else model, "max_retries": 0, **options}
