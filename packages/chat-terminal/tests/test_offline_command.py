"""``chat offline``: a server that every installed provider can be pointed to."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
from collections.abc import Iterator

import pytest
from chat_core import get_chat_model
from chat_terminal import ExitCode
from terminal import chat, command


@pytest.fixture
def running(env: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """``chat offline groq``, which has printed that it listens."""
    process = subprocess.Popen(
        command("offline", "groq", "--answer", "From here.", "--pause", "0"),
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
    )
    yield process
    if process.poll() is None:
        process.kill()
    process.communicate()


def variables(process: subprocess.Popen[str]) -> dict[str, str]:
    """What the line for bash exports."""
    assert process.stdout is not None
    for line in process.stdout:
        if "export " in line:
            return dict(re.findall(r"(\w+)=(\S+)", line))
    raise AssertionError("no line for bash")


def test_what_it_prints_points_a_program_to_it(
    running: subprocess.Popen[str], env: dict[str, str]
) -> None:
    exported = variables(running)
    assert chat("run", "groq:any", "go", env=env | exported).stdout == "From here.\n"
    model = get_chat_model("groq:any", base_url=exported["GROQ_BASE_URL"], api_key="k")
    assert model.invoke("go").content == "From here."


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_well_at_ctrl_c_and_at_termination(
    number: signal.Signals, running: subprocess.Popen[str]
) -> None:
    variables(running)
    running.send_signal(number)
    assert running.communicate(timeout=90)[1] == ""
    assert running.returncode == 0


def test_a_port_in_use_and_an_unknown_provider_are_one_line(env: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = chat("offline", "--port", str(taken.getsockname()[1]), env=env)
    assert done.returncode == ExitCode.CONNECTION
    assert "Address already in use" in done.stderr
    unknown = chat("offline", "grok", env=env)
    assert unknown.returncode == ExitCode.NOT_FOUND
    assert [each.stderr.count("\n") for each in (done, unknown)] == [1, 1]
