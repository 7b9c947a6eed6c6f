"""``chat batch``: asks every row of a file and keeps each result as it arrives."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from chat_terminal.command import (
    ExitCode,
    Options,
    TerminalError,
    choose_model,
    complete_model,
    describe,
    note,
)

if TYPE_CHECKING:
    from .batch import Batch
    from .counts import BatchSummary

__all__ = ["app", "batch"]

EXAMPLES = """\b
Examples:
  chat batch prompts.jsonl --model offline:demo --out results.jsonl
  chat batch prompts.jsonl -m groq:llama-3.3-70b-versatile --out answers.jsonl -o temperature=0
  chat batch cities.csv -m offline:demo --out facts.csv --template "Name a fact about {city}"
  chat batch prompts.jsonl -m offline:demo --out results.jsonl --retry-failed
"""


def batch(
    prompts: Annotated[
        str,
        typer.Argument(
            metavar="ROWS", help="A file: .jsonl, .csv or .parquet; - for what is piped in."
        ),
    ],
    model: Annotated[
        list[str],
        typer.Option(
            "-m",
            "--model",
            metavar="MODEL",
            help="PROVIDER:MODEL, or an alias; several share the rows.",
            autocompletion=complete_model,
        ),
    ],
    out: Annotated[Path, typer.Option(metavar="FILE", help="Results: .jsonl, .csv or .parquet.")],
    option: Options = None,
    template: Annotated[
        str | None,
        typer.Option(
            metavar="TEXT", help="A prompt with {variables}, or its file; rows give the variables."
        ),
    ] = None,
    fallback: Annotated[
        list[str] | None,
        typer.Option(
            metavar="MODEL",
            help="A model for rows that fail; several are asked in turn.",
            autocompletion=complete_model,
        ),
    ] = None,
    max_concurrency: Annotated[
        int, typer.Option(metavar="N", min=1, help="How many requests at once.")
    ] = 32,
    requests_per_minute: Annotated[
        float | None, typer.Option(metavar="N", min=1, help="Start no more requests than this.")
    ] = None,
    tokens_per_minute: Annotated[
        float | None, typer.Option(metavar="N", min=1, help="Send and get no more tokens.")
    ] = None,
    max_errors: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Stop once so many rows have failed.")
    ] = None,
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", help="Ask rows again that failed before.")
    ] = False,
    skip_bad_rows: Annotated[
        bool, typer.Option("--skip-bad-rows", help="Go on without rows that cannot be read.")
    ] = False,
    progress_every: Annotated[
        float,
        typer.Option(metavar="SECONDS", min=0, help="A line so often in a pipe; 0 shows nothing."),
    ] = 10.0,
) -> None:
    """Ask a model every row of ROWS and add each result to FILE.

    A row is {"id": …, "input": …}. Rows that have a result in FILE are not asked again: after any
    interruption the same command goes on.
    """
    from .batch import Batch
    from .prompt import read_template

    options = option or []
    run = Batch(
        prompts,
        model=model,
        out=out,
        open_model=lambda name: choose_model(name, options),
        template=None if template is None else read_template(template),
        fallback=fallback or [],
        max_concurrency=max_concurrency,
        requests_per_minute=requests_per_minute,
        tokens_per_minute=tokens_per_minute,
        max_errors=max_errors,
        retry_failed=retry_failed,
        skip_bad_rows=skip_bad_rows,
        progress_every=progress_every,
    )
    _report(_run(run), out)


app = typer.Typer(add_completion=False, rich_markup_mode=None)
app.command("batch", epilog=EXAMPLES)(batch)


def _run(run: Batch) -> BatchSummary:
    """The summary of the run. Raises ``TerminalError`` for one that did not reach its end."""
    from .errors import BadRowError, BatchStoppedError, OtherRunError, OutputError

    stopped_by: list[signal.Signals] = []
    try:
        return asyncio.run(_run_until_stopped(run, stopped_by))
    except BadRowError as error:
        raise TerminalError(str(error), ExitCode.INPUT) from error
    except OtherRunError as error:
        raise TerminalError(str(error), ExitCode.USAGE) from error
    except OutputError as error:
        raise TerminalError(str(error), ExitCode.STORAGE) from error
    except BatchStoppedError as error:
        raise TerminalError(str(error), _code_of(error, stopped_by)) from error


def _code_of(error: BaseException, stopped_by: list[signal.Signals]) -> ExitCode:
    """What the command exits with for a run that was stopped."""
    from .errors import BadRowError, OutputError

    cause = error.__cause__
    if stopped_by:
        return ExitCode.CTRL_C if stopped_by[0] == signal.SIGINT else ExitCode.TERMINATED
    if isinstance(cause, OutputError):
        return ExitCode.STORAGE
    if isinstance(cause, BadRowError):
        return ExitCode.INPUT
    return ExitCode.FAILED_ROWS if cause is None else describe(cause)[1]


async def _run_until_stopped(run: Batch, stopped_by: list[signal.Signals]) -> BatchSummary:
    """The summary of the run, which Ctrl-C and SIGTERM stop; they are added to ``stopped_by``."""

    def stop(number: signal.Signals) -> None:
        if not run.is_stopping:
            note("stopping: answers of the next seconds are kept; once more ends at once.")
        stopped_by.append(number)
        run.stop(f"Stopped by {'Ctrl-C' if number == signal.SIGINT else 'a signal to end'}")

    with _signals(stop):
        return await run.run()


@contextmanager
def _signals(stop: Any) -> Iterator[None]:
    """Call ``stop`` with the signal for Ctrl-C and for a request to end, within the block."""
    loop = asyncio.get_running_loop()
    numbers = (signal.SIGINT, signal.SIGTERM)
    try:
        for number in numbers:
            loop.add_signal_handler(number, stop, number)
    except NotImplementedError:  # Windows: Ctrl-C raises KeyboardInterrupt
        yield
        return
    try:
        yield
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)


def _report(summary: BatchSummary, out: Path) -> None:
    """Write the summary. Raises ``TerminalError`` where rows failed or could not be read."""
    cost = "unknown" if summary.cost is None else f"${summary.cost:,.4f}"
    before = f" ({summary.failed_before:,} of them failed)" if summary.failed_before else ""
    note(
        f"{summary.succeeded:,} answered, {summary.failed:,} failed,"
        f" {summary.finished_before:,} finished before{before}; {summary.input_tokens:,} tokens in,"
        f" {summary.output_tokens:,} out, cost {cost}, {summary.seconds:,.1f} s; {out}"
    )
    for problem in summary.problems:
        note(f"skipped, {problem}")
    failed = summary.failed + summary.failed_before
    lacking = [
        f"{count:,} {'row' if count == 1 else 'rows'} {what}"
        for count, what in ((failed, "failed"), (summary.bad_rows, "skipped"))
        if count
    ]
    if lacking:
        raise TerminalError(
            f"{' and '.join(lacking)}; the errors are in the output, and --retry-failed asks again"
            " what failed."
            if failed
            else f"{lacking[0]}.",
            ExitCode.FAILED_ROWS,
        )
