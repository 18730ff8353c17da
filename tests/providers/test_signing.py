"""Signatures of requests to Amazon: published ones, and those its own library makes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from typedagents.interpreter.ports import HttpRequest
from typedagents.providers import AwsKeys
from typedagents.providers.signing import Scope, signature_headers

# The keys and the moment of the test suite that Amazon published with the format.
ID, SECRET = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
MOMENT = datetime(2015, 8, 30, 12, 36, tzinfo=UTC)
KEYS = AwsKeys(ID, SECRET)


def signature(request: HttpRequest, keys: AwsKeys, service: str, moment: datetime = MOMENT) -> str:
    json = tuple(pair for pair in request.headers if pair[0] == "content-type")
    headers = dict(signature_headers(request, keys, Scope("us-east-1", service, moment), signed=json))
    assert headers["x-amz-date"] == "20150830T123600Z"
    return headers["authorization"]


@pytest.mark.parametrize(
    ("method", "url", "expected"),
    [
        (
            "GET",
            "https://example.amazonaws.com",
            "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
        ),
        (
            "GET",
            "https://example.amazonaws.com/?Param2=value2&Param1=value1",
            "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
        ),
        (
            "POST",
            "https://example.amazonaws.com:443/",
            "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
        ),
    ],
)
def test_published_signatures(method: str, url: str, expected: str) -> None:
    assert signature(HttpRequest(method, url), KEYS, "service") == (
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
        f"SignedHeaders=host;x-amz-date, Signature={expected}"
    )


@pytest.mark.parametrize(
    ("url", "token", "expected"),
    [
        (
            "https://bedrock-runtime.us-east-1.amazonaws.com/model/us.amazon.nova-micro-v1%3A0/converse-stream",
            None,
            "2b4197bb9475963380c7a1c81f2e6b4d3c4bc06221b6eaafa414c502a284e5e8",
        ),
        (
            "https://bedrock-runtime.us-east-1.amazonaws.com/model/us.amazon.nova-micro-v1%3A0/converse-stream",
            "session+token/==",
            "baa8f7aa475a87e2ff26fbeb3c5033d901c979dce086bb216f0e69a81f846801",
        ),
        (
            "http://localhost:8080/model/a%2Fb~c/converse",
            None,
            "52ccb42ec5f7240f02be1b050fa36ebcf59e48335156a5143e7a4fb3ea58bb4c",
        ),
        (
            "http://localhost:8080/model/a%2Fb~c/converse",
            "session+token/==",
            "65e7be139cdfc1bb1a40e086078fc073c9030f8a4b2d73bad548efa993a496a6",
        ),
        (
            "https://x.amazonaws.com/a?b=c&B=d%20e&a=&z=%2F~",
            None,
            "3d019d1d1b8864cf055b52d997b99c65c6b6bc41392ca258605a781fb264f3ab",
        ),
        (
            "https://x.amazonaws.com/a?b=c&B=d%20e&a=&z=%2F~",
            "session+token/==",
            "e81d27302a64b59006bb17a319a071ad3167a388b752f4a67a85b9e50abe0754",
        ),
    ],
)
def test_signatures_of_amazon_s_own_library(url: str, token: str | None, expected: str) -> None:
    request = HttpRequest("POST", url, (("content-type", "application/json"), ("accept", "x")), b'{"x":1}')
    names = "content-type;host;x-amz-date" + (";x-amz-security-token" if token else "")

    assert signature(request, AwsKeys(ID, SECRET, token), "bedrock").endswith(
        f"SignedHeaders={names}, Signature={expected}"
    )


def test_a_moment_of_any_zone_is_the_same_moment() -> None:
    request = HttpRequest("GET", "http://[::1]:8080/a b")
    elsewhere = MOMENT.astimezone(timezone(timedelta(hours=5)))

    assert signature(request, KEYS, "s", elsewhere) == signature(request, KEYS, "s")


def test_what_is_signed_counts() -> None:
    one = HttpRequest("POST", "https://x.amazonaws.com/a", body=b"1")
    others = [
        HttpRequest("PUT", "https://x.amazonaws.com/a", body=b"1"),
        HttpRequest("POST", "https://y.amazonaws.com/a", body=b"1"),
        HttpRequest("POST", "https://x.amazonaws.com/b", body=b"1"),
        HttpRequest("POST", "https://x.amazonaws.com/a?b", body=b"1"),
        HttpRequest("POST", "https://x.amazonaws.com/a", body=b"2"),
    ]

    assert len({signature(request, KEYS, "s") for request in (one, *others)}) == 6


def test_keys_show_themselves_to_nobody() -> None:
    keys = AwsKeys(ID, SECRET, "session/token+1234567")
    told = f"{ID} {SECRET} session/token+1234567"

    assert SECRET not in repr(keys)
    assert "session/token" not in repr(keys)
    assert keys.scrub(told) == f"{ID} [secret] [secret]"
    assert keys.scrub_bytes(told.encode()) == f"{ID} [secret] [secret]".encode()
    assert KEYS.scrub_bytes(SECRET.encode()) == KEYS.scrub(SECRET).encode() == b"[secret]"
