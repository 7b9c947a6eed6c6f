"""chat-batch: thousands of rows asked of chat models, each result kept as it arrives.

    summary = run_batch("prompts.jsonl", model="groq:llama-3.3-70b-versatile", out="results.jsonl")

The same call goes on where an earlier one ended. ``chat batch`` is the same as a command.
"""

from __future__ import annotations

from .batch import Batch, arun_batch, run_batch
from .counts import BatchSummary, Counts
from .errors import BadRowError, BatchStoppedError, OtherRunError, OutputError
from .finished import read_results
from .on_ray import arun_batch_on_ray, run_batch_on_ray
from .options import BatchOptions
from .results import Result, error_from_json, error_to_json, read_result, result_line
from .rows import Row, digest_of, read_row

__version__ = "0.1.0"

__all__ = [
    "BadRowError",
    "Batch",
    "BatchOptions",
    "BatchStoppedError",
    "BatchSummary",
    "Counts",
    "OtherRunError",
    "OutputError",
    "Result",
    "Row",
    "arun_batch",
    "arun_batch_on_ray",
    "digest_of",
    "error_from_json",
    "error_to_json",
    "read_result",
    "read_results",
    "read_row",
    "result_line",
    "run_batch",
    "run_batch_on_ray",
]
