"""``python -m typedagents.providers.local MODEL``: the child process; see ``server``."""

from __future__ import annotations

import sys

from .server import serve

if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m typedagents.providers.local MODEL.gguf; LocalModel starts it")
    serve(sys.argv[1])
