"""Asks twine whether an index would take the built files.

twine is installed into an environment of its own, `.venv-release`, made when it is first needed.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from bootstrap import requirements
from workspace import CONSTRAINTS, ROOT

FOLDER = ROOT / ".venv-release"


def index_problems(files: Sequence[Path]) -> list[str]:
    """What `twine check --strict` finds; empty if all passes."""
    command = [str(_environment()), "-m", "twine", "--no-color", "check", "--strict"]
    run = subprocess.run([*command, *map(str, files)], check=False, capture_output=True, text=True)
    lines = (run.stdout + run.stderr).splitlines()
    found = [line for line in lines if line.strip() and not line.endswith("PASSED")]
    if run.returncode and not found:
        found = [f"twine ended with {run.returncode}"]
    return found


def _environment() -> Path:
    interpreter, stamp = FOLDER / "bin" / "python", FOLDER / ".stamp"
    wanted = hashlib.sha256(sys.version.encode() + CONSTRAINTS.read_bytes()).hexdigest()
    if not stamp.is_file() or stamp.read_text() != wanted:
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(FOLDER)], check=True)
        pip = [str(interpreter), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        pip += ["--constraint", str(CONSTRAINTS), *requirements("release")]
        subprocess.run(pip, check=True)
        stamp.write_text(wanted)
    return interpreter
