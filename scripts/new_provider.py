"""Write a package for a new provider: it imports, registers, and waits for its codec.

    python scripts/new_provider.py parley --into ../elsewhere

What remains to be written is `encode.py`, `decode.py` and `errors.py`; `docs/write-a-provider.md`
walks through it. The conformance kit, run on the package as it is written, fails just the laws that
need those three.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

TEMPLATE = Path(__file__).with_name("provider_template")
NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


def words(name: str) -> dict[str, str]:
    """What stands for a provider's name in the template, for `big-fish`."""
    parts = name.split("-")
    camel = "".join(part.capitalize() for part in parts)
    return {
        "dashed": name,  # big-fish
        "package": f"chat_{'_'.join(parts)}",  # chat_big_fish
        "title": " ".join(part.capitalize() for part in parts),  # Big Fish
        "camel": camel,  # BigFish
        "class": f"Chat{camel}",  # ChatBigFish
        "key": f"{'_'.join(parts).upper()}_API_KEY",  # BIG_FISH_API_KEY
    }


def write(name: str, into: Path) -> list[Path]:
    """Write the package `chat-NAME` into a folder; return its files. Overwrites nothing."""
    found = words(name)
    package = into / f"chat-{name}"
    if package.exists():
        raise FileExistsError(f"{package} is there already")
    written = []
    for template in sorted(TEMPLATE.rglob("*.tmpl")):
        path = package / _place(template.relative_to(TEMPLATE).with_suffix(""), found)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_filled(template.read_text(), found))
        written.append(path)
    typed = package / "src" / found["package"] / "py.typed"
    typed.touch()
    return [*written, typed]


def _place(path: Path, found: dict[str, str]) -> Path:
    if path.parts[0] == "src":
        return Path("src", found["package"], *path.parts[1:])
    if path.parts[0] == "tests":
        # Test files of all packages are collected together, so their names differ.
        name = path.name.replace("test_", f"test_{found['package'].removeprefix('chat_')}_")
        return Path("tests", name)
    return path


def _filled(text: str, found: dict[str, str]) -> str:
    return re.sub(r"\{\{(\w+)\}\}", lambda match: found[match[1]], text)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("name", help="the provider id, in lower case: parley, big-fish")
    parser.add_argument(
        "--into", type=Path, default=Path(), help="the folder to write into (default: this one)"
    )
    options = parser.parse_args()
    if not NAME.fullmatch(options.name):
        sys.exit(f"{options.name!r} is no provider id: lower-case letters, digits and hyphens")
    try:
        written = write(options.name, options.into)
    except FileExistsError as error:
        sys.exit(str(error))
    for path in written:
        print(path)
    print(f"next: pip install -e {options.into / f'chat-{options.name}'}")


if __name__ == "__main__":
    main()
