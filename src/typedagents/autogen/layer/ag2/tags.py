"""Tags in texts, such as ``<img https://... alt='a cat'>``."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from typedagents.autogen.exception_utils import InvalidValue

ATTRIBUTE: Final = re.compile(r"""([\w-]+)=(?:'([^']*)'|"([^"]*)")""")


def parse_tags_from_content(
    tag: str, content: str | Sequence[Mapping[str, object]]
) -> list[dict[str, object]]:
    """The tags of a name in a text, or in the texts among items: each with its attributes, and where it was found.

    What stands in a tag without a name is its ``src``.
    """
    if isinstance(content, str):
        texts = [content]
    elif isinstance(content, list):
        texts = [str(one.get("text", "")) for one in content if one.get("type") == "text"]
    else:
        raise InvalidValue(
            f"tags are looked for in a text or a list of items; found {type(content).__name__}"
        )
    return [
        {"tag": tag, "attr": attributes(found[1]), "match": found}
        for text in texts
        for found in re.finditer(rf"<{re.escape(tag)} (.*?)>", text)
    ]


def attributes(text: str) -> dict[str, str]:
    """What stands in a tag, by name."""
    found = {one[1]: one[2] if one[2] is not None else one[3] for one in ATTRIBUTE.finditer(text)}
    source = " ".join(ATTRIBUTE.sub(" ", text).split())
    return {"src": source, **found} if source else found
