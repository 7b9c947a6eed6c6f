"""``chat profile``: what is known of a model, a line for each fact."""

from __future__ import annotations

from chat_conformance.http_answers import json_answer
from chat_conformance.wire_server import WireServer
from terminal import chat

MODEL = "groq:llama-3.3-70b-versatile"


def test_each_fact_is_a_line_with_its_unit(env: dict[str, str]) -> None:
    done = chat("profile", MODEL, env=env)
    lines = done.stdout.splitlines()
    assert done.returncode == 0
    assert "context window        131,072 tokens" in lines
    assert "input media           none" in lines
    assert "tools                 yes" in lines
    assert "reasoning words       off" in lines
    assert not done.stderr


def test_an_unknown_model_has_advice(env: dict[str, str]) -> None:
    done = chat("profile", "groq:perch-2", env=env)
    assert done.returncode == 0
    assert "--ask asks the vendor" in done.stderr


def test_the_vendor_is_asked(env: dict[str, str]) -> None:
    listed = {"data": [{"id": "perch-2", "context_window": 8192}]}
    with WireServer([json_answer(listed)]) as server:
        done = chat("profile", "groq:perch-2", "--ask", "-o", f"base_url={server.url}", env=env)
    assert "context window        8,192 tokens" in done.stdout.splitlines()
    assert not done.stderr


def test_an_unknown_provider_is_named(env: dict[str, str]) -> None:
    done = chat("profile", "grok:perch-2", env=env)
    assert done.returncode != 0
    assert "'grok'" in done.stderr
