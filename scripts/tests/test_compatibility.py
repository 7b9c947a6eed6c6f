"""Other Pythons and other versions: which interpreters are found, which versions are the oldest."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import compatibility


def test_the_oldest_version_is_the_lower_bound_of_a_requirement() -> None:
    found = compatibility.oldest_pins(
        ["openai>=3.0", "google-auth[requests]>=2.56,<3", "chat-core>=0.1.0,<0.2", "pluggy"]
    )
    assert found == ["google-auth==2.56", "openai==3.0"]


def test_of_several_bounds_the_highest_counts() -> None:
    found = compatibility.oldest_pins(["httpx>=0.9", "httpx<1,>=0.27", "httpx>=0.3; 1 >= 2"])
    assert found == ["httpx==0.27"]


def test_the_extras_of_the_distributions_count_too() -> None:
    names = [each.partition(">")[0] for each in compatibility.requirements()]
    assert {"aiohttp", "openai", "pydantic"} <= set(names)


@pytest.mark.parametrize(
    ("oldest", "is_kept"),
    [({"opentelemetry-api": "1.37"}, False), ({"opentelemetry-api": "1.45.2"}, True), ({}, True)],
)
def test_a_tool_that_needs_something_newer_has_no_pin(
    oldest: dict[str, str], is_kept: bool
) -> None:
    # logfire requires it, and so do the SDK and the exporter that logfire requires.
    assert compatibility.allows("logfire", oldest) is is_kept
    assert compatibility.allows("opentelemetry-exporter-otlp-proto-http", oldest) is is_kept


def test_an_interpreter_that_is_not_here_is_none(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert compatibility.interpreter("3.12") is None


def test_a_command_of_that_name_that_is_another_python_is_not_taken(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    shim = tmp_path / "python3.99"
    shim.symlink_to(sys.executable)
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert compatibility.interpreter("3.99") is None


def test_the_python_that_runs_this_is_found(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    named = tmp_path / f"python{version}"
    named.symlink_to(sys.executable)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert compatibility.interpreter(version) == named
