"""Writes the package of a new provider: it streams from its own simulator at once."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

__all__ = ["FRAMINGS", "NAME", "write_package"]

TEMPLATE = Path(__file__).with_name("template")
NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


class Framing(NamedTuple):
    """The class of core that reads a framing, and the class of the kit that writes it."""

    parser: str
    format: str


FRAMINGS = {
    "sse": Framing("SSEParser", "ServerSentEvents"),
    "ndjson": Framing("NDJSONFraming", "NDJSON"),
    "binary": Framing("BinaryFraming", "BinaryFrames"),
    "json-array": Framing("JSONArrayFraming", "JSONArray"),
}
"""How the bytes of a streamed answer may be framed."""


def write_package(name: str, into: Path, *, framing: str = "sse") -> list[Path]:
    """Write the package ``chat-NAME`` into a folder; return its files. Overwrites nothing.

    Raises:
        ValueError: ``name`` is no provider id.
        FileExistsError: the package is there already.
    """
    if not NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no provider id: lower-case letters, digits and hyphens")
    found = _words(name, FRAMINGS[framing])
    package = into / f"chat-{name}"
    if package.exists():
        raise FileExistsError(f"{package} is there already")
    written = []
    for template in sorted(TEMPLATE.rglob("*.tmpl")):
        path = package / _place(template.relative_to(TEMPLATE).with_suffix(""), found)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_filled(template.read_text(encoding="utf-8"), found), encoding="utf-8")
        written.append(path)
    typed = package / "src" / found["package"] / "py.typed"
    typed.touch()
    return [*written, typed]


def _words(name: str, framing: Framing) -> dict[str, str]:
    """What stands for the marks in the template, for ``big-fish``."""
    parts = name.split("-")
    camel = "".join(part.capitalize() for part in parts)
    is_default = framing is FRAMINGS["sse"]
    framing_line = f"    framing: ClassVar[type[Framing]] = {framing.parser}\n\n"
    parser_names = ["Decoder"] if is_default else ["Decoder", "Framing", framing.parser]
    return {
        "dashed": name,  # big-fish
        "snake": "_".join(parts),  # big_fish
        "package": f"chat_{'_'.join(parts)}",  # chat_big_fish
        "title": " ".join(part.capitalize() for part in parts),  # Big Fish
        "camel": camel,  # BigFish
        "class": f"Chat{camel}",  # ChatBigFish
        "key": f"{'_'.join(parts).upper()}_API_KEY",  # BIG_FISH_API_KEY
        "framing": "" if is_default else framing_line,
        "typing_imports": "Any" if is_default else "Any, ClassVar",
        "format": framing.format,
        "parser_imports": _sorted_imports(*parser_names),
        "format_imports": _sorted_imports("FrameFormat", framing.format),
    }


def _sorted_imports(*names: str) -> str:
    """Names in the order of import sorters: constants first."""
    return ", ".join(sorted(names, key=lambda name: (not name.isupper(), name)))


def _place(path: Path, found: dict[str, str]) -> Path:
    if path.parts[0] == "src":
        return Path("src", found["package"], *path.parts[1:])
    if path.parts[0] == "laws":  # a folder called tests would be left out of the wheel
        # Test files of all packages are collected together, so their names differ.
        name = path.name.replace("test_", f"test_{found['snake']}_")
        return Path("tests", name.replace("simulator", f"{found['snake']}_simulator"))
    return path


def _filled(text: str, found: dict[str, str]) -> str:
    return re.sub(r"\{\{(\w+)\}\}", lambda match: found[match[1]], text)
