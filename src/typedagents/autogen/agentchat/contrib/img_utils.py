"""Pictures in messages: where they are, and what they are."""

from __future__ import annotations

import base64
import re
from importlib import import_module
from pathlib import Path
from typing import Final, Literal

import httpx

from typedagents.autogen.exception_utils import InvalidValue, NotInstalled
from typedagents.autogen.layer.messages import Plain
from typedagents.autogen.layer.tags import parse_tags_from_content

KINDS: Final = (
    (b"\x89PNG", "image/png"),
    (b"\xff\xd8", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"RIFF", "image/webp"),
)
PATHS: Final = re.compile(r"\b(?:https?://)?[^\s<>'\"]+\.(?:jpg|jpeg|png|gif|bmp|webp)\b", re.IGNORECASE)
WAIT: Final = 30.0


def get_image_data(image_file: str, use_b64: bool = True) -> str | bytes:
    """The bytes of a picture (a data URI, an address or a file), as they are or in base64."""
    head, comma, data = image_file.partition(",")
    if comma and head.startswith("data:"):
        found = base64.b64decode(data)
    elif image_file.startswith(("http://", "https://")):
        found = httpx.get(image_file, timeout=WAIT, follow_redirects=True).raise_for_status().content
    else:
        found = Path(image_file).read_bytes()
    return base64.b64encode(found).decode() if use_b64 else found


def get_pil_image(image_file: str) -> object:
    """A picture as Pillow has it, which has to be installed."""
    try:
        pillow, io = import_module("PIL.Image"), import_module("io")
    except ImportError as error:
        raise NotInstalled("pictures are opened by the package Pillow, which is not installed") from error
    found: object = pillow.open(io.BytesIO(get_image_data(image_file, use_b64=False)))
    return found


def convert_base64_to_data_uri(base64_image: str) -> str:
    """A picture in base64 as a data URI, of the kind that its first bytes tell."""
    start = base64.b64decode(base64_image[:16] + "=" * (-len(base64_image[:16]) % 4))
    kind = next((name for first, name in KINDS if start.startswith(first)), "image/jpeg")
    return f"data:{kind};base64,{base64_image}"


def gpt4v_formatter(prompt: str, img_format: Literal["uri", "url"] = "uri") -> list[Plain]:
    """A text as items: words, and the pictures of its ``<img ...>`` tags; what cannot be read stays a tag.

    ``uri``: files are read, addresses stay addresses. ``url``: nothing is read.
    """
    if img_format not in ("uri", "url"):
        raise InvalidValue(f"img_format is 'uri' or 'url'; found {img_format!r:.60}")
    items: list[Plain] = []
    at = 0
    for tag in parse_tags_from_content("img", prompt):
        place = tag["match"]
        url = _url(tag["attr"].get("src", ""), read=img_format == "uri")
        if url:
            items.append({"type": "text", "text": prompt[at : place.start()]})
            items.append({"type": "image_url", "image_url": {"url": url}})
            at = place.end()
    return [*items, {"type": "text", "text": prompt[at:]}]


def _url(source: str, *, read: bool) -> str:
    """Where a picture is, for a message; empty where it cannot be read."""
    if not read or source.startswith(("http://", "https://", "data:")):
        return source
    try:
        data = get_image_data(source)
    except OSError:
        return ""
    return convert_base64_to_data_uri(str(data))


def extract_img_paths(paragraph: str) -> list[str]:
    """The addresses and files of pictures that a text names."""
    return PATHS.findall(paragraph)
