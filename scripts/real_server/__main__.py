"""Hold the providers to llama.cpp's own server: `python scripts/real_server [arguments of pytest]`.

Makes an environment of its own below `.venv-real-server` (the server is one wheel of 34 MB), and
runs `integration-tests/test_real_server.py`. Where there is no wheel for this machine it says so
and exits with 0.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from bootstrap import requirements  # noqa: E402 - the path comes first
from workspace import CONSTRAINTS, ROOT  # noqa: E402

FOLDER = ROOT / ".venv-real-server"
TESTS = ROOT / "integration-tests" / "test_real_server.py"


def environment() -> Path | None:
    """The interpreter that has the server; `None` where no wheel of it exists."""
    interpreter = FOLDER / "bin" / "python"
    stamp = FOLDER / ".stamp"
    wanted = hashlib.sha256(sys.version.encode() + CONSTRAINTS.read_bytes()).hexdigest()
    if stamp.is_file() and stamp.read_text() == wanted:
        return interpreter
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(FOLDER)], check=True)
    pip = [str(interpreter), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    pip += ["--only-binary", ":all:", "--constraint", str(CONSTRAINTS)]
    if subprocess.run([*pip, *requirements("real-server")], check=False).returncode:
        return None
    stamp.write_text(wanted)
    return interpreter


def main() -> int:
    interpreter = environment()
    if interpreter is None:
        print("not run: no wheel of llama.cpp's server (xllamacpp) for this machine")
        return 0
    variables = {**os.environ, "REAL_SERVER_PYTHON": str(interpreter)}
    command = [sys.executable, "-m", "pytest", "-q", "--timeout", "60", str(TESTS), *sys.argv[1:]]
    return subprocess.run(command, env=variables, cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
