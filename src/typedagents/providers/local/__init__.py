"""A real model without network or key: a llama.cpp server in a child process, and weights that pip can install."""

from .model import LocalModel, chat_template
from .weights import KNOWN, QWEN_CODER, SMOLLM2, KnownModel, PartFile, Weights, cache_folder, find_weights

__all__ = [
    "KNOWN",
    "QWEN_CODER",
    "SMOLLM2",
    "KnownModel",
    "LocalModel",
    "PartFile",
    "Weights",
    "cache_folder",
    "chat_template",
    "find_weights",
]
