"""Messages of a Jupyter kernel, version 5 of the protocol: signed JSON in pieces. Pure.

What a kernel sends is what the program in it makes it send, so nothing of it is trusted: what is not signed with the
key, not JSON, or not of the form is no message.
"""

from __future__ import annotations

import hmac
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Mapping, Sequence

from attrs import frozen
from msgspec import DecodeError
from msgspec.json import decode, encode

from typedagents.executors.sandbox import Display

MARK = b"<IDS|MSG>"
FORMS = (
    "image/png",
    "image/jpeg",
    "image/svg+xml",
    "text/html",
    "text/markdown",
    "text/latex",
    "application/json",
)
"""What is kept of what a program displays, in this order; the rest is for browsers that run scripts."""

Content = Mapping[str, object]


@frozen
class Told:
    """What a kernel said: ``parent`` is the request that it belongs to."""

    kind: str
    parent: str
    content: Content


def signature(key: bytes, pieces: Sequence[bytes]) -> bytes:
    """What proves that the pieces come from one who knows the key."""
    signed = hmac.new(key, digestmod="sha256")
    for piece in pieces:
        signed.update(piece)
    return signed.hexdigest().encode()


def packed(kind: str, content: Content, number: str, key: bytes) -> list[bytes]:
    """A request; ``number`` is what answers refer to."""
    header = {"msg_id": number, "session": "typedagents", "username": "", "version": "5.3", "msg_type": kind}
    pieces = [encode(header), b"{}", b"{}", encode(content)]
    return [MARK, signature(key, pieces), *pieces]


def unpacked(frames: Sequence[bytes], key: bytes) -> Told | None:
    """The message in these frames; None where they are none."""
    if MARK not in frames:
        return None
    signed, *pieces = list(frames)[list(frames).index(MARK) + 1 :] or [b""]
    if len(pieces) < 4 or not hmac.compare_digest(signed, signature(key, pieces[:4])):
        return None
    header, parent, content = (an_object(pieces[place]) for place in (0, 1, 3))
    return Told(text_in(header, "msg_type"), text_in(parent, "msg_id"), content)


def an_object(data: bytes) -> Content:
    """A JSON object; an empty one where it is none."""
    try:
        told: object = decode(data)
    except (DecodeError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


def text_in(content: Content, name: str) -> str:
    """A text of a message; empty where there is none."""
    found = content.get(name)
    return found if isinstance(found, str) else ""


def shown(content: Content) -> tuple[str, tuple[Display, ...]]:
    """What was displayed: its plain text, and its richer forms."""
    bundle = content.get("data")
    if not isinstance(bundle, dict):
        return "", ()
    displays = [Display(mime, data) for mime in FORMS if (data := _data(mime, bundle.get(mime)))]
    return text_in(bundle, "text/plain"), tuple(displays)


def _data(mime: str, value: object) -> bytes:
    if mime == "application/json":
        return b"" if value is None else encode(value)
    if not isinstance(value, str):
        return b""
    if mime in ("image/png", "image/jpeg"):
        try:
            return b64decode(value)
        except (NotBase64, ValueError):
            return b""
    return value.encode("utf-8", "replace")
