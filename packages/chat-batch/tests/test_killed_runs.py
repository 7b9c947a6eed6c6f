"""``kill -9`` at random moments: every row is there once, and no finished row is asked again.

Two kills in a batch of 60 rows by default; ``BATCH_KILLS`` and ``BATCH_ROWS`` ask for more.
"""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
import time
from pathlib import Path

from batch_files import MODEL, echo, ids_in, questions, results_by_id, write_rows
from chat_conformance import OfflineServer

KILLS = int(os.environ.get("BATCH_KILLS", "2"))
ROWS = int(os.environ.get("BATCH_ROWS", "60"))


def start(folder: Path, url: str) -> subprocess.Popen[bytes]:
    """``chat batch`` on the rows in ``folder``, asked of the server at ``url``."""
    arguments = ["p.jsonl", "-m", MODEL, "--out", "r.jsonl", "--max-concurrency", "8"]
    env = {"PATH": os.environ["PATH"], "HOME": str(folder), "GROQ_API_KEY": "k"}
    with (folder / "stderr.txt").open("ab") as stderr:
        return subprocess.Popen(
            [sys.executable, "-m", "chat_terminal", "batch", *arguments],
            env={**env, "GROQ_BASE_URL": url},
            cwd=folder,
            stderr=stderr,
        )


def asked(server: OfflineServer) -> list[str]:
    """The ids of the rows of all requests so far, in their order."""
    numbers = [re.findall(r"\d+", call[-1].content)[0] for call in list(server.calls)]
    return [f"row-{number}" for number in numbers]


def answer_of(key: str) -> str:
    """The answer of ``echo`` to the row with this id."""
    return f"You asked: Question {key.removeprefix('row-')}"


def kill_at(process: subprocess.Popen[bytes], out: Path, lines: int) -> None:
    """Kill ``process`` a random moment after the file ``out`` has ``lines`` lines."""
    while process.poll() is None and len(ids_in(out)) < lines:
        time.sleep(0.002)
    time.sleep(random.uniform(0, 0.01))
    process.kill()
    process.wait()


def test_a_batch_survives_kills_at_random_moments(tmp_path: Path) -> None:
    write_rows(tmp_path / "p.jsonl", questions(ROWS))
    out = tmp_path / "r.jsonl"
    kills: list[tuple[set[str], int]] = []
    cut_lines = 0
    with OfflineServer(echo) as server:
        for lines in sorted(random.sample(range(1, ROWS - 20), KILLS)):
            kill_at(start(tmp_path, server.url), out, lines)
            kills.append((set(ids_in(out)), len(asked(server))))
            cut_lines += not out.read_bytes().endswith(b"\n")
        assert start(tmp_path, server.url).wait(120) == 0, (tmp_path / "stderr.txt").read_text()
        requests = asked(server)
    ids = ids_in(out)
    assert len(ids) == len(set(ids)) == ROWS
    results = results_by_id(out)
    assert [r.error for r in results.values() if r.error] == [], "a row failed"
    texts = {key: r.message and r.message.content for key, r in results.items()}
    wrong = [key for key, text in texts.items() if text != answer_of(str(key))]
    assert not wrong, "a row has the answer of another"
    assert set(requests) == set(ids), "a row has a result that the server was not asked for"
    repeated = [row for done, before in kills for row in requests[before:] if row in done]
    assert not repeated
    again = len(requests) - len(set(requests))
    print(f"{ROWS} rows, {KILLS} kills: {len(requests)} requests, {again} for rows whose answer")
    print(f"had not arrived, none for a finished row; {cut_lines} lines were cut and mended")
