"""Services that count the tokens of a request without answering it. Their counts are exact, free, and take a round trip.

A format is asked with the request itself, at another path, less what is not taken there.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection
from typing import ClassVar

from attrs import frozen
from msgspec import Raw
from msgspec.json import decode

from typedagents.core.errors import ProviderError
from typedagents.core.model import CallModel

from .codec import Encoded
from .faults import classify, unreadable
from .keys import Credential, current
from .loose import count, entries, json_object
from .service import Service, scrubbed


@frozen(kw_only=True)
class Counting(Service):
    """A service that counts. ``counted``: the field of its answer that holds the number."""

    counted: ClassVar[str] = "input_tokens"

    @abstractmethod
    def count_request(self, written: Encoded, model: str, /) -> Encoded:
        """What asks how much ``written`` is, which would ask ``model`` for an answer."""

    async def count_tokens(self, request: CallModel, /) -> int:
        """The tokens that ``request`` sends, as the service counts them; ``ProviderError`` where it does not say.

        For ``budget(tokens=...)``, or to learn whether a conversation still fits.
        """
        model, asked = self.whom(request)
        key = await current(self.api_key, asked)
        found = await self._counted(request, key, model, f"the tokens for {asked}")
        if isinstance(found, int):
            return found
        raise scrubbed(found, key)

    async def _counted(
        self, request: CallModel, key: Credential | None, model: str, asked: str
    ) -> int | ProviderError:
        written = self.count_request(self.written(request, model, stream=False), model)
        try:
            reply = await self.transport.send(self.outgoing(written, key), self.deadlines)
        except ProviderError as error:
            return error
        body = key.scrub_bytes(reply.body) if key else reply.body
        if not 200 <= reply.status < 300:
            return classify(reply.status, reply.headers, body, asked=asked)
        number = count(entries(json_object(body)).get(self.counted))
        if number is not None:
            return number
        lacks = f"answered without a number in `{self.counted}`"
        return unreadable(reply.status, reply.headers, body, asked=asked, found=lacks)


def only(body: bytes, names: Collection[str]) -> dict[str, Raw]:
    """These fields of a body that is ours, as they are."""
    return {name: value for name, value in decode(body, type=dict[str, Raw]).items() if name in names}


def below(path: str, name: str) -> str:
    """``path`` with ``name`` behind it, and its query behind that."""
    place, mark, query = path.partition("?")
    return f"{place}/{name}{mark}{query}"
