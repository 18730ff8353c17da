"""What a failed request means: one vocabulary for all services, from the status, the headers and the body.

    connection timeout                                     it did not come through
    rate_limit quota overloaded server                     the service cannot, or will not now
    stream_incomplete protocol                             the answer is not what the format promises
    auth permission not_found invalid_request              it refuses this request
    request_too_large context_length content_filter tool_format
    budget                                                 it was not asked: what may be spent is spent

The same mistake has another status at every service, so words of the body come first and the status last.
Nothing here reads a clock: a wait given as a date is passed on as it is, in the fact ``retry_at``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from math import isfinite
from typing import Literal, TypeAlias

from attrs import evolve, frozen
from msgspec import DecodeError
from msgspec.json import decode

from typedagents.core.errors import ProviderError
from typedagents.interpreter.ports import Headers

from .loose import count, entries, header, items, words, written

ProviderKind: TypeAlias = Literal[
    "connection",
    "timeout",
    "rate_limit",
    "quota",
    "overloaded",
    "server",
    "stream_incomplete",
    "protocol",
    "auth",
    "permission",
    "not_found",
    "invalid_request",
    "request_too_large",
    "context_length",
    "content_filter",
    "tool_format",
    "budget",
]

TRANSIENT: frozenset[ProviderKind] = frozenset(
    {"connection", "timeout", "rate_limit", "overloaded", "server", "stream_incomplete", "protocol"}
)
"""What may go better another time."""

ADVICE: Mapping[ProviderKind, str] = {
    "connection": "check the address and the network",
    "timeout": "try again, or allow more time with deadlines=Deadlines(...)",
    "rate_limit": "wait, or send less at once",
    "quota": "the account's credit or spending limit is used up; see the provider's billing page",
    "overloaded": "try again later",
    "server": "the service failed by itself; try again later",
    "stream_incomplete": "the answer was cut off; try again",
    "protocol": "check that base_url leads to the API itself (for chat completions it often ends in /v1)",
    "auth": "check that the key is the one for this service, and still valid",
    "permission": "the key is known but may not do this; check its rights",
    "not_found": "check the model's name and base_url (it often ends in /v1)",
    "invalid_request": "change what is sent",
    "request_too_large": "send less",
    "context_length": "shorten the conversation, or use a model with a larger context",
    "content_filter": "the provider's filter objects to the content",
    "tool_format": "the model wrote a tool call that does not fit; tell it so, or simplify the tool",
    "budget": "allow more, or stop here",
}

MAX_EXCERPT = 2000
"""Characters of a body that an error keeps."""

BY_STATUS: Mapping[int, ProviderKind] = {
    401: "auth",
    402: "quota",
    403: "permission",
    404: "not_found",
    408: "timeout",
    409: "server",  # a lock that was held too long, where services document it
    413: "request_too_large",
    429: "rate_limit",
    529: "overloaded",
}

BY_WORD: Mapping[str, ProviderKind] = {
    "content_filter": "content_filter",
    "content_policy_violation": "content_filter",
    "responsibleaipolicyviolation": "content_filter",
    "tool_use_failed": "tool_format",
    "context_length_exceeded": "context_length",
    "exceed_context_size_error": "context_length",
    "insufficient_quota": "quota",
    "billing_hard_limit_reached": "quota",
    "billing_not_active": "quota",
    "enforced_spend_limit_reached": "quota",
    "rate_limit_exceeded": "rate_limit",
    "rate_limit_error": "rate_limit",
    "model_not_found": "not_found",
    "deploymentnotfound": "not_found",
    "not_found_error": "not_found",
    "invalid_api_key": "auth",
    "api_key_invalid": "auth",
    "authentication_error": "auth",
    "permission_error": "permission",
    "permission_denied": "permission",
    "request_too_large": "request_too_large",
    "overloaded_error": "overloaded",
    "unavailable": "overloaded",
    "resource_exhausted": "rate_limit",
    "server_error": "server",
    "api_error": "server",
    "internal_server_error": "server",
    "accessdeniedexception": "permission",
    "expiredtokenexception": "auth",
    "incompletesignature": "auth",
    "internalserverexception": "server",
    "invalidsignatureexception": "auth",
    "missingauthenticationtokenexception": "auth",
    "modelerrorexception": "server",
    "modelnotreadyexception": "overloaded",
    "modelstreamerrorexception": "server",
    "modeltimeoutexception": "timeout",
    "resourcenotfoundexception": "not_found",
    "servicequotaexceededexception": "quota",
    "serviceunavailableexception": "overloaded",
    "throttlingexception": "rate_limit",
    "toomanyrequestsexception": "rate_limit",
    "unrecognizedclientexception": "auth",
}
"""Codes and types that mean the same wherever they stand."""

TOO_LONG = re.compile(
    r"maximum context length|prompt is too long|input is too long|exceeds? (the )?(available )?context"
    r"|maximum number of tokens|too large for model",
    re.IGNORECASE,
)


@frozen
class Complaint:
    """What a body says went wrong. Empty where it says nothing."""

    message: str = ""
    code: str = ""
    type: str = ""
    param: str = ""
    status: int | None = None
    reasons: tuple[str, ...] = ()
    generation: str = ""
    wait_s: float | None = None
    html: bool = False


def complaint_of(body: bytes) -> Complaint:
    """What a body says went wrong, whatever shape it has."""
    try:
        return complaint_in(decode(body))
    except (DecodeError, UnicodeDecodeError, RecursionError):
        text = body[:MAX_EXCERPT].decode("utf-8", "replace").strip()
    if not text.startswith("<"):
        return Complaint(text)
    title = re.search(r"<title[^>]*>([^<]*)", text, re.IGNORECASE)
    return Complaint(f"an HTML page{f' titled {title[1].strip()!r}' if title else ''}", html=True)


def complaint_in(value: object) -> Complaint:
    """The same for a decoded body: ``[...]``, ``"..."``, ``{error: ...}`` or the fields at the top."""
    if isinstance(value, list):
        return complaint_in(value[0]) if value else Complaint()
    if isinstance(value, str):
        return Complaint(value)
    top = entries(value)
    error = top.get("error")
    if isinstance(error, str):
        return Complaint(error)
    inner = entries(error) or top
    message = next((found for found in map(inner.get, MESSAGES) if found), None) or next(
        (found for found in map(top.get, MESSAGES) if found), None
    )
    code = inner.get("code")
    details = [entries(detail) for detail in items(inner.get("details"))]
    return Complaint(
        message=written(message) or (written(error) if error else ""),
        code=written(code),
        type=words(inner.get("type")) or words(inner.get("status")),
        param=words(inner.get("param")),
        status=next((n for n in map(count, _statuses(inner)) if n and 400 <= n <= 599), None),
        reasons=tuple(
            words(found)
            for found in (
                entries(inner.get("innererror")).get("code"),
                entries(inner.get("details")).get("error_code"),
                *(detail.get("reason") for detail in details),
            )
            if words(found)
        ),
        generation=words(inner.get("failed_generation")),
        wait_s=next(
            (wait for wait in (seconds(words(d.get("retryDelay"))) for d in details) if wait is not None),
            None,
        ),
    )


MESSAGES = ("message", "detail", "Message")
"""Fields that hold the service's words, in the order in which they are believed."""


def _statuses(inner: Mapping[object, object]) -> Iterator[object]:
    yield from (inner.get("status_code"), inner.get("code"), inner.get("status"))


def kind_of(status: int, complaint: Complaint) -> ProviderKind:
    """What a status and a complaint come to."""
    for word in (*complaint.reasons, complaint.code, complaint.type):
        known = BY_WORD.get(word.lower())
        if known:
            return "quota" if known == "rate_limit" and "limit: 0" in complaint.message else known
    if status not in (401, 403, 429) and TOO_LONG.search(complaint.message):
        return "context_length"
    if status < 400:  # an error inside a success
        unspecific = (
            400 if complaint.type.lower() in ("invalid_request_error", "validationexception") else 500
        )
        status = complaint.status or unspecific
    if status in BY_STATUS:
        return BY_STATUS[status]
    return "server" if status >= 500 else "invalid_request"


def fault(
    asked: str,
    status: int,
    headers: Headers,
    complaint: Complaint,
    *,
    kind: ProviderKind | None = None,
    found: str = "",
    facts: Mapping[str, str] | None = None,
) -> ProviderError:
    """The error for an answer. ``asked`` says what was asked of whom; ``found`` replaces the status in the text."""
    if not complaint.type:  # Amazon's services name it beside the body: ``Name:address``
        complaint = evolve(complaint, type=header(headers, "x-amzn-errortype").partition(":")[0])
    kind = kind or kind_of(status, complaint)
    says = f": {complaint.message[:MAX_EXCERPT].rstrip('. ')}" if complaint.message else ""
    retryable = header(headers, "x-should-retry")
    if retryable not in ("true", "false"):
        lost = kind == "protocol" and complaint.html  # a page will be a page again
        retryable = "true" if kind in TRANSIENT and not lost else "false"
    known = {
        "status": str(status),
        "code": complaint.code,
        "type": complaint.type,
        "param": complaint.param,
        "failed_generation": complaint.generation[:MAX_EXCERPT],
        "request_id": request_id(headers),
        "retryable": retryable,
        **waits(status, headers, complaint, kind),
        **(facts or {}),
    }
    return ProviderError(
        f"{asked}: {found or f'answered {status}'}{says}; {ADVICE[kind]}",
        kind=kind,
        facts={name: value for name, value in known.items() if value},
    )


def body_fact(body: bytes) -> dict[str, str]:
    """The beginning of a body, for an error."""
    return {"body": body[:MAX_EXCERPT].decode("utf-8", "replace")}


def classify(status: int, headers: Headers, body: bytes, *, asked: str = "") -> ProviderError:
    """The error that an answer of a status that is no success is, whatever its format."""
    complaint = complaint_of(body)
    if 300 <= status < 400:
        target = header(headers, "location") or "an address it does not name"
        found = f"answered {status} and points to {target}; give the right address as base_url"
        return fault(asked, status, headers, complaint, kind="protocol", found=found)
    return fault(asked, status, headers, complaint, facts=body_fact(body))


def unreadable(status: int, headers: Headers, body: bytes, *, asked: str, found: str) -> ProviderError:
    """The error for a success that holds no reply; ``found`` says what it lacks."""
    complaint = complaint_of(body)
    found = "answered with HTML instead of JSON" if complaint.html else found
    return fault(asked, status, headers, complaint, kind="protocol", found=found, facts=body_fact(body))


def request_id(headers: Headers) -> str:
    """The name by which the service's own people find this request."""
    names = ("x-request-id", "request-id", "x-amzn-requestid", "apim-request-id")
    return next((value for value in (header(headers, name) for name in names) if value), "")


def waits(status: int, headers: Headers, complaint: Complaint, kind: ProviderKind) -> dict[str, str]:
    """How long the service asks to wait: ``retry_after`` in seconds, or ``retry_at`` as an HTTP date."""
    if kind == "quota" or (status < 400 and kind != "rate_limit"):
        return {}  # no wait brings credit back; and services send the header with successful answers too
    after = header(headers, "retry-after")
    asked = (_number(header(headers, "retry-after-ms"), 1000), _number(after, 1), complaint.wait_s)
    wait = next((found for found in asked if found is not None), None)
    if wait is None and after and not re.match(r"[-+.\d]|nan|inf", after, re.IGNORECASE):
        return {"retry_at": after}
    if wait is None and kind == "rate_limit":
        resets = (seconds(value) for name, value in headers if "ratelimit-reset-" in name.lower())
        wait = max((reset for reset in resets if reset is not None), default=None)
    return {} if wait is None else {"retry_after": f"{wait:g}"}


def _number(text: str, divisor: int) -> float | None:
    try:
        number = float(text) / divisor
    except ValueError:
        return None
    return number if isfinite(number) and number >= 0 else None


UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def seconds(text: str) -> float | None:
    """A duration as services write it (``31s``, ``6m0s``, ``12ms``), in seconds."""
    if not re.fullmatch(r"(\d+(\.\d+)?(ms|s|m|h|d))+", text):
        return None
    return sum(float(n) * UNITS[unit] for n, unit in re.findall(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)", text))
