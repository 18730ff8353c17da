"""``python -m typedagents``."""

from __future__ import annotations

import sys

from typedagents.cli import main

if __name__ == "__main__":
    sys.exit(main())
