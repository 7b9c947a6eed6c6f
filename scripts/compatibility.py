"""Run the tests on other Pythons, or with other versions of what the distributions depend on.

    pythons   every Python from 3.11 to 3.14 that is on this machine, each with the pinned versions
    oldest    the oldest version that each distribution allows, of all that it names
    newest    the newest releases, whatever the pins

Each has an environment of its own below `.venv-compatibility`, kept for the next run. An
interpreter that is not on this machine is named, and is no failure. What follows goes to pytest,
instead of all tests.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

import bootstrap
from packaging.requirements import Requirement
from workspace import CONSTRAINTS, ROOT, distributions

BASE = ROOT / ".venv-compatibility"
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
TESTS = ("core/tests", "packages", "integration-tests")
TOGETHER = ("opentelemetry-api>=1.40",)
"""Lower bounds of what all distributions need together: `mistralai` 3.7 requires a release of the
semantic conventions that requires this one, where chat-otel alone allows an older one."""


def interpreter(version: str) -> Path | None:
    """The interpreter of a version: on the PATH, or where pyenv keeps them."""
    found = shutil.which(f"python{version}")
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    candidates = [Path(found)] if found else []
    candidates += sorted(pyenv.glob(f"{version}.*/bin/python"), reverse=True)
    return next((each for each in candidates if _is(each, version)), None)


def _is(candidate: Path, version: str) -> bool:
    # A shim of pyenv stands on the PATH whether or not its version is chosen.
    code = "import sys, venv; print('%d.%d' % sys.version_info[:2])"
    run = subprocess.run([candidate, "-c", code], capture_output=True, text=True, check=False)
    return run.returncode == 0 and run.stdout.strip() == version


def oldest_pins(requirements: list[str]) -> list[str]:
    """`openai==3.0` for `openai>=3.0`, and so on; the highest where a name has several bounds.

    Requirements without a lower bound, and those of the workspace itself, are left out.
    """
    own = {distribution.name for distribution in distributions()}
    oldest: dict[str, str] = {}
    for requirement in requirements:
        match = re.match(r"([\w.-]+)(?:\[[\w,-]+\])?[^;]*?>=\s*([\d.]+)", requirement)
        if match and match[1] not in own:
            name, version = match[1], match[2]
            oldest[name] = max(oldest.get(name, version), version, key=_parts)
    return [f"{name}=={version}" for name, version in sorted(oldest.items())]


def _parts(version: str) -> list[int]:
    return [int(part) for part in version.split(".")]


def requirements() -> Iterator[str]:
    """What all distributions of the workspace depend on, their extras included."""
    for distribution in distributions():
        with (distribution.folder / "pyproject.toml").open("rb") as file:
            project = tomllib.load(file)["project"]
        yield from project["dependencies"]
        for extra in project.get("optional-dependencies", {}).values():
            yield from extra


def make_oldest(venv: Path) -> list[str]:
    """Make the environment of the oldest versions; returns their pins.

    Where one of them needs a newer version of another, that one is raised. A tool has the version
    of the workspace, or pip's choice where that version needs something newer.
    """
    needed = [*requirements(), *TOGETHER]
    pins = oldest_pins(needed)
    shutil.rmtree(venv, ignore_errors=True)
    subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
    pip = [str(venv / "bin" / "python"), "-m", "pip", "install", "--quiet", "--no-deps"]
    while True:
        subprocess.run([*pip, *pins], check=True)
        names = [pin.partition("==")[0] for pin in pins]
        run = [str(venv / "bin" / "python"), "-c", _REQUIRED, *names]
        found = subprocess.run(run, check=True, capture_output=True, text=True).stdout.splitlines()
        raised = oldest_pins(needed + [line for line in found if _name(line) in names])
        if raised == pins:
            break
        pins = raised
    tools = {_name(tool) for tool in bootstrap.requirements("dev")}
    pinned = [line for line in CONSTRAINTS.read_text().splitlines() if _name(line) in tools]
    oldest = dict(pin.split("==") for pin in pins)
    kept = [pin for pin in pinned if _name(pin) not in oldest and allows(_name(pin), oldest)]
    file = BASE / "oldest.txt"
    file.write_text("\n".join([*pins, *kept]) + "\n")
    bootstrap.create(venv, ["--constraint", str(file)])
    return pins


def allows(tool: str, oldest: Mapping[str, str]) -> bool:
    """Whether a tool of the workspace, and all that it requires, runs with the oldest versions."""
    seen: set[str] = set()
    waiting = [tool]
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        for required in _required(name):
            if required.name not in oldest:
                waiting.append(required.name)
            elif not required.specifier.contains(oldest[required.name], prereleases=True):
                return False
    return True


def _required(name: str) -> list[Requirement]:
    """What an installed distribution requires without its extras; nothing of what is not here."""
    try:
        found = [Requirement(line) for line in requires(name) or ()]
    except PackageNotFoundError:
        return []
    return [each for each in found if not each.marker or each.marker.evaluate({"extra": ""})]


_REQUIRED = """
import sys
from importlib.metadata import requires
for name in sys.argv[1:]:
    print(*(each for each in requires(name) or () if "extra ==" not in each), sep="\\n")
"""
"""Prints what installed distributions require, without their extras."""


def _name(requirement: str) -> str:
    match = re.match(r"[\w.-]+", requirement)
    return match[0] if match else ""


def test(python: Path, arguments: list[str]) -> bool:
    """Whether the tests pass in this environment."""
    command = [str(python), "-m", "pytest", "-q", "-n", "2", "--timeout", "120"]
    run = subprocess.run([*command, *(arguments or TESTS)], cwd=ROOT, check=False)
    return run.returncode == 0


def on_pythons(arguments: list[str]) -> bool:
    """Whether the tests pass on every Python that is here."""
    results: dict[str, str] = {}
    for version in PYTHONS:
        python = interpreter(version)
        if python is None:
            results[version] = f"not run: there is no python{version} on the PATH or in pyenv"
            continue
        venv = BASE / f"python-{version}"
        script = str(ROOT / "scripts" / "bootstrap.py")
        made = subprocess.run([str(python), script, "--venv", str(venv)], check=False)
        passed = made.returncode == 0 and test(venv / "bin" / "python", arguments)
        results[version] = "passed" if passed else "FAILED"
    for version, result in results.items():
        print(f"Python {version}: {result}")
    return "FAILED" not in results.values()


def with_versions(which: str, arguments: list[str]) -> bool:
    """Whether the tests pass with the oldest or the newest versions."""
    venv = BASE / which
    BASE.mkdir(exist_ok=True)
    if which == "oldest":
        print("oldest versions:", *make_oldest(venv), flush=True)
    else:
        bootstrap.create(venv, [])
    passed = test(venv / "bin" / "python", arguments)
    print(f"{which} versions: {'passed' if passed else 'FAILED'}")
    return passed


def main() -> int:
    """0 if all tests pass, else 1."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("what", choices=["pythons", "oldest", "newest"])
    parser.add_argument("pytest", nargs="*", help="arguments for pytest, after --")
    options = parser.parse_args()
    if options.what == "pythons":
        return 0 if on_pythons(options.pytest) else 1
    return 0 if with_versions(options.what, options.pytest) else 1


if __name__ == "__main__":
    sys.exit(main())
