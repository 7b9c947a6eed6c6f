"""The documentation: `python scripts/docs COMMAND`.

outputs  execute every page, or those named, and write what they print into them
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from page_outputs import rewrite
from page_snippets import executed_pages


def outputs(pages: list[str]) -> int:
    """Rewrite the outputs of pages; return the number of pages that failed."""
    failed = 0
    for page in [Path(each).resolve() for each in pages] or executed_pages():
        failure = rewrite(page)
        print(f"{page.name}: {failure or 'written'}", flush=True)
        failed += bool(failure)
    return failed


def main() -> None:
    """Run one command."""
    parser = argparse.ArgumentParser(
        prog="docs", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("command", choices=["outputs"])
    parser.add_argument("pages", nargs="*", help="default: all")
    options = parser.parse_args()
    sys.exit(bool(outputs(options.pages)))


if __name__ == "__main__":
    main()
