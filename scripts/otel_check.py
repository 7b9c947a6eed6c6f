"""Hold chat-otel to backends and a collector: `python scripts/otel_check.py [arguments of pytest]`.

Makes two environments: `.venv-otel-check` with the client libraries of Logfire, Langfuse and
LangSmith, and `.venv-otel-collector` with Phoenix, which takes spans over OTLP (850 MB, some
minutes at the first run). Then it runs `integration-tests/test_otel_backends.py`, on loopback
alone. Where Phoenix cannot be installed it says so and runs the rest.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

from bootstrap import requirements
from workspace import CONSTRAINTS, ROOT

TESTS = ROOT / "integration-tests" / "test_otel_backends.py"
OURS = [
    part for name in ("core", "packages/chat-otel") for part in ("--editable", str(ROOT / name))
]


def environment(folder: Path, wanted: list[str]) -> Path | None:
    """The folder of the programs of an environment with `wanted`; `None` if pip fails."""
    programs, stamp = folder / "bin", folder / ".stamp"
    digest = hashlib.sha256("\n".join([sys.version, *wanted]).encode()).hexdigest()
    if stamp.is_file() and stamp.read_text() == digest:
        return programs
    print(f"installing into {folder.name}: {', '.join(wanted)}", flush=True)
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
    pip = [str(programs / "python"), "-m", "pip", "install", "--quiet"]
    if subprocess.run([*pip, "--disable-pip-version-check", *wanted], check=False).returncode:
        return None
    stamp.write_text(digest)
    return programs


def pinned(group: str) -> list[str]:
    """The requirements of a dependency group in the versions of the constraints."""
    pins = dict(line.split("==") for line in CONSTRAINTS.read_text().splitlines() if "==" in line)
    return [f"{name}=={pins[name]}" for name in requirements(group)]


def main() -> int:
    """Install what is missing and run the tests."""
    backends = environment(ROOT / ".venv-otel-check", [*pinned("otel-check"), *OURS])
    if backends is None:
        return 1
    variables = {**os.environ, "OTEL_CHECK_PYTHON": str(backends / "python")}
    collector = environment(ROOT / ".venv-otel-collector", pinned("otel-collector"))
    if collector is None:
        print("the collector Phoenix is left out: it cannot be installed on this machine")
    else:
        variables["PHOENIX_COMMAND"] = str(collector / "phoenix")
    command = [sys.executable, "-m", "pytest", "-q", "--timeout", "200", str(TESTS), *sys.argv[1:]]
    return subprocess.run(command, env=variables, cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
