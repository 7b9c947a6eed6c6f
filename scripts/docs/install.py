"""Installs a dependency group of the workspace into its environment, unless it is there already.

`python scripts/docs/install.py docs` is run by `make docs`: a set-up without it takes less time.
"""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bootstrap import requirements
from workspace import CONSTRAINTS


def is_installed(name: str) -> bool:
    """Whether the environment has a distribution in the version of the constraints."""
    try:
        found = version(name)
    except PackageNotFoundError:
        return False
    return f"{name}=={found}" in CONSTRAINTS.read_text().splitlines()


def main() -> None:
    """Install the groups that the command line names."""
    wanted = [name for group in sys.argv[1:] for name in requirements(group)]
    if missing := [name for name in wanted if not is_installed(name)]:
        print(f"installing {', '.join(missing)}", flush=True)
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "--constraint", str(CONSTRAINTS), *missing], check=True)


if __name__ == "__main__":
    main()
