"""Pictures in messages: where they are, what they are, and how they are shown to models."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from io import BytesIO
from math import ceil
from pathlib import Path
from types import ModuleType
from typing import IO, Final, Literal, Protocol, TypeAlias, TypeVar, runtime_checkable

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
PICTURE: Final = re.compile(rb"\x89PNG|\xff\xd8|GIF8|RIFF....WEBP|BM|II\*\0|MM\0\*|....ftyp", re.DOTALL)
"""How files of pictures begin."""
PATHS: Final = re.compile(r"\b(?:https?://)?[^\s<>'\"]+\.(?:jpg|jpeg|png|gif|bmp|webp)\b", re.IGNORECASE)
WAIT: Final = 30.0
FORMATS: Final = ("uri", "url", "pil")


@runtime_checkable
class Picture(Protocol):
    """A picture as Pillow has it."""

    @property
    def size(self) -> tuple[int, int]: ...
    def save(self, fp: IO[bytes], format: str | None = None) -> None: ...


Source: TypeAlias = "str | Picture"
"""A picture, or where it is: an address, a file, a data URI, or its bytes in base64."""

S = TypeVar("S")


# --- what they are ----------------------------------------------------------------------------------------------


def _pillow() -> ModuleType:
    try:
        return import_module("PIL.Image")
    except ImportError as error:
        raise NotInstalled(
            "pictures are opened by Pillow, which is not installed: pip install 'typedagents[images]'"
        ) from error


def get_image_data(image_file: Source, use_b64: bool = True) -> str | bytes:
    """The bytes of a picture, as they are or in base64; one that Pillow has becomes a PNG. ``ValueError``: a file is none."""
    found = _bytes(image_file) if isinstance(image_file, str) else _png(image_file)
    return base64.b64encode(found).decode() if use_b64 else found


def _bytes(image_file: str) -> bytes:
    head, comma, data = image_file.partition(",")
    if comma and head.startswith("data:"):
        return base64.b64decode(data)
    if image_file.startswith(("http://", "https://")):
        return httpx.get(image_file, timeout=WAIT, follow_redirects=True).raise_for_status().content
    return base64.b64decode(image_file) if _kind(image_file) else _file(image_file)


def _file(place: str) -> bytes:
    """A message may name any file, and what is read goes to a model: so nothing is read that is no picture."""
    with Path(place).open("rb") as file:
        start = file.read(16)
        if not PICTURE.match(start):
            raise InvalidValue(f"{place!r:.200} is no picture, by its first bytes")
        return start + file.read()


def _png(picture: Picture) -> bytes:
    written = BytesIO()
    picture.save(written, format="PNG")
    return written.getvalue()


def _kind(text: str) -> str:
    """The kind of the picture whose bytes ``text`` is in base64; empty where it is none of the usual ones."""
    try:
        start = base64.b64decode(text[:16] + "=" * (-len(text[:16]) % 4), validate=True)
    except (ValueError, binascii.Error):
        return ""
    return next((name for first, name in KINDS if start.startswith(first)), "")


def get_pil_image(image_file: Source) -> Picture:
    """A picture as Pillow has it, which has to be installed (extra ``images``)."""
    if not isinstance(image_file, str):
        return image_file
    opened: Picture = _pillow().open(BytesIO(_bytes(image_file)))
    return opened


def convert_base64_to_data_uri(base64_image: str) -> str:
    """A picture in base64 as a data URI, of the kind that its first bytes tell."""
    return f"data:{_kind(base64_image) or 'image/jpeg'};base64,{base64_image}"


def pil_to_data_uri(image: Picture) -> str:
    """A picture that Pillow has, as a data URI."""
    return convert_base64_to_data_uri(str(get_image_data(image)))


# --- in texts ---------------------------------------------------------------------------------------------------


def extract_img_paths(paragraph: str) -> list[str]:
    """The addresses and files of pictures that a text names."""
    return PATHS.findall(paragraph)


def _parted(prompt: str, found: Callable[[str], S | None]) -> tuple[list[tuple[str, S]], str]:
    """Each ``<img ...>`` of a text that is ``found``, with the words before it; and the words behind the last."""
    parts: list[tuple[str, S]] = []
    at = 0
    for tag in parse_tags_from_content("img", prompt):
        picture = found(tag["attr"].get("src", ""))
        if picture is not None:
            place = tag["match"]
            parts.append((prompt[at : place.start()], picture))
            at = place.end()
    return parts, prompt[at:]


def items_of(prompt: str, found: Callable[[str], Source | None]) -> list[Plain]:
    """A text as items: words, and what is ``found`` where its ``<img ...>`` tags say; else the tag stays in the words."""
    parts, rest = _parted(prompt, found)
    items: list[Plain] = []
    for words, picture in parts:
        items.append({"type": "text", "text": words})
        items.append({"type": "image_url", "image_url": {"url": picture}})
    return [*items, {"type": "text", "text": rest}]


def gpt4v_formatter(prompt: str, img_format: Literal["uri", "url", "pil"] = "uri") -> list[Plain]:
    """A text as items: words, and the pictures of its ``<img ...>`` tags; what cannot be read stays a tag.

    ``uri`` reads them; ``pil`` also has Pillow open them; ``url`` reads nothing, and keeps where they are.
    """
    match img_format:
        case "uri":
            return items_of(prompt, _uri)
        case "url":
            return items_of(prompt, lambda source: source or None)
        case "pil":
            return items_of(prompt, _opened)
        case _:
            raise InvalidValue(f"img_format is one of {', '.join(FORMATS)}; found {img_format!r:.60}")


def llava_formatter(prompt: str, order_image_tokens: bool = False) -> tuple[str, list[str]]:
    """A text with ``<image>`` (``<image 0>``, ``<image 1>``, ... if they are ordered) for its tags, and the pictures."""
    parts, rest = _parted(prompt, _read)
    tokens = [f"<image {index}>" if order_image_tokens else "<image>" for index in range(len(parts))]
    words = "".join(before + token for (before, _), token in zip(parts, tokens, strict=True))
    return words + rest, [picture for _, picture in parts]


def _read(source: str) -> str | None:
    """A picture in base64; None where it cannot be read."""
    try:
        return str(get_image_data(source)) if source else None
    except (OSError, httpx.HTTPError, ValueError):
        return None


def _uri(source: str) -> str | None:
    data = _read(source)
    return None if data is None else convert_base64_to_data_uri(data)


def linked(source: str) -> str | None:
    """Where a picture is, for a message: an address stays one, and a file is read."""
    return source if source.startswith(("http://", "https://", "data:")) else _uri(source)


def _opened(source: str) -> Picture | None:
    try:
        return get_pil_image(source) if source else None
    except NotInstalled:
        raise
    except (OSError, httpx.HTTPError, ValueError):
        return None


def message_formatter_pil_to_b64(messages: Sequence[Mapping[str, object]]) -> list[Plain]:
    """The messages anew, with data URIs in the place of pictures that Pillow has."""
    return [{**one, "content": _written(one.get("content"))} for one in messages]


def _written(content: object) -> object:
    if not isinstance(content, list):
        return content
    return [_as_uri(item) if isinstance(item, Mapping) else item for item in content]


def _as_uri(item: Mapping[str, object]) -> Mapping[str, object]:
    shown = item.get("image_url")
    picture: object = shown.get("url") if isinstance(shown, Mapping) else None
    return {**item, "image_url": {"url": pil_to_data_uri(picture)}} if isinstance(picture, Picture) else item


# --- what they cost ---------------------------------------------------------------------------------------------

TOKENS: Final[Mapping[str, tuple[int, int]]] = {"gpt-4o-mini": (2833, 5667)}
"""What a picture and each of its tiles count, by how names of models begin; else (85, 170). OpenAI publishes them."""
WHOLE, SHORT, TILE = 2048, 768, 512
"""Pixels: pictures are first fitted into a square, then shrunk by their shorter side, then cut into tiles."""


def num_tokens_from_gpt_image(
    image_data: Source, model: str = "gpt-4-vision", low_quality: bool = False
) -> int:
    """The tokens that a picture counts for OpenAI's models."""
    base, tile = next((counts for name, counts in TOKENS.items() if model.startswith(name)), (85, 170))
    if low_quality:
        return base
    size = get_pil_image(image_data).size
    fitting = min(1.0, WHOLE / max(size))
    factor = min(fitting, SHORT / min(size))
    width, height = (max(1, int(side * factor)) for side in size)
    return base + tile * ceil(width / TILE) * ceil(height / TILE)
