"""The commands of a release: build, check, bump, pages."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from workspace import ROOT, distributions

from .build import build
from .bump import bump
from .contents import problems
from .fresh import check_all
from .front_picture import draw
from .index_check import index_problems
from .pages import write_pages
from .place import read_place

OUT = ROOT / "dist"


def build_and_check(out: Path) -> int:
    """Build everything into `out` and print what is wrong; 0 if nothing is."""
    workspace = distributions()
    files = build(workspace, out, read_place())
    for path in files:
        print(f"{path.stat().st_size:>9,} bytes  {path.name}")
    found = [problem for each in workspace for problem in problems(each, out)]
    found += index_problems(files)
    print("\n".join(found) or f"contents as they must be, twine check passed: {out}")
    return 1 if found else 0


def show(paths: list[Path]) -> int:
    """Print what was written."""
    for path in paths:
        print(path.relative_to(ROOT))
    return 0


def bump_all(version: str) -> int:
    """Bump, and print what changed."""
    show([*bump(version), *write_pages()])
    print(f"version {version}; make setup installs it, make build builds it")
    return 0


def main() -> int:
    """The exit code: 0 if all is well."""
    parser = argparse.ArgumentParser(prog="release", description=__doc__)
    parser.add_argument("--out", type=Path, default=OUT, help="the built files; default: dist")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("build", help="build every sdist and wheel, and check their contents")
    fresh = commands.add_parser("check", help="try each built distribution in an environment")
    fresh.add_argument("names", nargs="*", help="distributions; default: all")
    fresh.add_argument("--laws", default="", help="laws of the kit, as of pytest -k; none for none")
    commands.add_parser("pages", help="write the pages and sections that follow from the code")
    commands.add_parser("picture", help="draw the front page's terminal from a run")
    number = commands.add_parser("bump", help="give every distribution a new version")
    number.add_argument("version", help="such as 0.2.0, or 0.2.0rc1")
    options = parser.parse_args()
    try:
        if options.command == "bump":
            return bump_all(options.version)
        if options.command == "picture":
            return show([draw()])
        if options.command == "pages":
            return show(write_pages())
        if options.command == "check":
            return check_all(options.out.resolve(), options.names, options.laws)
        return build_and_check(options.out)
    except (ValueError, LookupError, FileNotFoundError, RuntimeError) as error:
        print(f"release: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
