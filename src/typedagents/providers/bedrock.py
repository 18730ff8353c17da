"""Amazon Bedrock, which serves the models of several makers in one format."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import ClassVar

from attrs import Factory, evolve, field, frozen

from typedagents.core.errors import ConfigError
from typedagents.interpreter.ports import Headers, HttpRequest
from typedagents.interpreter.secrets import Secret

from .codec import Encoded
from .counting import Counting, only
from .formats.bedrock_converse import BEDROCK, ConverseProfile, converse_codec
from .formats.format_codec import FormatCodec
from .formats.rope import JSON
from .keys import Credential, Key, NoKey, resolved, usual_key
from .service import address
from .signing import AwsKeys, Scope, signature_headers
from .wrappers.clock import Clock, RealClock

OWN_HOSTS = (".amazonaws.com", ".amazonaws.com.cn", ".api.aws")
KEY_VARIABLES = (
    "AWS_BEARER_TOKEN_BEDROCK",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
)
REGION_VARIABLES = ("AWS_REGION", "AWS_DEFAULT_REGION")
SERVICE = "bedrock"
COUNTED = ("messages", "system", "toolConfig", "additionalModelRequestFields")
"""What counts as sent, where tokens are counted."""
NO_REGION = (
    "found no region in the argument region, nor in the environment variables "
    f"{', '.join(REGION_VARIABLES)}; give region='us-east-1', say"
)


def _variable(name: str) -> str:
    return os.environ.get(name, "").strip()


def usual_region() -> str:
    """What the environment says; empty where it says nothing."""
    return next(filter(None, map(_variable, REGION_VARIABLES)), "")


def usual_url(region: str) -> str:
    """Amazon's own address in this region."""
    if region:
        return f"https://bedrock-runtime.{region}.amazonaws.com"
    raise ConfigError(f"no address for Bedrock; {NO_REGION}")


def _url_of_region(provider: Bedrock) -> str:
    return usual_url(provider.region)


def _usual_key(provider: Bedrock) -> Credential | NoKey:
    own = provider.host.endswith(OWN_HOSTS)
    bearer, *pair = map(_variable, KEY_VARIABLES)
    if own and not bearer and pair[0] and pair[1]:
        return AwsKeys(*pair)
    return usual_key(provider.host, KEY_VARIABLES, (provider.host,) if own else ())


@frozen(kw_only=True)
class Bedrock(Counting):
    """A model behind Amazon Bedrock's Converse API, as a ``ModelProvider``.

    What is said of ``OpenAIChat`` holds here too. ``api_key`` is a bearer key of Bedrock, or ``AwsKeys`` that sign each
    request, or a function that gives either before each request; where it is left out, what the environment holds:
    ``AWS_BEARER_TOKEN_BEDROCK``, else ``AWS_ACCESS_KEY_ID`` with ``AWS_SECRET_ACCESS_KEY`` and, for keys that end,
    ``AWS_SESSION_TOKEN``. ``region`` is ``AWS_REGION`` or ``AWS_DEFAULT_REGION``. ``clock`` tells the moment of a
    signature, which holds for some minutes.
    """

    signs: ClassVar[bool] = True
    counted: ClassVar[str] = "inputTokens"

    region: str = field(factory=usual_region)
    base_url: str = field(default=Factory(_url_of_region, takes_self=True), converter=address)
    api_key: Key = field(default=Factory(_usual_key, takes_self=True), converter=resolved, repr=False)
    profile: ConverseProfile = BEDROCK
    clock: Clock = field(factory=RealClock, repr=False)

    def __attrs_post_init__(self) -> None:
        if not self.region and not isinstance(self.api_key, Secret | NoKey):
            raise ConfigError(f"a signature holds for one region; {NO_REGION}")

    @property
    def codec(self) -> FormatCodec[ConverseProfile]:
        return converse_codec(self.profile)

    @property
    def path(self) -> str:
        return "/model"

    def count_request(self, written: Encoded, model: str, /) -> Encoded:
        path = written.path.removesuffix("converse") + "count-tokens"
        body = JSON.encode({"input": {"converse": only(written.body, COUNTED)}})
        return evolve(written, path=path, body=body)

    def key_headers(self, key: Secret) -> Headers:
        return ((self.profile.key_header, self.profile.key_prefix + key.reveal()),)

    def signed_headers(self, keys: AwsKeys, request: HttpRequest) -> Headers:
        scope = Scope(self.region, SERVICE, datetime.fromtimestamp(self.clock.date(), UTC))
        signed = tuple(pair for pair in request.headers if pair[0] == "content-type")
        return signature_headers(request, keys, scope, signed=signed)
