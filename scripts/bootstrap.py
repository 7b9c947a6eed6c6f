"""Make the workspace's virtual environment: the one place that knows how.

Creates the environment, installs the tools of the `dev` dependency group in the root
`pyproject.toml`, then every distribution of the workspace, editable. All versions come from
`constraints.txt`; where packages come from is pip's own configuration.

The environment carries a stamp of everything that decides its contents, so a run with nothing
to do costs one Python start. Runs on a bare Python 3.11, with nothing installed.
"""

from __future__ import annotations

import sys

if sys.version_info < (3, 11):
    sys.exit(
        f"Python 3.11 or newer is needed, this is {sys.version.split()[0]} at {sys.executable}. "
        "Name another one: make PYTHON=python3.12 …"
    )

import argparse
import hashlib
import shutil
import subprocess
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CONSTRAINTS = ROOT / "constraints.txt"


def distributions() -> list[Path]:
    """Folders of the workspace's distributions, core first: those that have code to install."""
    folders = [ROOT / "core", *sorted((ROOT / "packages").glob("*"))]
    return [
        folder
        for folder in folders
        if (folder / "pyproject.toml").is_file() and any(folder.glob("src/*/__init__.py"))
    ]


def dev_requirements() -> list[str]:
    """The `dev` dependency group; read here because older pips do not know `--group`."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        group: list[str] = tomllib.load(file)["dependency-groups"]["dev"]
    return group


def stamp() -> str:
    """A digest of what decides the environment's contents."""
    digest = hashlib.sha256(f"{sys.version}\n{ROOT}\n".encode())
    projects = [folder / "pyproject.toml" for folder in distributions()]
    for path in [ROOT / "pyproject.toml", CONSTRAINTS, Path(__file__), *projects]:
        digest.update(f"{path.relative_to(ROOT)}\n".encode() + path.read_bytes())
    return digest.hexdigest()


def install(python: Path, *arguments: str) -> None:
    command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*command, "--constraint", str(CONSTRAINTS), *arguments], check=True)


def create(venv: Path) -> None:
    """Build the environment from nothing, so that what left the constraints leaves it too."""
    shutil.rmtree(venv, ignore_errors=True)
    print(
        f"setting up {venv} (once, until constraints.txt or a pyproject.toml changes)", flush=True
    )
    subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
    python = venv / "bin" / "python"
    install(python, *dev_requirements())
    # The build backend is there now, so nothing is fetched or built in isolation a second time.
    editable = [part for folder in distributions() for part in ("--editable", str(folder))]
    install(python, "--no-build-isolation", *editable)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--venv", type=Path, default=ROOT / ".venv", help="default: %(default)s")
    venv: Path = parser.parse_args().venv
    ready = venv / ".stamp"
    wanted = stamp()
    if ready.is_file() and ready.read_text() == wanted:
        return
    create(venv)
    ready.write_text(wanted)


if __name__ == "__main__":
    main()
