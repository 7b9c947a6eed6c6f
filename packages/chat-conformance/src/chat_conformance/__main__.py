"""``python -m chat_conformance``: the command ``chat-conformance``."""

from __future__ import annotations

import sys

from .command import main

if __name__ == "__main__":
    sys.exit(main())
