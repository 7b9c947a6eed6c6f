"""Runs a coverage-guided fuzzer against every parser and decoder.

The property of each: any bytes end in chunks or in an error of ours, wherever they are cut
(``chat_conformance/fuzz.py``). An input that breaks it is printed as Python
text, so that it can become a test. Exits with 1 if there was one.

The fuzzer is atheris, which exists for few versions of Python and few platforms. Without it this
script prints why and exits with 0.
"""

from __future__ import annotations

import argparse
import importlib.util
import platform
import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

from chat_conformance.declared import DECLARED
from workspace import CONSTRAINTS, ROOT

TARGETS = ("sse", "partial-json", *(subject.__name__ for subject in DECLARED))
LONGEST_INPUT_SECONDS = 20
"""An input that takes longer counts as hanging."""


def has_fuzzer() -> bool:
    """Whether atheris is installed, after an attempt to install it; prints why if it is not."""
    if importlib.util.find_spec("atheris"):
        return True
    with (ROOT / "pyproject.toml").open("rb") as file:
        wanted: list[str] = tomllib.load(file)["dependency-groups"]["fuzz"]
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    pip += ["--only-binary", ":all:", "--constraint", str(CONSTRAINTS), *wanted]
    tried = subprocess.run(pip, check=False, capture_output=True, text=True)
    if tried.returncode == 0:
        return True
    here = f"{platform.python_implementation()} {platform.python_version()}, {platform.platform()}"
    print(f"Nothing was fuzzed: no wheel of {', '.join(wanted)} for {here}.")
    print(tried.stderr.strip())
    return False


def fuzz(target: str, seconds: int) -> bool:
    """Whether the law of ``target`` holds for so long; prints a line, and what breaks it."""
    with tempfile.TemporaryDirectory() as folder:
        corpus, left = Path(folder, "corpus"), Path(folder, "left")
        corpus.mkdir()
        left.mkdir()
        command = [sys.executable, str(Path(__file__).with_name("fuzz_targets.py"))]
        command += [target, str(corpus), f"-max_total_time={seconds}", "-print_final_stats=1"]
        command += [f"-timeout={LONGEST_INPUT_SECONDS}", f"-artifact_prefix={left}/"]
        ran = subprocess.run(
            command,
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        output = ran.stdout
        inputs = [path.read_bytes() for path in left.iterdir()]
    holds = ran.returncode == 0 and not inputs
    print(f"{'✓' if holds else '✗'} {target:18} {tried(output)}", flush=True)
    if not holds:
        print(_failure(output))
        for found in inputs:
            print(f"    {found!r}")
    return holds


def tried(output: str) -> str:
    """How far the fuzzer got, by its own output."""
    inputs = re.search(r"number_of_executed_units: (\d+)", output)
    covered = re.findall(r"cov: (\d+)", output)
    return f"{inputs[1] if inputs else '?':>9} inputs {covered[-1] if covered else '?':>6} branches"


def _failure(output: str) -> str:
    """The exception, or the last lines of the output."""
    _, uncaught, traceback = output.partition("=== Uncaught Python exception: ===\n")
    traceback = re.split(r"^(?:==|INFO:)", traceback, maxsplit=1, flags=re.MULTILINE)[0]
    return traceback.strip() if uncaught else "\n".join(output.splitlines()[-30:])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--seconds", type=int, default=20, help="for each target (default: 20)")
    parser.add_argument("--target", action="append", choices=TARGETS, help="by default all")
    given = parser.parse_args()
    if not has_fuzzer():
        return 0
    broken = [target for target in given.target or TARGETS if not fuzz(target, given.seconds)]
    print(f"Broken: {', '.join(broken)}" if broken else "Every law holds.")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
