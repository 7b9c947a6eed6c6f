"""The documentation: `python scripts/docs COMMAND`.

outputs  execute every page, or those named, and write what they print into them
build    build the site into site/ and check its links
browser  look at the built site in headless Chromium
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from subprocess import CalledProcessError

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import site_build
from page_outputs import rewrite
from page_snippets import PageError, executed_pages
from site_browser import PICTURES, browser_problems
from site_check import problems


def outputs(pages: list[str]) -> int:
    """Rewrite the outputs of pages; return the number of pages that failed."""
    failed = 0
    for page in [Path(each).resolve() for each in pages] or executed_pages():
        try:
            failure = rewrite(page)
        except (OSError, PageError, LookupError) as error:
            failure = str(error)
        print(f"{page.name}: {failure or 'written'}", flush=True)
        failed += bool(failure)
    return failed


def main() -> None:
    """Run one command."""
    parser = argparse.ArgumentParser(
        prog="docs", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("command", choices=["outputs", "build", "browser"])
    parser.add_argument("pages", nargs="*", help="default: all")
    options = parser.parse_args()
    if options.command == "outputs":
        sys.exit(bool(outputs(options.pages)))
    if options.command == "build":
        try:
            found = list(problems(site_build.build()))
        except (ValueError, LookupError, CalledProcessError) as error:
            sys.exit(f"the site cannot be built: {error}")
        right = f"built {site_build.SITE}/index.html: every link leads somewhere"
    else:
        if not site_build.SITE.is_dir():
            sys.exit("there is no site to look at: make docs builds it")
        found = browser_problems(site_build.SITE)
        right = f"every page is right in the browser; pictures are in {PICTURES}"
    print("\n".join(found) or right)
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
