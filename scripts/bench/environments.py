"""The environments that contestants run in, made on first use below `.venv-bench`.

`vendors` holds this workspace's packages, as wheels with compiled bytecode, and every SDK;
`frameworks` holds LangChain and pydantic-ai, and `instructor` instructor, which need other versions
of the SDKs; `groq` holds chat-groq and what it brings, for the cost of the first import.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from workspace import CONSTRAINTS, ROOT, distributions  # noqa: E402 - the path comes first

BASE = ROOT / ".venv-bench"
PINNED = {name: HERE / f"{name}.txt" for name in ("frameworks", "instructor")}
"""Exact versions of the frameworks and of everything below them."""


@cache
def python(name: str) -> Path:
    """The interpreter of an environment. Makes it if it is missing or out of date."""
    folder = BASE / name
    interpreter = folder / "bin" / "python"
    stamp = folder / ".stamp"
    wanted = _digest(name)
    if stamp.is_file() and stamp.read_text() == wanted:
        return interpreter
    print(f"making the environment {name!r} of the benchmark", flush=True)
    shutil.rmtree(folder, ignore_errors=True)
    _run(sys.executable, "-m", "venv", str(folder))
    pip = [str(interpreter), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    if name in PINNED:
        _run(*pip, "--requirement", str(PINNED[name]))
    else:
        _run(*pip, "--constraint", str(CONSTRAINTS), "hatchling")
        engine = "[aiohttp]" if name == "vendors" else ""
        folders = [f"{part}{engine}" if part.name == "core" else str(part) for part in _parts(name)]
        _run(*pip, "--no-build-isolation", "--constraint", str(CONSTRAINTS), *folders)
    stamp.write_text(wanted)
    return interpreter


def _parts(name: str) -> list[Path]:
    """The folders of the workspace's distributions that an environment holds."""
    wanted = {"chat-core", "chat-completions", "chat-groq"}
    return [
        part.folder
        for part in distributions()
        if (part.name in wanted if name == "groq" else part.name != "chat-conformance")
    ]


def _digest(name: str) -> str:
    """What decides an environment's contents, sources included."""
    digest = hashlib.sha256(sys.version.encode())
    files = [PINNED.get(name, CONSTRAINTS)]
    if name not in PINNED:
        sources = [path for part in _parts(name) for path in sorted(part.rglob("src/**/*.py"))]
        projects = [part / "pyproject.toml" for part in _parts(name)]
        files = [CONSTRAINTS, *projects, *sources]
    for path in files:
        digest.update(f"{path.relative_to(ROOT)}\n".encode() + path.read_bytes())
    return digest.hexdigest()


def _run(*command: str) -> None:
    # Compiled bytecode is what a user has, whatever this shell says.
    env = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    subprocess.run(command, check=True, env=env)
