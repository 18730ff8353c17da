"""What of a message is a program: its fenced blocks, their languages, the files they ask to be kept in."""

from __future__ import annotations

import re
from collections.abc import Iterable
from textwrap import dedent

from attrs import evolve, field, frozen

from typedagents.core.code import CodeBlock
from typedagents.core.errors import ConfigError
from typedagents.core.message import Message
from typedagents.core.parts import Text

from .fences import fenced_blocks
from .languages import LONGEST, language_of

LANGUAGES = ("python", "sh", "bash")
"""What is run unless another choice is made."""

_FILENAME = re.compile(
    r"\s*(?:\#|//|--|;+|%|/\*|<!--)\s*filename:\s*(?P<name>\S(?:.*?\S)?)\s*(?:\*/|-->)?\s*$", re.IGNORECASE
)


def filename_in(code: str) -> str | None:
    """The file that ``code`` asks to be kept in, by a first line such as ``# filename: plot.py``, and in no other way."""
    marker = _FILENAME.match(code[:LONGEST].partition("\n")[0])
    return marker["name"] if marker else None


def blocks_in(text: str) -> tuple[CodeBlock, ...]:
    """The complete fenced blocks of ``text`` that hold anything, with their languages and files; O(size).

    Blanks that all its lines begin with do not count: in a program, texts are often indented like what is around them.
    """
    found: list[CodeBlock] = []
    begins = text.lstrip("\r\n")
    for block in fenced_blocks(dedent(text) if begins[:1] in (" ", "\t") else text):
        if block.closed and block.text.strip():
            language = language_of(block.language, block.text)
            found.append(CodeBlock(language, block.text, filename_in(block.text)))
    return tuple(found)


def languages_named(given: Iterable[str]) -> tuple[str, ...]:
    """Languages as blocks are labelled in them; ``js`` is ``javascript``."""
    languages = (given,) if isinstance(given, str) else tuple(given)
    return tuple(language_of(language.lower(), "") for language in languages)


@frozen
class Wanted:
    """Which blocks are of interest: those of these languages are run, those of others only saved, in files of their own.

    A block of any other language that names its file is saved too, beside one of these.
    """

    runs: tuple[str, ...] = field(default=LANGUAGES, converter=languages_named)
    saves: tuple[str, ...] = field(default=(), converter=languages_named)

    def __attrs_post_init__(self) -> None:
        both = [language for language in self.runs if language in self.saves]
        if both:
            raise ConfigError(
                f"a language is run or only saved; found in both: {', '.join(both)}. Name those to run in languages, those to"
                " save in saves"
            )
        if not self.runs and not self.saves:
            raise ConfigError("no language is named to run, and none to save; name one, such as 'python'")

    def program_in(self, message: Message) -> tuple[CodeBlock, ...]:
        """The blocks of ``message`` to run or to save, each saying which; none where nothing in it is of interest.

        Only what a model, a human or a program says is looked at: what a tool or a program printed is no request.
        """
        if message.origin in ("tool", "code"):
            return ()
        texts = (part.text for part in message.parts if isinstance(part, Text))
        blocks = tuple(block for text in texts for block in blocks_in(text))
        if not any(block.language in self.runs or block.language in self.saves for block in blocks):
            return ()
        return tuple(
            block if block.language in self.runs else evolve(block, to="save")
            for block in blocks
            if block.language in self.runs or block.language in self.saves or block.filename is not None
        )
