"""Tools that patch an SDK see each real call through ``client=`` once, whole and streamed.

Sources: the documentation of ``logfire.instrument_openai``, of Sentry's integration for OpenAI, and
of ``opentelemetry-instrumentation-openai-v2``.
"""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

PROGRAM = Path(__file__).with_name("instrumented_calls.py")
CHAT = "Chat Completion with {request_data[model]!r}"


def run(tool: str, module: str) -> Any:
    """What the program prints, and its warnings. Skips where ``module`` is not installed."""
    try:
        found = find_spec(module)
    except ModuleNotFoundError:
        found = None
    if found is None:
        pytest.skip(f"{module} is not installed")
    done = subprocess.run(
        [sys.executable, PROGRAM, tool], capture_output=True, text=True, check=False, timeout=100
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize(
    ("tool", "module", "span"),
    [
        ("logfire", "logfire", CHAT),
        ("logfire on clients", "logfire", CHAT),
        ("opentelemetry", "opentelemetry.instrumentation.openai_v2", "chat m"),
        ("sentry", "sentry_sdk", "gen_ai.chat"),
    ],
)
def test_each_call_is_seen_once(tool: str, module: str, span: str) -> None:
    found = run(tool, module)
    assert found == {"answers": ["hi"] * 4, "requests": 4, "seen": [span] * 4}
