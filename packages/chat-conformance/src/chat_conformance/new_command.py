"""The command ``new``: writes the package of a new provider."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from .new_package.write import FRAMINGS, write_package

__all__ = ["main"]


def main(arguments: Sequence[str]) -> int:
    """Write the package. Returns 0, or 2 for a wrong name or a package that is there already."""
    options = _parser().parse_args(arguments)
    try:
        written = write_package(options.name, options.into, framing=options.framing)
    except (ValueError, OSError) as error:
        print(f"chat-conformance new: {error}", file=sys.stderr)
        return 2
    folder = options.into / f"chat-{options.name}"
    for path in written:
        print(path)
    print(f"next: python -m pip install --editable {folder}")
    print(f"then: python -m pytest {folder / 'tests'}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="chat-conformance new",
        description="Writes the package of a new provider. It streams from its own simulator at"
        " once, and fails only the laws of what is left to write.",
    )
    parser.add_argument("name", help="the provider id, in lower case: parley, big-fish")
    parser.add_argument(
        "--framing",
        choices=tuple(FRAMINGS),
        default="sse",
        help="how the vendor's streams are framed (default: sse, server-sent events)",
    )
    parser.add_argument(
        "--into", type=Path, default=Path(), help="the folder to write into (default: this one)"
    )
    return parser
