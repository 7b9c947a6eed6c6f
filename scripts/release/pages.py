"""Writes what follows from code and measurements: parameters, speed, what is tested together."""

from __future__ import annotations

from pathlib import Path

from workspace import ROOT, distributions

from . import tested_together
from .parameters import with_parameters
from .speed_section import with_speed


def pages() -> dict[Path, str]:
    """Every generated page, with the text that it has to have."""
    front = ROOT / "README.md"
    found = {
        tested_together.PAGE: tested_together.page(),
        front: with_speed(front.read_text(encoding="utf-8")),
    }
    for distribution in distributions():
        readme = distribution.folder / "README.md"
        # The provider of core is a plaything without parameters of a vendor.
        if distribution.providers and distribution.name != "chat-core":
            text = readme.read_text(encoding="utf-8")
            found[readme] = with_parameters(text, distribution)
    return found


def write_pages() -> list[Path]:
    """Write what differs; return those files."""
    changed = [
        path
        for path, text in pages().items()
        if not path.is_file() or path.read_text(encoding="utf-8") != text
    ]
    for path in changed:
        path.write_text(pages()[path], encoding="utf-8")
    return changed
