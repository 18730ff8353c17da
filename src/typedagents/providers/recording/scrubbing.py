"""What a recording must not hold is taken out before anything is written: keys, cookies, accounts, hosts.

Of headers and of what stands behind ``?`` only what is known to be harmless is kept. Keys that the request was sent with
are taken out wherever they stand, also where the service repeats them; so is what looks like a key of anybody's.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from msgspec import DecodeError
from msgspec.json import decode

from typedagents.interpreter.ports import Headers, HttpRequest
from typedagents.interpreter.secrets import HIDDEN, Secret

from .exchange import Request

KEPT_HEADERS = re.compile(
    r"accept|content-type|anthropic-(version|beta)|openai-(beta|model|processing-ms)"
    r"|(x-|apim-|x-amzn-|x-amz-)?request-?id|x-amzn-errortype|retry-after(-ms)?|x-should-retry"
    r"|(x-|anthropic-)?ratelimit[a-z-]*",
    re.IGNORECASE,
)
"""Headers that say what is wanted, how long to wait and what is left; none that says who asks."""

KEPT_QUERY = ("alt", "api-version", "beta")

ACCOUNTS = ((r"/accounts/[^/]+", "/accounts/ACCOUNT"), (r"/projects/[^/]+", "/projects/PROJECT"))

LOOKS_LIKE_A_KEY = (
    rb"(?<![A-Za-z0-9_+/=-])(?:"
    rb"sk-[A-Za-z0-9_-]{16,}|AIza[A-Za-z0-9_-]{30,}|A[KS]IA[A-Z0-9]{16}|gh[opsu]_[A-Za-z0-9]{30,}"
    rb"|(?:gsk|hf|xai|r8)[_-][A-Za-z0-9]{30,}|xox[abps]-[A-Za-z0-9-]{10,}"
    rb"|eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]*"
    rb"|(?<=Bearer )[A-Za-z0-9._~+/-]{16,}=*)"
)
"""What the keys of services begin with; inside longer words (signatures are such) it is chance."""

SHORT = 8
"""Below this length a secret may be part of ordinary words."""


def secrets_of(request: HttpRequest) -> tuple[str, ...]:
    """The texts that this request was sent with and that nobody may see."""
    values = [value for name, value in request.secret_headers if not KEPT_HEADERS.fullmatch(name)]
    return tuple(
        {form for value in values for form in (value, value.rpartition(" ")[2]) if len(form) >= SHORT}
    )


def scrubber(secrets: Iterable[str]) -> re.Pattern[bytes]:
    """What finds all that must be taken out."""
    forms = {
        form
        for secret in secrets
        for form in (secret, quote(secret, safe=""), secret.replace("/", "\\/"), json.dumps(secret)[1:-1])
    }
    known = [re.escape(form.encode()) for form in sorted(forms, key=len, reverse=True)]
    return re.compile(b"|".join([*known, LOOKS_LIKE_A_KEY]))


def hidden(pattern: re.Pattern[bytes], text: str) -> str:
    """``text`` without what must be taken out."""
    return pattern.sub(HIDDEN.encode(), text.encode("utf-8", "replace")).decode()


def hidden_body(pattern: re.Pattern[bytes], pieces: Sequence[bytes]) -> tuple[bytes, tuple[int, ...]]:
    """A body without it, and the sizes of its pieces then; a secret that lies in two pieces goes to the first."""
    body, mask = b"".join(pieces), HIDDEN.encode()
    found = [match.span() for match in pattern.finditer(body)]
    ends: list[int] = []
    at = 0
    for piece in pieces:
        at += len(piece)
        cut = next((end for start, end in found if start < at < end), at)
        ends.append(cut - sum(end - start - len(mask) for start, end in found if end <= cut))
    sizes = tuple(end - start for start, end in zip([0, *ends], ends, strict=False))
    return pattern.sub(mask, body), sizes


def kept(headers: Headers, hide: Callable[[str], str]) -> dict[str, str]:
    """The harmless ones among ``headers``."""
    return {name.lower(): hide(value) for name, value in headers if KEPT_HEADERS.fullmatch(name)}


def path_of(url: str) -> str:
    """An address without its host and what tells whose it is."""
    parts = urlsplit(url)
    path = parts.path
    for pattern, replacement in ACCOUNTS:
        path = re.sub(pattern, replacement, path)
    query = [
        (name, value if name in KEPT_QUERY else HIDDEN)
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
    ]
    return f"{path}?{urlencode(query, safe='[]')}" if query else path


def scrubbed(request: HttpRequest, also: Iterable[Secret] = ()) -> tuple[Request, re.Pattern[bytes]]:
    """A request as it is recorded, and what finds in its answer what must be taken out."""
    pattern = scrubber([*secrets_of(request), *(secret.reveal() for secret in also)])
    body = pattern.sub(HIDDEN.encode(), request.body)
    head = (request.method, hidden(pattern, path_of(request.url)))
    headers = kept(request.headers, lambda value: hidden(pattern, value))
    try:
        return Request(*head, headers, decode(body) if body else None), pattern
    except (DecodeError, UnicodeDecodeError):
        return Request(*head, headers, None, body.decode("utf-8", "replace")), pattern
