"""Amazon's signature of requests (Signature Version 4): pure functions of a request, its keys and a moment."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from hmac import digest
from urllib.parse import parse_qsl, quote, urlsplit

from attrs import field, frozen

from typedagents.interpreter.ports import Headers, HttpRequest
from typedagents.interpreter.secrets import Secret

ALGORITHM = "AWS4-HMAC-SHA256"
USUAL_PORTS = {"http": 80, "https": 443}


def _hidden(value: str | Secret) -> Secret:
    return Secret(value) if isinstance(value, str) else value


def _hidden_or_none(value: str | Secret | None) -> Secret | None:
    return _hidden(value) if value else None


@frozen
class AwsKeys:
    """What proves to Amazon who asks. ``session_token`` belongs to keys that are valid for some time only."""

    access_key_id: str
    secret_access_key: Secret = field(converter=_hidden)
    session_token: Secret | None = field(default=None, converter=_hidden_or_none)

    def scrub(self, text: str) -> str:
        """``text`` without these secrets."""
        text = self.secret_access_key.scrub(text)
        return self.session_token.scrub(text) if self.session_token else text

    def scrub_bytes(self, data: bytes) -> bytes:
        """The same for bytes."""
        data = self.secret_access_key.scrub_bytes(data)
        return self.session_token.scrub_bytes(data) if self.session_token else data


@frozen
class Scope:
    """Where and when a signature holds."""

    region: str
    service: str
    moment: datetime

    @property
    def stamp(self) -> str:
        """The moment as the format writes it."""
        return f"{self.moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"

    @property
    def credential(self) -> str:
        """The scope as the signature names it."""
        return f"{self.stamp[:8]}/{self.region}/{self.service}/aws4_request"


def signature_headers(request: HttpRequest, keys: AwsKeys, scope: Scope, *, signed: Headers = ()) -> Headers:
    """The headers that sign ``request``; those of its own that are ``signed`` too may not be changed on the way."""
    added: Headers = (("x-amz-date", scope.stamp),)
    if keys.session_token:
        added = (*added, ("x-amz-security-token", keys.session_token.reveal()))
    told = _canonical((("host", _host(request.url)), *added, *signed))
    names = ";".join(name for name, _ in told)
    to_sign = "\n".join([ALGORITHM, scope.stamp, scope.credential, _hash(_canonical_request(request, told))])
    signature = digest(_signing_key(keys.secret_access_key, scope), to_sign.encode(), sha256).hex()
    credential = f"{keys.access_key_id}/{scope.credential}"
    proof = f"{ALGORITHM} Credential={credential}, SignedHeaders={names}, Signature={signature}"
    return (*added, ("authorization", proof))


def _canonical_request(request: HttpRequest, told: list[tuple[str, str]]) -> str:
    parts = urlsplit(request.url)
    # The path is encoded once more than it is sent: every service but one wants it so.
    lines = [
        request.method,
        quote(parts.path or "/", safe="/-_.~"),
        "&".join(sorted(_query(parts.query))),
        *(f"{name}:{value}" for name, value in told),
        "",
        ";".join(name for name, _ in told),
        sha256(request.body).hexdigest(),
    ]
    return "\n".join(lines)


def _query(query: str) -> Iterator[str]:
    for name, value in parse_qsl(query, keep_blank_values=True):
        yield f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}"


def _canonical(headers: Headers) -> list[tuple[str, str]]:
    """Names in small letters and in order, those of one name joined, white space as one blank."""
    told: dict[str, list[str]] = {}
    for name, value in headers:
        told.setdefault(name.lower(), []).append(" ".join(value.split()))
    return [(name, ",".join(values)) for name, values in sorted(told.items())]


def _host(url: str) -> str:
    """The host as a client names it: with its port, where that is not the usual one."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    return host if parts.port in (None, USUAL_PORTS.get(parts.scheme)) else f"{host}:{parts.port}"


def _signing_key(secret: Secret, scope: Scope) -> bytes:
    key = f"AWS4{secret.reveal()}".encode()
    for part in scope.credential.split("/"):
        key = digest(key, part.encode(), sha256)
    return key


def _hash(text: str) -> str:
    return sha256(text.encode()).hexdigest()
