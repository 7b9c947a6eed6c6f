"""Run a batch on a local cluster of Ray: `python scripts/ray_check.py [arguments of pytest]`.

Makes the environment `.venv-ray` with Ray and Ray Data (700 MB, a minute at the first run), then
runs `packages/chat-batch/tests/test_on_ray_cluster.py` in it: two machines that are processes here,
one of which is killed half-way. Everything is on loopback; Ray's telemetry and dashboard are off.
"""

from __future__ import annotations

import os
import subprocess
import sys

from bootstrap import requirements
from otel_check import environment
from workspace import CONSTRAINTS, ROOT

TESTS = ROOT / "packages" / "chat-batch" / "tests" / "test_on_ray_cluster.py"
TOOLS = ["hypothesis", "pytest", "pytest-asyncio", "pytest-cov", "pytest-timeout", "pytest-xdist"]
OURS = [
    "core",
    *(f"packages/chat-{name}" for name in "completions conformance groq terminal batch".split()),
]
RAY = {
    "RAY_CHECK": "1",
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_AUTH_MODE": "disabled",
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",
}
"""Without telemetry, without the key that Ray would write into the home folder, and on loopback:
that is what the last one does, on any system."""


def main() -> int:
    """Install what is missing and run the tests."""
    editable = [part for name in OURS for part in ("--editable", str(ROOT / name))]
    pins = ["--constraint", str(CONSTRAINTS)]
    programs = environment(ROOT / ".venv-ray", [*pins, *requirements("ray"), *TOOLS, *editable])
    if programs is None:
        return 1
    command = [str(programs / "python"), "-m", "pytest", "-s", "-q", "--timeout", "300", str(TESTS)]
    return subprocess.run(
        [*command, *sys.argv[1:]], env={**os.environ, **RAY}, cwd=ROOT, check=False
    ).returncode


if __name__ == "__main__":
    sys.exit(main())
