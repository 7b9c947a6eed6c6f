"""The output file: what mends it, what refuses it, and what a full disk leaves in it."""

from __future__ import annotations

import csv
import resource
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow.parquet
import pytest
from batch_files import MODEL, echo, ids_in, questions
from chat_batch import BatchStoppedError, OtherRunError, OutputError, read_results, run_batch
from chat_batch.journal import Journal
from chat_conformance import OfflineServer
from chat_core import InvalidParameterError


@pytest.mark.parametrize("left", [1, 5, 100, -2, -1])
def test_a_line_that_is_cut_anywhere_is_mended(left: int, tmp_path: Path) -> None:
    out = tmp_path / "r.jsonl"
    with OfflineServer(echo) as server:
        model = server.model(MODEL)
        run_batch(questions(3), model=model, out=out, max_concurrency=1)
        whole = out.read_bytes()
        last = whole.splitlines(keepends=True)[-1]
        out.write_bytes(whole.removesuffix(last) + last[:left])
        run_batch(questions(3), model=model, out=out)
        # Only its end of line was missing: the row is finished.
        assert len(server.calls) == (3 if left == -1 else 4)
    assert sorted(ids_in(out)) == ["row-0", "row-1", "row-2"]
    assert out.read_bytes().startswith(whole.removesuffix(last))


def test_zeros_that_a_crash_of_the_machine_leaves_are_taken_off(tmp_path: Path) -> None:
    out = tmp_path / "r.jsonl"
    run_batch(questions(1), model="offline:demo", out=out)
    with out.open("ab") as file:
        file.write(bytes(500))
    run_batch(questions(2), model="offline:demo", out=out)
    assert ids_in(out) == ["row-0", "row-1"]


@pytest.mark.parametrize("content", ["my notes", "my notes\n", '{"id": 1}\n', "a,b\n1,2", "{}\n"])
def test_a_file_of_anything_else_is_refused_and_stays_as_it_is(
    content: str, tmp_path: Path
) -> None:
    out = tmp_path / "r.jsonl"
    out.write_text(content)
    with pytest.raises(OtherRunError, match=r"r\.jsonl.*name another output"):
        run_batch(questions(1), model="offline:demo", out=out)
    assert out.read_text() == content


def test_a_damaged_line_among_results_may_be_removed_and_costs_no_other_row(tmp_path: Path) -> None:
    out = tmp_path / "r.jsonl"
    run_batch(questions(3), model="offline:demo", out=out)
    first, second, third = out.read_bytes().splitlines(keepends=True)
    out.write_bytes(first + second[:40] + b"\n" + third)
    with pytest.raises(OtherRunError, match=r"Line 2 of .* before it are: mend or remove it, or"):
        run_batch(questions(3), model="offline:demo", out=out)
    out.write_bytes(first + third)
    assert run_batch(questions(3), model="offline:demo", out=out).finished_before == 2


def test_an_output_that_is_no_path_is_refused_by_name() -> None:
    nothing: Any = None
    with pytest.raises(InvalidParameterError, match="out is the path of a file; got None"):
        run_batch(questions(1), model="offline:demo", out=nothing)


def test_an_output_of_other_rows_settings_or_models_is_refused(tmp_path: Path) -> None:
    out = tmp_path / "r.jsonl"
    run_batch(questions(2), model="offline:demo", out=out)
    before = out.read_bytes()
    changed = [{"id": "row-0", "input": "Another question"}]
    with_settings = [{**questions(1)[0], "settings": {"max_tokens": 3}}]
    for rows, model in (
        (changed, "offline:demo"),
        (with_settings, "offline:demo"),
        (questions(1), "offline:think"),
    ):
        with pytest.raises(OtherRunError, match=r"r\.jsonl is of another run.*'row-0'"):
            run_batch(rows, model=model, out=out)
    with pytest.raises(OtherRunError):
        run_batch(questions(1), model="offline:demo", settings={"max_tokens": 3}, out=out)
    assert out.read_bytes() == before
    kept = run_batch(questions(2), model="offline:think", fallback="offline:demo", out=out)
    assert kept.finished_before == 2


def test_limits_and_connection_are_no_part_of_what_is_asked(tmp_path: Path) -> None:
    out = tmp_path / "r.jsonl"
    with OfflineServer(echo) as server:
        run_batch(questions(1), model=server.model(MODEL), out=out)
        other = server.model(MODEL).bind(max_retries=7, timeout=3, api_key="other")
        assert run_batch(questions(1), model=other, out=out).finished_before == 1


@pytest.mark.parametrize(
    "content",
    [
        '{"id": 1, "input": "x"}\n',
        '{"id":1,"input":"x"}\n{"id":2,"input":"x"}',
        '{"id":"a","input":"x"}',
        '{"id":"a \\" b","input":"cut in its mid',
        '{"id":12}',
    ],
)
def test_the_input_is_not_written_to(content: str, tmp_path: Path) -> None:
    rows = tmp_path / "rows.jsonl"
    rows.write_text(content)
    with pytest.raises(InvalidParameterError):
        run_batch(rows, model="offline:demo", out=rows)
    with pytest.raises(OtherRunError):
        run_batch(questions(1), model="offline:demo", out=rows)
    assert rows.read_text() == content


def test_two_runs_do_not_write_one_file_at_once(tmp_path: Path) -> None:
    out = tmp_path / "r.jsonl"
    with Journal(out), pytest.raises(OutputError, match="another process"):
        run_batch(questions(1), model="offline:demo", out=out)
    assert run_batch(questions(1), model="offline:demo", out=out).succeeded == 1


def test_an_output_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"no-folder.*No such file"):
        run_batch(questions(1), model="offline:demo", out=tmp_path / "no-folder" / "r.jsonl")


def test_a_device_is_no_output(tmp_path: Path) -> None:
    (tmp_path / "full.jsonl").symlink_to("/dev/full")
    with pytest.raises(OutputError, match="no regular file"):
        run_batch(questions(1), model="offline:demo", out=tmp_path / "full.jsonl")


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """Let no file of this process grow beyond ``size`` bytes, as a full disk would."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, handler)


def test_a_full_disk_ends_the_run_with_every_finished_row_whole(tmp_path: Path) -> None:
    out = tmp_path / "r.jsonl"
    with OfflineServer(echo) as server:
        model = server.model(MODEL)
        with largest_file(2500), pytest.raises(BatchStoppedError, match="too large") as stopped:
            run_batch(questions(20), model=model, out=out, max_concurrency=2)
        assert isinstance(stopped.value.__cause__, OutputError)
        assert out.read_bytes().endswith(b"}\n")
        assert len(ids_in(out)) == stopped.value.summary.succeeded > 0
        assert run_batch(questions(20), model=model, out=out).rows == 20
    assert len(set(ids_in(out))) == len(ids_in(out)) == 20


def test_csv_is_written_from_a_journal_at_the_end(tmp_path: Path) -> None:
    out = tmp_path / "r.csv"
    with OfflineServer(echo) as server:
        model = server.model(MODEL)
        run_batch(questions(2), model=model, out=out)
        run_batch(questions(3), model=model, out=out)
        assert len(server.calls) == 3
    with out.open(newline="") as file:
        rows = {row["id"]: row for row in csv.DictReader(file)}
    assert rows["row-2"]["content"] == "You asked: Question 2"
    assert rows["row-2"]["finish_reason"] == "stop"
    assert len(rows) == 3
    assert sorted(ids_in(tmp_path / "r.csv.jsonl")) == sorted(rows)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["r.csv", "r.csv.jsonl"]


def test_a_table_without_its_journal_is_not_replaced(tmp_path: Path) -> None:
    out = tmp_path / "r.csv"
    out.write_text("mine")
    with pytest.raises(OtherRunError, match=r"r\.csv\.jsonl"):
        run_batch(questions(1), model="offline:demo", out=out)
    assert out.read_text() == "mine"


@pytest.mark.parametrize("name", ["r.csv", "r.PARQUET"])
def test_the_results_of_a_table_are_read_from_the_file_beside_it(name: str, tmp_path: Path) -> None:
    out = tmp_path / name
    run_batch(questions(2), model="offline:demo", out=out)
    assert sorted(result.key for result in read_results(out)) == ["row-0", "row-1"]
    (tmp_path / f"{name}.jsonl").unlink()
    with pytest.raises(OtherRunError, match=f"{name} is a table.*{name}.jsonl beside it, and"):
        list(read_results(out))


def test_reading_what_is_no_result_advises_to_read_the_output_of_a_run(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text('{"id": 1, "input": "Hi"}\n')
    with pytest.raises(OtherRunError, match=r"Line 1 of .*; read the output of a run\."):
        list(read_results(file))


def test_parquet_has_typed_columns_and_the_last_result_of_each_row(tmp_path: Path) -> None:
    out = tmp_path / "r.parquet"
    run_batch(questions(2), model="offline:demo", out=out)
    table = pyarrow.parquet.read_table(out)
    assert table.num_rows == 2
    assert str(table.schema.field("output_tokens").type) == "int64"
    [first, _] = sorted(table.to_pylist(), key=lambda row: row["id"])
    assert first["content"].startswith("You wrote: Question 0")
    assert first["error"] is None
    assert out.stat().st_mode == (tmp_path / "r.parquet.jsonl").stat().st_mode


def test_parquet_without_pyarrow_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(InvalidParameterError, match=r"chat-batch\[parquet\]"):
        run_batch(questions(1), model="offline:demo", out=tmp_path / "r.parquet")
