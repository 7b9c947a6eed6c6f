"""Install each provider alone in a fresh environment and see that it works, and brings no other.

Builds a wheel of every distribution, then for each provider makes a new environment, installs the
one wheel by name (what it depends on follows by itself) and runs `isolated_probe.py` in there.
The probe streams from a server that this process runs on loopback.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from chat_conformance import loopback
from chat_conformance.llmock_server import ROUTES, LlmockServer
from chat_conformance.script import Reply
from chat_conformance.scripted_server import ScriptedServer
from workspace import CONSTRAINTS, Distribution, distributions

PROBE = Path(__file__).with_name("isolated_probe.py")
# As it was before the network guard turned proxies off: pip, and pip alone, goes out.
OUTSIDE = dict(os.environ)
SDKS = (
    "anthropic botocore fireworks google.cloud.aiplatform google.genai groq mistralai ollama "
    "openai vertexai"
).split()


@dataclass(frozen=True)
class Case:
    """The SDK that a provider id is built on, if it has one, and a model to ask it for."""

    sdk: str
    model: str


CASES = {
    "anthropic": Case("anthropic", "claude-haiku-4-5"),
    "bedrock": Case("botocore", "amazon.nova-lite-v1:0"),
    "fireworks": Case("openai", "accounts/fireworks/models/llama-v3p3-70b-instruct"),
    "google-genai": Case("google.genai", "gemini-2.5-flash"),
    "google-vertexai": Case("google.genai", "gemini-2.5-flash"),
    "groq": Case("groq", "llama-3.3-70b-versatile"),
    "mistralai": Case("mistralai", "mistral-small-latest"),
    "ollama": Case("", "qwen3"),
    "openai": Case("openai", "gpt-4o-mini"),
    "openai-compatible": Case("openai", "any-model"),
}


def gather_wheels(workspace: list[Distribution], folder: Path) -> None:
    """Put into `folder` a wheel of every distribution, and of all that the providers depend on.

    Installing from the folder alone is quick, and no package of the same name on an index can be
    taken for one of ours.
    """
    sources = [str(distribution.folder) for distribution in workspace]
    pip("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), *sources)
    needed = {
        part.name: part for each in workspace if each.providers for part in closure(each, workspace)
    }
    ours = [
        str(wheel) for part in needed.values() for wheel in folder.glob(f"{part.package}-*.whl")
    ]
    pip("wheel", "--wheel-dir", str(folder), "--constraint", str(CONSTRAINTS), *ours)


def pip(*arguments: str) -> None:
    """Run the workspace's own pip, which can also install into another environment."""
    quiet = ["--quiet", "--disable-pip-version-check"]
    subprocess.run([sys.executable, "-m", "pip", *arguments, *quiet], check=True, env=OUTSIDE)


@contextmanager
def local_server() -> Iterator[dict[str, str]]:
    """A server on loopback for as long as the block runs: provider id → base URL.

    For Vertex AI the key that the probe passes stands for express mode, which needs no credentials.
    """
    with LlmockServer() as llmock, ScriptedServer() as scripted:
        scripted.answer_always(Reply("Hello from the server."))
        lacking = dict.fromkeys(("bedrock", "ollama"), scripted.url)  # wires that llmock lacks
        yield {**{name: llmock.base_url(name) for name in ROUTES}, **lacking}


def expectation(
    distribution: Distribution, workspace: list[Distribution], servers: dict[str, str]
) -> dict[str, object]:
    """What the probe has to find where this distribution alone is installed."""
    installed = closure(distribution, workspace)
    ids = {name for each in installed for name in each.providers}
    allowed = {CASES[name].sdk for name in ids if name in CASES} - {""}
    absent = next(each for each in workspace if each.providers and each not in installed)
    return {
        "installed": sorted(ids),
        "own": sorted(distribution.providers),
        "forbidden": sorted(set(SDKS) - allowed),
        "lazy": sorted(allowed),
        "absent": [next(iter(absent.providers)), absent.name],
        "streams": {
            name: {"id": f"{name}:{CASES[name].model}", "base_url": servers[name]}
            for name in distribution.providers
            if name in CASES and name in servers
        },
        "guard": loopback.__file__,
    }


def closure(distribution: Distribution, workspace: list[Distribution]) -> list[Distribution]:
    """The distribution and those of the workspace it depends on, directly or not."""
    needed = [each for each in workspace if each.name in distribution.requires]
    return [distribution, *(deeper for each in needed for deeper in closure(each, workspace))]


def check(distribution: Distribution, wheels: Path, expected: dict[str, object]) -> str:
    """Install and probe one distribution; return a line about it, or raise `CheckFailedError`."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        python = Path(folder) / "bin" / "python"
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
        pip(
            *("--python", str(python), "install", "--no-compile"),
            *("--no-index", "--find-links", str(wheels)),
            distribution.name,
        )
        installed = time.monotonic()
        # -I: no working folder, no PYTHONPATH, no user site can lend what is not installed.
        run = subprocess.run(
            [str(python), "-I", str(PROBE), json.dumps(expected)],
            check=False,
            capture_output=True,
            text=True,
            timeout=120,
            env={
                name: value for name, value in os.environ.items() if not name.endswith("_API_KEY")
            },
        )
    if run.returncode:
        raise CheckFailedError(f"{distribution.name}\n{run.stdout}{run.stderr}")
    seconds = f"{installed - started:.0f} s to install, {time.monotonic() - installed:.0f} s to run"
    return f"{distribution.name}: {run.stdout.strip()} ({seconds})"


class CheckFailedError(Exception):
    """A distribution installed alone does not do what it must; says what the probe said."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument(
        "name", nargs="*", help="distributions to check, such as chat-groq; default: all"
    )
    parser.add_argument("--workers", type=int, default=2, help="how many at a time; default: 2")
    options = parser.parse_args()
    loopback.refuse_everything_but_loopback()
    started = time.monotonic()
    workspace = distributions()
    chosen = [
        each
        for each in workspace
        if each.providers and (not options.name or each.name in options.name)
    ]
    failures = 0
    with tempfile.TemporaryDirectory() as folder, local_server() as servers:
        wheels = Path(folder)
        gather_wheels(workspace, wheels)
        count = len(list(wheels.glob("*.whl")))
        print(f"{count} wheels gathered in {time.monotonic() - started:.0f} s", flush=True)
        with ThreadPoolExecutor(options.workers) as workers:
            checks = [
                workers.submit(check, each, wheels, expectation(each, workspace, servers))
                for each in chosen
            ]
            for outcome in checks:
                try:
                    print("ok  ", outcome.result(), flush=True)
                except (CheckFailedError, subprocess.SubprocessError) as error:
                    failures += 1
                    print("FAIL", error, flush=True)
    print(f"{len(chosen) - failures} of {len(chosen)} pass in {time.monotonic() - started:.0f} s")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
