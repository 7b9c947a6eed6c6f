"""Cassettes of every provider: recorded from the offline server, replayed without a server.

Two runs of pytest of their own, as a user would start them. What is recorded goes through each
vendor's SDK, over httpx or httpx2.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from chat_conformance.declared import DECLARED

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

MODELS = sorted({subject.model_id for subject in DECLARED})
SECRETS = ("secret-key-of-the-tests", "authorization", "x-api-key", "x-goog-api-key")
"""The key, and headers that could hold it."""


def run(folder: Path, *arguments: str) -> list[dict[str, Any]]:
    report = folder / "report.json"
    models = [part for model in MODELS for part in ("--chat-model", model)]
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--pyargs"]
    command += ["chat_conformance", *models, "-m", "everywhere"]
    command += ["--backend", "cassette", "--cassettes", str(folder)]
    command += ["--conformance-report", str(report), *arguments]
    env = {name: value for name, value in os.environ.items() if not name.endswith("_API_KEY")}
    finished = subprocess.run(
        command, cwd=folder, env=env, capture_output=True, text=True, check=False
    )
    assert finished.returncode == 0, finished.stdout[-3000:] + finished.stderr[-3000:]
    found: list[dict[str, Any]] = json.loads(report.read_text())
    return found


def test_every_provider_answers_from_its_cassettes_which_hold_no_key(tmp_path: Path) -> None:
    run(tmp_path, "--record", "offline")
    kept = list(tmp_path.rglob("*.yaml"))
    assert kept
    for cassette in kept:
        text = cassette.read_text().lower()
        for secret in SECRETS:
            assert secret not in text, cassette.name
    report = run(tmp_path)
    assert not [each for each in report if "no recording" in each["reason"]]
    held = [each["model"] for each in report if each["outcome"] == "passed"]
    assert all(held.count(model) > 20 for model in MODELS)
