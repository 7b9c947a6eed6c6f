"""``python -m chat_terminal``: the same as the command ``chat``."""

from __future__ import annotations

from .entry import main

if __name__ == "__main__":
    main()
