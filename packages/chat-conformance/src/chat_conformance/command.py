"""The command ``chat-conformance``: holds a model to the laws, writes a package, starts a server.

chat-conformance groq:llama-3.3-70b-versatile --report out.html
chat-conformance new parley --framing ndjson
chat-conformance offline
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

from . import new_command, offline_command, run_command

__all__ = ["main"]

_COMMANDS: dict[str, Callable[[Sequence[str]], int]] = {
    "new": new_command.main,
    "offline": lambda arguments: offline_command.main(["offline", *arguments]),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return its exit status: 0 for success, 2 for wrong arguments."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given and given[0] in _COMMANDS:
        return _COMMANDS[given[0]](given[1:])
    return run_command.main(given)
