"""``chat batch``: what it prints, how it ends, and what its help shows."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from batch_files import MODEL, echo, ids_in, questions, write_rows
from chat_batch import Counts
from chat_batch.batch import Batch
from chat_batch.progress import progress_line
from chat_conformance import ErrorReply, OfflineServer
from chat_core import Message, RateLimiter, get_chat_model
from chat_terminal import ExitCode
from terminal import Terminal


@pytest.fixture
def server() -> Iterator[OfflineServer]:
    with OfflineServer(echo) as running:
        yield running


@pytest.fixture
def env(server: OfflineServer, tmp_path: Path) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "LANG": "C.UTF-8",
        "COLUMNS": "200",
        "GROQ_API_KEY": "a-key",
        "GROQ_BASE_URL": server.url,
    }


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "chat_terminal", "batch", *arguments]


def chat_batch(
    *arguments: str, env: dict[str, str], folder: Path, stdin: str = ""
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments),
        env=env,
        cwd=folder,
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        timeout=110,
    )


def test_the_examples_of_the_help_run(env: dict[str, str], tmp_path: Path) -> None:
    text = chat_batch("--help", env=env, folder=tmp_path).stdout
    write_rows(tmp_path / "prompts.jsonl", questions(2))
    (tmp_path / "cities.csv").write_text("id,city\n1,Oslo\n")
    examples = re.findall(r"^ {4}(\S.*)$", text.partition("Examples:")[2], re.MULTILINE)
    assert len(examples) == 4
    calls = f'chat() {{ {sys.executable} -m chat_terminal "$@"; }}; ' + "; ".join(examples)
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", calls],
        env=env,
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=110,
    )
    assert done.returncode == 0, done.stderr
    for line in re.findall(r"^  -.*$", text, re.MULTILINE):
        assert re.search(r"\S {2,}\S", line), line


def test_failed_and_bad_rows_are_counted_and_end_with_a_code(
    server: OfflineServer, env: dict[str, str], tmp_path: Path
) -> None:
    def answer(messages: list[Message]) -> Any:
        return ErrorReply("content_filter") if "2" in messages[-1].content else echo(messages)

    server.answer(answer)
    rows = write_rows(tmp_path / "p.jsonl", questions(4))
    with rows.open("a") as file:
        file.write("{\n")
    given = ("p.jsonl", "-m", MODEL, "--out", "r.jsonl")
    refused = chat_batch(*given, env=env, folder=tmp_path)
    assert refused.returncode == ExitCode.INPUT
    assert "line 5: not JSON" in refused.stderr
    assert refused.stderr.count("\n") == 1
    assert not server.calls
    done = chat_batch(*given, "--skip-bad-rows", env=env, folder=tmp_path)
    assert done.returncode == ExitCode.FAILED_ROWS
    assert "3 answered, 1 failed" in done.stderr
    assert "--retry-failed" in done.stderr
    assert done.stdout == ""
    again = chat_batch(*given, "--skip-bad-rows", env=env, folder=tmp_path)
    assert again.returncode == ExitCode.FAILED_ROWS
    assert "0 answered, 0 failed, 4 finished before (1 of them failed)" in again.stderr
    assert "1 row failed and 1 row skipped; " in again.stderr


def test_more_connections_than_files_may_be_open_raise_that_limit(
    env: dict[str, str], tmp_path: Path
) -> None:
    write_rows(tmp_path / "p.jsonl", questions(80))
    few = ["bash", "-c", 'ulimit -S -n 48 && exec "$@"', "bash"]
    given = ("p.jsonl", "-m", MODEL, "--out", "r.jsonl", "--max-concurrency", "80")
    done = subprocess.run(
        [*few, *command(*given)], env=env, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "80 answered, 0 failed" in done.stderr


def test_rows_may_be_piped_in_and_progress_is_lines_there(
    env: dict[str, str], tmp_path: Path
) -> None:
    process = subprocess.Popen(
        command("-", "-m", "offline:demo", "--out", "r.jsonl", "--progress-every", "0.2"),
        env=env,
        cwd=tmp_path,
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stderr is not None
    process.stdin.write(json.dumps(questions(1)[0]) + "\n")
    process.stdin.flush()
    line = process.stderr.readline()
    while "1/? rows" not in line:
        line = process.stderr.readline()
    process.stdin.close()
    rest = process.stderr.read()
    process.stderr.close()
    assert process.wait(90) == 0
    assert "1 answered" in rest
    assert "cost unknown" in line


def test_a_terminal_shows_a_bar(env: dict[str, str], tmp_path: Path) -> None:
    rows = write_rows(tmp_path / "p.jsonl", questions(3))
    del env["COLUMNS"]
    given = ["batch", str(rows), "-m", "offline:demo", "--out", str(tmp_path / "r.jsonl")]
    with Terminal(*given, env=env) as terminal:
        assert terminal.wait() == 0
        bar, line, summary = terminal.screen().splitlines()[:3]
    assert set(bar) == {"━"}
    assert line.startswith("3/3 rows, ")
    assert summary.startswith("chat: 3 answered")


def test_a_pipe_that_brings_nothing_does_not_delay_the_end(
    env: dict[str, str], tmp_path: Path
) -> None:
    process = subprocess.Popen(
        command("-", "-m", "offline:demo", "--out", "r.jsonl", "--progress-every", "0.2"),
        env=env,
        cwd=tmp_path,
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    assert "0/? rows" in process.stderr.readline()
    process.send_signal(signal.SIGTERM)
    rest = process.stderr.read()
    assert process.wait(90) == ExitCode.TERMINATED  # its standard input is still open
    assert "The run has ended before its first row" in rest
    assert "Fatal" not in rest
    for stream in (process.stdin, process.stderr):
        assert stream is not None
        stream.close()


@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGINT, ExitCode.CTRL_C), (signal.SIGTERM, ExitCode.TERMINATED)],
)
def test_a_signal_ends_the_run_well_and_the_same_command_goes_on(
    number: signal.Signals,
    code: ExitCode,
    server: OfflineServer,
    env: dict[str, str],
    tmp_path: Path,
) -> None:
    rows = 20_000  # more than are answered until the signal, however late it is sent
    write_rows(tmp_path / "p.jsonl", questions(rows))
    out = tmp_path / "r.jsonl"
    given = ("p.jsonl", "-m", MODEL, "--out", "r.jsonl", "--max-concurrency", "2")
    process = subprocess.Popen(
        command(*given), env=env, cwd=tmp_path, stderr=subprocess.PIPE, text=True
    )
    while len(ids_in(out)) < 3:
        assert process.poll() is None
        time.sleep(0.005)
    process.send_signal(number)
    _, errors = process.communicate(timeout=90)
    assert process.returncode == code
    assert "the same command goes on from there" in errors
    kept = ids_in(out)
    assert len(server.calls) == len(kept) < rows  # what was under way was waited for


def test_a_wrong_option_and_an_unknown_model_send_nothing(
    server: OfflineServer, env: dict[str, str], tmp_path: Path
) -> None:
    write_rows(tmp_path / "p.jsonl", questions(1))
    for options, code, text in (
        (("-m", MODEL, "-o", "temprature=1"), ExitCode.USAGE, "temperature"),
        (("-m", "grok:x"), ExitCode.NOT_FOUND, "groq"),
    ):
        done = chat_batch("p.jsonl", *options, "--out", "r.jsonl", env=env, folder=tmp_path)
        assert done.returncode == code
        assert text in done.stderr
        assert done.stderr.count("\n") == 1
    assert not server.requests


def test_a_full_disk_has_an_exit_code_and_a_message(env: dict[str, str], tmp_path: Path) -> None:
    write_rows(tmp_path / "p.jsonl", questions(9))
    given = command("p.jsonl", "-m", "offline:demo", "--out", "r.jsonl")
    done = subprocess.run(
        ["bash", "-c", 'ulimit -f 2; exec "$@"', "bash", *given],  # files of 2,048 bytes at most
        env=env | {"PYTHONDONTWRITEBYTECODE": "1"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=110,
    )
    assert done.returncode == ExitCode.STORAGE
    assert "File too large. The run has ended after" in done.stderr
    assert done.stderr.count("\n") == 1
    assert 0 < len(ids_in(tmp_path / "r.jsonl")) < 9


def test_a_line_of_progress_has_rate_tokens_errors_cost_and_time_left() -> None:
    counts = Counts(total=1200, finished_before=200, succeeded=95, failed=5, cost=0.25)
    counts.started -= 10
    counts.input_tokens, counts.output_tokens = 12_345, 678
    assert re.fullmatch(
        r"300/1,200 rows, (10\.0|9\.9)/s, 5 failed, 12,345 tokens in, 678 out, cost \$0\.2500,"
        r" 1:30 left",
        progress_line(counts),
    )
    counts.unpriced = 1
    assert "cost unknown" in progress_line(counts)


@pytest.mark.parametrize(
    ("limits", "seconds"),
    [
        ([], 8.0),
        ([RateLimiter(requests_per_minute=600)], 80.0),
        ([RateLimiter(requests_per_minute=600), RateLimiter(requests_per_minute=1800)], 20.0),
        ([RateLimiter(requests_per_minute=600), None], 8.0),
        ([RateLimiter(tokens_per_minute=3000)], 160.0),
        ([RateLimiter(requests_per_minute=600_000)], 8.0),
    ],
)
def test_the_time_left_is_that_of_the_rate_so_far_or_of_the_limits_whichever_is_slower(
    limits: list[RateLimiter | None], seconds: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = Counts(total=900, succeeded=100, input_tokens=900, output_tokens=100, started=50.0)
    monkeypatch.setattr(time, "monotonic", lambda: 51.0)
    counts.note_limits(limits)
    assert counts.seconds_left == pytest.approx(seconds)


def test_a_run_counts_with_its_own_limits_and_else_with_those_of_its_models(
    tmp_path: Path,
) -> None:
    model = get_chat_model("groq:any", rate_limiter=RateLimiter(requests_per_minute=7))
    options: Any = {"model": model, "out": tmp_path / "r.jsonl"}
    assert Batch([], **options).counts.requests_per_minute == 7
    assert Batch([], requests_per_minute=3, **options).counts.requests_per_minute == 3
