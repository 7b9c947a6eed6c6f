"""Rows, their files and servers that answer them, for the tests of this folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from chat_batch import Result, read_results
from chat_core import Message

__all__ = ["MODEL", "echo", "ids_in", "questions", "results_by_id", "write_rows"]

MODEL = "groq:any"


def questions(count: int) -> list[dict[str, Any]]:
    """``count`` rows, the first with the id ``row-0``."""
    return [{"id": f"row-{n}", "input": f"Question {n}"} for n in range(count)]


def write_rows(path: Path, rows: list[dict[str, Any]]) -> Path:
    """Write ``rows`` to ``path`` as JSON Lines."""
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def echo(messages: list[Message]) -> str:
    """An answer that repeats the question."""
    return f"You asked: {messages[-1].content}"


def results_by_id(path: Path) -> dict[str | int, Result]:
    """The results in a file, each by the id of its row."""
    return {result.id: result for result in read_results(path)}


def ids_in(path: Path) -> list[str]:
    """The ids of the whole lines of a file of results, in their order."""
    if not path.exists():
        return []
    lines = path.read_bytes().split(b"\n")[:-1]
    return [json.loads(line)["id"] for line in lines]
