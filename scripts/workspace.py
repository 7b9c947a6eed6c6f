"""The distributions of the workspace, read from their project files.

Nothing lists the distributions a second time, so a new folder under `packages/` is set up,
checked and tested without an edit elsewhere. Runs on a bare Python, with nothing installed.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CONSTRAINTS = ROOT / "constraints.txt"


@dataclass(frozen=True)
class Distribution:
    """One separately published package of the workspace."""

    folder: Path
    name: str
    """As published: `chat-groq`."""
    requires: tuple[str, ...]
    """Names of the distributions it depends on, without versions: `("chat-core", "groq")`."""
    providers: dict[str, str]
    """Provider id → plugin (`module` or `module:object`), from its entry points; empty for a
    package of another kind."""

    @property
    def package(self) -> str:
        """As imported: `chat_groq`."""
        return self.name.replace("-", "_")

    def modules(self, pattern: str) -> list[str]:
        """Dotted names of its modules whose file name matches `pattern`: `encode*.py`."""
        source = self.folder / "src"
        paths = sorted((source / self.package).rglob(pattern))
        return [".".join(path.relative_to(source).with_suffix("").parts) for path in paths]


def distributions(root: Path = ROOT) -> list[Distribution]:
    """Every distribution that has code, core first."""
    folders = [root / "core", *sorted((root / "packages").glob("*"))]
    return [
        _read(folder)
        for folder in folders
        if (folder / "pyproject.toml").is_file() and any(folder.glob("src/*/__init__.py"))
    ]


def _read(folder: Path) -> Distribution:
    with (folder / "pyproject.toml").open("rb") as file:
        project = tomllib.load(file)["project"]
    names = [re.match(r"[\w.-]+", requirement) for requirement in project["dependencies"]]
    return Distribution(
        folder=folder,
        name=project["name"],
        requires=tuple(name.group() for name in names if name),
        providers=project.get("entry-points", {}).get("chat_core.providers", {}),
    )
