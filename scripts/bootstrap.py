"""Creates the workspace's virtual environment and installs every distribution into it.

Creates the environment, installs the tools of the `dev` dependency group in the root
`pyproject.toml`, then every distribution of the workspace, editable. All versions come from
`constraints.txt`; where packages come from is pip's own configuration.

With `--for-demo` the tools are left out: what `make demo` needs, and the command `chat`, is there
sooner. A later run without it adds the tools to the same environment.

The environment carries a stamp of everything that decides its contents, so a run with nothing
to do costs one Python start. Runs on a bare Python 3.11, with nothing installed.
"""

import sys

# Before anything an older Python could stumble over.
if sys.version_info < (3, 11):
    sys.exit(
        f"Python 3.11 or newer is needed, this is {sys.version.split()[0]} at {sys.executable}. "
        "Name another one: make PYTHON=python3.12 …"
    )

import argparse
import hashlib
import shutil
import subprocess
import time
import tomllib
from pathlib import Path

from workspace import CONSTRAINTS, ROOT, distributions

PINNED = ["--constraint", str(CONSTRAINTS)]
CONSTRAINTS_HEADER = """\
# The version of everything the workspace is built, tested and linted with, direct or not.
# Written by scripts/bootstrap.py --upgrade, which takes the newest releases that fit together.
"""


def requirements(group: str) -> list[str]:
    """A dependency group; read here because older pips do not know `--group`."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        found: list[str] = tomllib.load(file)["dependency-groups"][group]
    return found


def stamp() -> str:
    """A digest of what decides the environment's contents."""
    digest = hashlib.sha256(f"{sys.version}\n{ROOT}\n".encode())
    projects = [distribution.folder / "pyproject.toml" for distribution in distributions()]
    for path in [ROOT / "pyproject.toml", CONSTRAINTS, Path(__file__), *projects]:
        digest.update(f"{path.relative_to(ROOT)}\n".encode() + path.read_bytes())
    return digest.hexdigest()


DEMO_STEPS = {
    "an empty environment": 3.0,
    "what builds the distributions": 2.0,
    "the distributions and what they need": 12.0,
}
TOOL_STEPS = {"a current pip": 3.0, "the tools": 12.0}
STEPS = {
    "an empty environment": 3.0,
    "a current pip": 3.0,
    "the tools": 9.0,
    "the distributions and what they need": 18.0,
}
"""What is done, in order, and the seconds that each step takes on two cores with a warm cache."""


class StepFailedError(Exception):
    """A command of a step has failed; the message is the command and what it printed."""


class Steps:
    """Runs the commands of ``steps``, prints one line for each and about how long the rest takes.

    The rest is estimated from ``steps`` and from how fast the steps before were.
    """

    def __init__(self, steps: dict[str, float]) -> None:
        self._steps = steps
        self._started = time.monotonic()
        self._done = 0

    def run(self, *command: str) -> None:
        """Run the next step. Raises ``StepFailedError`` with its output if it fails."""
        name = list(self._steps)[self._done]
        print(f"[{self._done + 1}/{len(self._steps)}] {name} … {self._left()}", flush=True)
        self._done += 1
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        if done.returncode:
            raise StepFailedError(f"{' '.join(command)}\n{done.stdout}{done.stderr}")

    def _left(self) -> str:
        usual = list(self._steps.values())
        # Ten seconds at the usual pace are added, because the first step is short.
        pace = (time.monotonic() - self._started + 10) / (sum(usual[: self._done]) + 10)
        return f"about {max(1, round(sum(usual[self._done :]) * pace))} s left"


def create(venv: Path, constraints: list[str], groups: tuple[str, ...] = ("dev",)) -> None:
    """Build the environment from nothing, so that what left the constraints leaves it too.

    Raises ``StepFailedError``.
    """
    steps = Steps(STEPS)
    shutil.rmtree(venv, ignore_errors=True)
    steps.run(sys.executable, "-m", "venv", str(venv))
    pip = _pip(venv, constraints)
    # The pip that came with Python may need twice the time of a new one for all that follows.
    steps.run(*pip, "--upgrade", "pip")
    tools = [name for group in groups for name in requirements(group)]
    steps.run(*pip, *tools)
    steps.run(*pip, *_editable())


def create_for_demo(venv: Path) -> None:
    """Build an environment with the distributions alone. Raises ``StepFailedError``."""
    steps = Steps(DEMO_STEPS)
    shutil.rmtree(venv, ignore_errors=True)
    steps.run(sys.executable, "-m", "venv", str(venv))
    pip = _pip(venv, PINNED)
    steps.run(*pip, *requirements("demo"))
    steps.run(*pip, *_editable())


def add_tools(venv: Path) -> None:
    """Complete an environment that was built for the demo. Raises ``StepFailedError``."""
    steps = Steps(TOOL_STEPS)
    pip = _pip(venv, PINNED)
    steps.run(*pip, "--upgrade", "pip")
    steps.run(*pip, *requirements("dev"))


def _pip(venv: Path, constraints: list[str]) -> list[str]:
    # Bytecode is left to the first import: most of what is installed is never imported.
    pip = [str(venv / "bin" / "python"), "-m", "pip", "install", "--quiet", "--no-compile"]
    return [*pip, "--disable-pip-version-check", *constraints]


def _editable() -> list[str]:
    # The build backend is there by now: nothing is fetched, or built in isolation, a second time.
    folders = [str(distribution.folder) for distribution in distributions()]
    return ["--no-build-isolation", *(part for each in folders for part in ("--editable", each))]


def write_constraints(venv: Path) -> None:
    """Pin what the environment holds, except the workspace's own distributions."""
    freeze = [str(venv / "bin" / "python"), "-m", "pip", "freeze", "--all", "--exclude-editable"]
    freeze += ["--exclude", "setuptools"]  # comes with some Pythons and is used by nothing here
    listing = subprocess.run(freeze, check=True, capture_output=True, text=True).stdout
    # Only pins: depending on its configuration, pip also lists where it looked.
    pins = [line for line in listing.splitlines() if "==" in line]
    held = {pin.split("==")[0] for pin in pins}
    pins += [pin for pin in _kept_pins() if pin.split("==")[0] not in held]
    pins.sort(key=str.lower)
    CONSTRAINTS.write_text(CONSTRAINTS_HEADER + "\n".join(pins) + "\n")


def _kept_pins() -> list[str]:
    """The pins of what is installed only on demand, and so is not in a new environment."""
    groups = ("fuzz", "otel-check", "otel-collector", "ray", "real-server", "release")
    optional = [name for group in groups for name in requirements(group)]
    return [pin for pin in CONSTRAINTS.read_text().splitlines() if pin.split("==")[0] in optional]


def _is_current(ready: Path) -> bool:
    return ready.is_file() and ready.read_text() == stamp()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--venv", type=Path, default=ROOT / ".venv", help="default: .venv")
    parser.add_argument(
        "--upgrade",
        action="store_true",
        help="set up with the newest releases and write their versions to constraints.txt",
    )
    parser.add_argument(
        "--for-demo", action="store_true", help="leave out the tools that `make demo` does not need"
    )
    options = parser.parse_args()
    venv: Path = options.venv
    complete, for_demo = venv / ".stamp", venv / ".stamp-demo"
    enough = [complete, for_demo] if options.for_demo else [complete]
    if not options.upgrade and any(map(_is_current, enough)):
        return
    started = time.monotonic()
    print(f"setting up {venv}: at first, and when a pyproject.toml or constraints.txt changed")
    try:
        if options.upgrade:
            create(venv, [], ("dev", "docs", "docs-check"))
        elif options.for_demo:
            create_for_demo(venv)
        elif _is_current(for_demo):
            add_tools(venv)
        else:
            create(venv, PINNED)
    except StepFailedError as error:
        sys.exit(f"set-up failed: {error}")
    if options.upgrade:
        write_constraints(venv)
    (for_demo if options.for_demo else complete).write_text(stamp())
    print(f"done in {time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    main()
