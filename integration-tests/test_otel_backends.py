"""Spans and metrics of chat-otel arrive at collectors: over OTLP, and beside clients of backends.

Those of Logfire, Langfuse and LangSmith, and the collector Phoenix, are installed by
``make otel-check``, which says in ``OTEL_CHECK_PYTHON`` and ``PHOENIX_COMMAND`` where they are.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from otlp_collector import Collector, attributes_of

PROGRAM = Path(__file__).with_name("traced_program.py")
BACKENDS = os.environ.get("OTEL_CHECK_PYTHON")
PHOENIX = os.environ.get("PHOENIX_COMMAND")

WORKFLOW = "invoke_workflow forecast"
TREE = [
    ("chain look", WORKFLOW),
    ("chat fake", WORKFLOW),
    ("execute_tool weather", "chain look"),
    (WORKFLOW, None),
    ("parser StrOutputParser", WORKFLOW),
    ("prompt ChatPromptTemplate", WORKFLOW),
]
QUIET = {
    "LANGFUSE_TRACING_ENVIRONMENT": "test",
    "LANGSMITH_TRACING": "false",
    "LOGFIRE_SEND_TO_LOGFIRE": "true",
    "OTEL_SDK_DISABLED": "false",
}


def run(backend: str, url: str, python: str = sys.executable, **variables: str) -> dict[str, Any]:
    """What the program prints."""
    done = subprocess.run(
        [python, PROGRAM, backend, url],
        capture_output=True,
        text=True,
        check=False,
        timeout=110,
        env={**os.environ, **QUIET, **variables},
    )
    assert done.returncode == 0, done.stderr
    printed: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return printed


def test_spans_and_metrics_arrive_over_otlp() -> None:
    with Collector() as collector:
        assert run("otlp", collector.url, CAPTURE="1") == {"answer": "rain in Bern", "refused": []}
    assert collector.tree() == TREE
    assert len({span.trace_id for span in collector.spans}) == 1
    chat = attributes_of(next(span for span in collector.spans if span.name == "chat fake"))
    assert chat["gen_ai.response.finish_reasons"] == ["stop"]
    assert json.loads(chat["gen_ai.output.messages"])[0]["parts"][0]["content"] == "Bern"
    (duration,) = collector.points("gen_ai.client.operation.duration")
    assert attributes_of(duration)["gen_ai.request.model"] == "fake"
    assert duration.count == 1
    assert collector.points("gen_ai.execute_tool.duration")


def test_a_collector_that_is_down_changes_no_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    printed = run("otlp", f"http://127.0.0.1:{port}", EXPORT_SECONDS="2")
    assert printed["answer"] == "rain in Bern"


@pytest.mark.skipif(BACKENDS is None, reason="make otel-check installs the libraries of backends")
@pytest.mark.parametrize("backend", ["logfire", "langfuse", "langsmith"])
def test_spans_arrive_beside_the_client_of_a_backend(backend: str) -> None:
    assert BACKENDS is not None
    with Collector() as collector:
        printed = run(backend, collector.url, BACKENDS, CAPTURE="1")
    assert printed["answer"] == "rain in Bern"
    assert printed["refused"] == []
    assert collector.tree() == TREE
    chat = attributes_of(next(span for span in collector.spans if span.name == "chat fake"))
    assert chat["gen_ai.operation.name"] == "chat"
    assert json.loads(chat["gen_ai.input.messages"])[0]["role"] == "user"


def get(url: str) -> Any:
    """The JSON at ``url``, or ``None`` while there is no answer."""
    try:
        with urllib.request.urlopen(url, timeout=5) as response:
            return json.load(response)
    except (OSError, ValueError):
        return None


@pytest.mark.skipif(PHOENIX is None, reason="make otel-check installs the collector Phoenix")
def test_spans_arrive_at_phoenix(tmp_path: Path) -> None:
    assert PHOENIX is not None
    with socket.create_server(("127.0.0.1", 0)) as web, socket.create_server(("127.0.0.1", 0)) as g:
        port, grpc_port = web.getsockname()[1], g.getsockname()[1]
    variables = {
        **os.environ,
        "PHOENIX_WORKING_DIR": str(tmp_path),
        "PHOENIX_HOST": "127.0.0.1",
        "PHOENIX_PORT": str(port),
        "PHOENIX_GRPC_PORT": str(grpc_port),
        "PHOENIX_TELEMETRY_ENABLED": "false",
    }
    log = (tmp_path / "phoenix.log").open("w")
    server = subprocess.Popen([PHOENIX, "serve"], env=variables, stdout=log, stderr=log)
    url = f"http://127.0.0.1:{port}"
    try:
        until = time.monotonic() + 90
        while get(f"{url}/v1/projects") is None:
            assert server.poll() is None, (tmp_path / "phoenix.log").read_text()
            assert time.monotonic() < until
            time.sleep(0.5)
        assert run("otlp", url)["answer"] == "rain in Bern"
        spans: list[Any] = []
        while len(spans) < len(TREE) and time.monotonic() < until:
            spans = (get(f"{url}/v1/projects/default/spans") or {"data": []})["data"]
            time.sleep(0.2)
    finally:
        server.terminate()
        server.wait(10)
        log.close()
    names = {span["context"]["span_id"]: span["name"] for span in spans}
    tree = [(span["name"], names.get(span["parent_id"])) for span in spans]
    assert sorted(tree, key=lambda pair: (pair[0], pair[1] or "")) == TREE
    (chat,) = [span for span in spans if span["name"] == "chat fake"]
    assert chat["attributes"]["gen_ai.request.model"] == "fake"
