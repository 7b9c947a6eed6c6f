"""Write `docs/laws.md`: every law of the conformance kit, and the broken model that it catches.

The laws are read from their docstrings, the models from the registry of counterexamples in
`packages/chat-conformance/tests/broken_*.py`; neither is written down a second time.
"""

from __future__ import annotations

import argparse
import importlib
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from chat_conformance.laws.law import Law
from matrix import ALL_LAWS, THEMES

ROOT = Path(__file__).resolve().parent.parent
BROKEN = ROOT / "packages" / "chat-conformance" / "tests"
PAGE = ROOT / "docs" / "laws.md"

INTRODUCTION = """\
# The laws

What `ChatModelConformance` and `ChatModelReliability` hold every provider to: {laws} laws. Most are
run twice, blocking and on an event loop, and many in several cases.

Each law has a counterexample, a model that breaks this law alone: `make counterexamples`
shows that it breaks this law, and no other of its suite.

Written by `make matrix` from the docstrings of the laws and the registry of broken models.
"""


def page() -> str:
    """The page as Markdown."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    broken = counterexamples()
    yield INTRODUCTION.format(laws=len(ALL_LAWS))
    for theme, title in THEMES.items():
        laws = [law for law in ALL_LAWS.values() if law.theme == theme]
        yield f"## {title[0].upper()}{title[1:]}\n"
        yield "| law | states | a model that breaks it |"
        yield "|---|---|---|"
        for law in laws:
            models = "; ".join(map(_described, broken[law.name]))
            yield f"| `{law.name}` | {_sentence(law)} | {models} |"
        yield ""


def counterexamples() -> dict[str, list[type]]:
    """The broken models, by the law that each of them breaks."""
    if str(BROKEN) not in sys.path:
        sys.path.insert(0, str(BROKEN))
    for file in sorted(BROKEN.glob("broken_*.py")):
        importlib.import_module(file.stem)
    breaking: Any = importlib.import_module("breaking")
    found: dict[str, list[type]] = {}
    for example in (*breaking.COUNTEREXAMPLES, *breaking.RELIABILITY_COUNTEREXAMPLES):
        found.setdefault(example.law, []).append(example.model)
    return found


def _sentence(law: Law) -> str:
    sentence = law.sentence.replace("``", "`").replace("|", r"\|")
    return f"{sentence} *Needs {', '.join(law.needs)}.*" if law.needs else sentence


def _described(model: type) -> str:
    """What is wrong with a model: its name as a phrase, and its docstring."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", model.__name__).lower()
    more = (vars(model).get("__doc__") or "").strip().partition("\n")[0].rstrip(".")
    description = f"{words}: {more[0].lower()}{more[1:]}" if more else words
    return f"[{description}](../packages/chat-conformance/tests/{model.__module__}.py)"


def main() -> None:
    argparse.ArgumentParser(description=__doc__.split("\n\n")[0]).parse_args()
    PAGE.write_text(page())
    print(f"wrote {PAGE.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
