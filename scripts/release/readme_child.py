"""Runs in a fresh environment: executes the snippets of the README that is installed there.

Takes what to expect as one JSON argument, written by `readme_run.py`, and ends with 1 and a
sentence at the first thing that is otherwise. Imports the standard library alone.
"""

from __future__ import annotations

import ast
import asyncio
import importlib
import importlib.metadata
import inspect
import io
import json
import subprocess
import sys
from contextlib import redirect_stdout
from typing import Any


def python(text: str, names: dict[str, Any], runner: asyncio.Runner) -> str:
    """What a block of Python prints; `await` is allowed at its top level."""
    code = compile(text, "README.md", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    with redirect_stdout(io.StringIO()) as printed:
        result = eval(code, names)
        if inspect.iscoroutine(result):
            runner.run(result)
    return printed.getvalue()


def command(text: str) -> str:
    """What commands print; they must end with 0."""
    run = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", text],
        check=False,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )
    if run.returncode:
        sys.exit(f"{text}\nended with {run.returncode}\n{run.stderr}")
    return run.stdout


def plain(text: str) -> str:
    """Text without white space at the ends of its lines."""
    return "\n".join(line.rstrip() for line in text.splitlines()).rstrip()


def main() -> None:
    expected = json.loads(sys.argv[1])
    name, version = expected["distribution"], expected["version"]
    found = importlib.import_module(expected["package"])
    versions = {found.__version__, importlib.metadata.version(name)}
    if versions != {version}:
        sys.exit(f"the version is {versions}, and should be {version}")
    names: dict[str, Any] = {"__name__": "__main__"}
    run = 0
    with asyncio.Runner() as runner:
        for each in expected["snippets"]:
            is_command = each["kind"] == "chat"
            printed = command(each["text"]) if is_command else python(each["text"], names, runner)
            if each["shown"] and plain(printed) != plain(each["shown"]):
                sys.exit(f"line {each['line']} prints\n{printed}\nand not\n{each['shown']}")
            run += 1
    installed = {each.name for each in importlib.metadata.distributions()}
    print(f"{run} blocks of the README" if run else f"{version}, {len(installed)} packages")


if __name__ == "__main__":
    main()
