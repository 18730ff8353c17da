"""What makes texts shorter."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Protocol

from typedagents.autogen.exception_utils import NotInstalled

USUAL: Mapping[str, object] = {
    "model_name": "microsoft/llmlingua-2-bert-base-multilingual-cased-meetingbank",
    "use_llmlingua2": True,
    "device_map": "cpu",
}


class TextCompressor(Protocol):
    """Says the same in fewer words."""

    def compress_text(self, text: str, **compression_params: object) -> Mapping[str, object]:
        """``compressed_prompt`` is the shorter text; ``origin_tokens`` and ``compressed_tokens`` count both, where known."""
        ...


class LLMLingua:
    """The package llmlingua, which has to be installed and fetches a model of its own."""

    def __init__(
        self, prompt_compressor_kwargs: Mapping[str, object] = USUAL, structured_compression: bool = False
    ) -> None:
        try:
            module = import_module("llmlingua")
        except ImportError as error:
            raise NotInstalled(
                "texts are compressed by the package llmlingua, which is not installed; install it, or give another "
                "text_compressor with a method compress_text(text, **params)"
            ) from error
        compressor = module.PromptCompressor(**prompt_compressor_kwargs)
        self._compress = (
            compressor.structured_compress_prompt if structured_compression else compressor.compress_prompt
        )

    def compress_text(self, text: str, **compression_params: object) -> Mapping[str, object]:
        """What the package makes of it."""
        found: Mapping[str, object] = self._compress([text], **compression_params)
        return found
