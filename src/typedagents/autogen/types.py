"""The dicts of which the content of a classic message is made."""

from __future__ import annotations

from typing import Literal, TypeAlias, TypedDict


class UserMessageTextContentPart(TypedDict):
    """Words."""

    type: Literal["text"]
    text: str


class ImageUrl(TypedDict):
    """Where a picture is."""

    url: str


class UserMessageImageContentPart(TypedDict):
    """A picture."""

    type: Literal["image_url"]
    image_url: ImageUrl


MessageContentType: TypeAlias = str | list[UserMessageTextContentPart | UserMessageImageContentPart] | None
