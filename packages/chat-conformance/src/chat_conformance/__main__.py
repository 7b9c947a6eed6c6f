"""``python -m chat_conformance offline``: the kit's commands."""

from __future__ import annotations

import sys

from .offline_command import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
