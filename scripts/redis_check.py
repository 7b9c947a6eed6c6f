"""Runs the tests of chat-web's stores on a real Redis server: `make redis-check`.

The server is `redis-server` or `valkey-server` of this machine, on a free port of loopback, with
nothing kept on disk. `make test` runs the same tests on a Redis in the process.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time

from workspace import ROOT

NAMES = ("redis-server", "valkey-server")
SECONDS = 10.0


def free_port() -> int:
    """A port of loopback that nothing listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
    return port


def wait_until_it_listens(port: int) -> None:
    """Return when the port answers. Raises `TimeoutError` after ten seconds."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise TimeoutError(f"the server does not listen on port {port}")


def main() -> None:
    """Start a server, run the tests, end the server."""
    program = next(filter(None, map(shutil.which, NAMES)), None)
    if program is None:
        sys.exit(
            f"no Redis server here: install one of {', '.join(NAMES)} (apt install redis-server)"
        )
    port = free_port()
    settings = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    with tempfile.TemporaryDirectory() as folder:
        arguments = [*settings, "--dir", folder]
        server = subprocess.Popen([program, *arguments], stdout=subprocess.DEVNULL)
        try:
            wait_until_it_listens(port)
            tests = [f"packages/chat-web/tests/test_{name}.py" for name in ("stores", "resumable")]
            tests += ["-k", "redis"]
            command = [sys.executable, "-m", "pytest", "-q", "--timeout", "60", *tests]
            variables = {**os.environ, "CHAT_WEB_REDIS_URL": f"redis://127.0.0.1:{port}/0"}
            done = subprocess.run(command, check=False, cwd=ROOT, env=variables)
        finally:
            server.terminate()
            server.wait()
    sys.exit(done.returncode)


if __name__ == "__main__":
    main()
