"""Reads the protocols of chat-web with the npm packages that define them.

`make web-clients` runs this. The packages are installed into `.web-clients/` once, in the versions
of `packages/chat-web/tests/clients/package.json`. Needs Node 20 or newer with npm.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CLIENTS = ROOT / "packages/chat-web/tests/clients"
FOLDER = ROOT / ".web-clients"
NO_NODE = """\
make web-clients needs Node 20 or newer and npm, and finds no {missing}.
Install them (apt-get install nodejs npm, brew install node, or an archive of nodejs.org) and run it
again. Nothing else needs them: make check holds both protocols to the same rules without."""


def main() -> int:
    """Install what is missing, run the check, return its exit code."""
    missing = [name for name in ("node", "npm") if shutil.which(name) is None]
    if missing:
        print(NO_NODE.format(missing=" and no ".join(missing)), file=sys.stderr)
        return 1
    if not install():
        return 1
    command = [sys.executable, "-m", "pytest", "-q", str(CLIENTS / "check_clients.py")]
    environment = {**os.environ, "CHAT_WEB_CLIENTS": str(FOLDER)}
    return subprocess.run(command, env=environment, cwd=ROOT, check=False).returncode


def install() -> bool:
    """Have the packages in the folder, in the versions wanted. Returns whether they are there."""
    wanted = (CLIENTS / "package.json").read_text()
    done = FOLDER / "installed.json"
    if done.exists() and done.read_text() == wanted:
        return True
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / "package.json").write_text(wanted)
    options = ["--no-package-lock", "--no-audit", "--no-fund", "--loglevel=error"]
    if subprocess.run(["npm", "install", *options], cwd=FOLDER, check=False).returncode:
        print("npm could not install the clients; see above.", file=sys.stderr)
        return False
    done.write_text(wanted)
    return True


if __name__ == "__main__":
    sys.exit(main())
