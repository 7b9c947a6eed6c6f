"""A well-made workspace keeps every import contract; one forbidden import breaks it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[1]

PROJECT = """
[project]
name = "{name}"
dependencies = {requires}
[project.entry-points."chat_core.providers"]
{entry_points}
"""

CORE = {
    # module → text
    "errors": "",
    "json_text": "",
    "messages": "import asyncio\nfrom chat_core import errors",
    "tools": "def late():\n    from chat_core import messages",
    "wire": "from chat_core import json_text, messages",
    "models": "from chat_core import tools, wire",
    "testing": "from chat_core import models",
    "registry": "import typing\nif typing.TYPE_CHECKING:\n    import chat_core.provider",
    "provider": "from chat_core import models, wire",
}

PROVIDERS = {
    # distribution → what it depends on, what its client imports
    "chat-groq": (["chat-core", "chat-completions", "groq"], "groq"),
    "chat-mistralai": (["chat-core", "chat-completions", "mistralai"], "mistralai"),
    "chat-google-genai": (["chat-core", "google-genai", "httpx2"], "google.genai, httpx2"),
    "chat-google-vertexai": (["chat-core", "chat-google-genai", "google-auth"], "google.auth"),
}


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A workspace in miniature that keeps every contract."""
    shutil.copytree(SCRIPTS, tmp_path / "scripts", ignore=shutil.ignore_patterns("tests", "__*"))
    distribution(tmp_path, "chat-core", [], CORE)
    distribution(tmp_path, "chat-completions", ["chat-core"], {"wire": "import chat_core"})
    distribution(tmp_path, "chat-conformance", ["chat-core", "pytest"], {"server": "import socket"})
    distribution(tmp_path, "chat-terminal", ["chat-core", "typer"], {"program": "import time, os"})
    for name, (requires, sdk) in PROVIDERS.items():
        package = name.replace("-", "_")
        modules = {
            "plugin": f"def build():\n    from {package}.model import Model",
            "model": f"from {package} import client, encode, decode",
            "client": f"def send():\n    import {sdk}",
            "encode": "import json",
            "decode": "import chat_core.provider",
            "errors": "",
        }
        distribution(tmp_path, name, requires, modules)
    source(tmp_path, "chat_google_vertexai.model").write_text("import chat_google_genai.model")
    return tmp_path


def distribution(root: Path, name: str, requires: list[str], modules: dict[str, str]) -> None:
    package = name.replace("-", "_")
    folder = root / ("core" if name == "chat-core" else f"packages/{name}")
    (folder / "src" / package).mkdir(parents=True)
    for module, text in {"__init__": "", **modules}.items():
        (folder / "src" / package / f"{module}.py").write_text(text)
    entry_points = f'x = "{package}.plugin"' if "plugin" in modules else ""
    text = PROJECT.format(name=name, requires=requires, entry_points=entry_points)
    (folder / "pyproject.toml").write_text(text)


def source(root: Path, module: str) -> Path:
    [path] = root.glob(f"*/**/src/{module.replace('.', '/')}.py")
    return path


def broken(root: Path) -> list[str]:
    """Names of the contracts that this workspace breaks."""
    paths = os.pathsep.join(str(path) for path in root.rglob("src"))
    run = subprocess.run(
        [sys.executable, str(root / "scripts" / "check_contracts.py")],
        env={**os.environ, "PYTHONPATH": paths, "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    names = [line.removesuffix(" BROKEN") for line in run.stdout.splitlines() if "BROKEN" in line]
    assert bool(names) == bool(run.returncode), run.stdout + run.stderr
    return names


def test_a_well_made_workspace_keeps_every_contract(workspace: Path) -> None:
    assert broken(workspace) == []


@pytest.mark.parametrize(
    ("module", "forbidden", "contract"),
    [
        ("chat_core.messages", "httpx", "core imports no vendor"),
        ("chat_core.messages", "chat_groq.errors", "core imports no vendor"),
        ("chat_core.messages", "chat_completions.wire", "core imports no vendor"),
        ("chat_core.messages", "chat_core.models", "core's modules import only what stands"),
        ("chat_core.errors", "chat_core.json_text", "core's modules import only what stands"),
        ("chat_core.wire", "chat_core.tools", "core's modules import only what stands"),
        ("chat_core.json_text", "chat_core.registry", "core's modules import only what stands"),
        ("chat_groq.model", "chat_core.messages", "core is imported through chat_core"),
        ("chat_conformance.server", "chat_core.wire", "core is imported through chat_core"),
        ("chat_groq.model", "chat_mistralai.errors", "no provider imports another"),
        ("chat_google_genai.model", "chat_google_vertexai.errors", "no provider imports another"),
        ("chat_completions.wire", "chat_groq.errors", "the shared wire format"),
        ("chat_conformance.server", "chat_groq.plugin", "the shared wire format"),
        ("chat_groq.errors", "groq", "only the client of chat-groq touches groq"),
        ("chat_groq.client", "openai", "only the client of chat-groq touches groq"),
        ("chat_google_vertexai.model", "google.auth", "only the client of chat-google-vertexai"),
        ("chat_groq.decode", "time", "codecs know no network, clock, file or chance"),
        ("chat_groq.errors", "random", "codecs know no network, clock, file or chance"),
        ("chat_completions.wire", "asyncio", "codecs know no network, clock, file or chance"),
        ("chat_groq.encode", "chat_groq.model", "codecs do not import what moves the bytes"),
        ("chat_groq.plugin", "groq", "a plugin module imports no SDK and no client"),
        ("chat_groq.plugin", "chat_groq.client", "a plugin module imports no SDK and no client"),
    ],
)
def test_one_forbidden_import_breaks_its_contract(
    workspace: Path, module: str, forbidden: str, contract: str
) -> None:
    with source(workspace, module).open("a") as file:
        file.write(f"\nimport {forbidden}\n")
    assert contract in "\n".join(broken(workspace))


def test_an_import_inside_a_function_of_core_may_not_run_up_either(workspace: Path) -> None:
    with source(workspace, "chat_core.errors").open("a") as file:
        file.write("\ndef late():\n    from chat_core import models\n")
    assert "core's modules import only" in "\n".join(broken(workspace))


def test_a_new_module_of_core_needs_a_floor(workspace: Path) -> None:
    source(workspace, "chat_core.errors").with_name("drawer.py").write_text("")
    assert "core's modules import only" in "\n".join(broken(workspace))
