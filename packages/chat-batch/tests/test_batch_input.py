"""Rows as files: JSON Lines, CSV and Parquet, and what is wrong with some of them."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest
from batch_files import MODEL, echo, results_by_id
from chat_batch import BadRowError, BatchStoppedError, run_batch
from chat_conformance import OfflineServer
from chat_core import InvalidParameterError


def test_an_id_that_no_file_can_hold_is_refused(tmp_path: Path) -> None:
    rows = [{"id": "half \ud83d", "input": "x"}]
    with pytest.raises(BadRowError, match="half a character"):
        run_batch(rows, model="offline:demo", out=tmp_path / "r.jsonl")


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("{", "not JSON"),
        ("[1]", "object"),
        ('{"input": "x"}', '"id"'),
        ('{"id": 2}', '"input"'),
        ('{"id": 2, "input": "  "}', "blank"),
        ('{"id": 2, "input": []}', '"input"'),
        ('{"id": 1, "input": "again"}', "line 1"),
        ('{"id": "1", "input": "again"}', "line 1"),
        ('{"id": true, "input": "x"}', "whole number"),
        ('{"id": 2, "inptu": "x", "input": ""}', '"input"'),
        ('{"id": 2, "input": "x", "setings": {}}', '"settings"'),
        ('{"id": 2, "input": "x", "settings": 3}', "settings"),
        ('{"id": 2, "input": "x", "model": ""}', "model"),
        ('{"id": 2, "input": {"a": 1}}', "template"),
        ('{"id": 2, "input": [{"role": "robot", "content": "x"}]}', "robot"),
    ],
)
def test_a_bad_row_is_named_by_its_line_before_anything_is_sent(
    line: str, problem: str, tmp_path: Path
) -> None:
    rows, out = tmp_path / "rows.jsonl", tmp_path / "r.jsonl"
    rows.write_text(f'{{"id": 1, "input": "x"}}\n\n{line}\n{{"id": 9, "input": "y"}}\n')
    with pytest.raises(BadRowError) as refused:
        run_batch(rows, model="offline:demo", out=out)
    assert "rows.jsonl, line 3: " in str(refused.value)
    assert problem in str(refused.value)
    assert not out.exists()
    summary = run_batch(rows, model="offline:demo", out=out, skip_bad_rows=True)
    assert (summary.succeeded, summary.bad_rows) == (2, 1)
    assert summary.problems[0].startswith("line 3: ")


def test_a_run_that_ends_at_once_counts_the_rows_of_earlier_runs(tmp_path: Path) -> None:
    out = tmp_path / "r.jsonl"
    good: Any = {"id": 1, "input": "a"}
    run_batch([good], model="offline:demo", out=out)
    rows: Any = iter([good, {"id": 2}])
    with pytest.raises(BatchStoppedError, match=r"ended after 0 rows, and 1 before, all of which"):
        run_batch(rows, model="offline:demo", out=out)


def test_of_many_bad_rows_the_first_are_named_and_the_others_counted(tmp_path: Path) -> None:
    rows = tmp_path / "rows.jsonl"
    rows.write_text("{\n" * 9)
    with pytest.raises(BadRowError, match=r"line 5: .*; and 4 more"):
        run_batch(rows, model="offline:demo", out=tmp_path / "r.jsonl")


def test_a_bad_row_of_a_generator_ends_the_run_and_what_was_asked_is_kept(tmp_path: Path) -> None:
    out = tmp_path / "r.jsonl"
    rows: Any = iter([{"id": 1, "input": "a"}, {"id": 1, "input": "b"}])
    with pytest.raises(BatchStoppedError, match="row 2: the id 1 is also that of row 1") as stopped:
        run_batch(rows, model="offline:demo", out=out, max_concurrency=1)
    assert isinstance(stopped.value.__cause__, BadRowError)
    assert list(results_by_id(out)) == [1]


def test_one_json_array_is_named_as_such(tmp_path: Path) -> None:
    rows = tmp_path / "rows.json"
    rows.write_text('[{"id": 1, "input": "x"}]')
    with pytest.raises(InvalidParameterError, match="JSON array"):
        run_batch(rows, model="offline:demo", out=tmp_path / "r.jsonl")


def test_a_byte_order_mark_and_blank_lines_are_no_rows(tmp_path: Path) -> None:
    rows = tmp_path / "rows.jsonl"
    rows.write_bytes(b'\xef\xbb\xbf{"id": 1, "input": "x"}\r\n\r\n  \n')
    assert run_batch(rows, model="offline:demo", out=tmp_path / "r.jsonl").rows == 1


def asked(rows: Path, out: Path, **options: Any) -> list[list[str]]:
    """The text of the messages of each request that the rows of a file lead to."""
    with OfflineServer(echo) as server:
        run_batch(rows, model=server.model(MODEL), out=out, max_concurrency=1, **options)
        return [[message.content for message in call] for call in server.calls]


def test_columns_of_csv_are_the_fields_of_a_row(tmp_path: Path) -> None:
    rows = tmp_path / "rows.csv"
    messages = json.dumps([{"role": "system", "content": "s"}, {"role": "user", "content": "u"}])
    with rows.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "input", "settings", "label"])
        writer.writerow(["a", "two\nlines, and more", '{"temperature": 1}', "x"])
        writer.writerow(["b", messages, "", ""])
        writer.writerow(["c", "x" * 200_000, "", ""])
    assert asked(rows, tmp_path / "r.jsonl") == [
        ["two\nlines, and more"],
        ["s", "u"],
        ["x" * 200_000],
    ]


def test_with_a_template_the_other_columns_are_its_variables(tmp_path: Path) -> None:
    rows = tmp_path / "rows.csv"
    rows.write_text("id,city,year\n1,Oslo,1990\n2,Rome,2000\n")
    found = asked(rows, tmp_path / "r.jsonl", template="{city} in {year}")
    assert found == [["Oslo in 1990"], ["Rome in 2000"]]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a,b\n1,2\n", 'no column "id"'),
        ("id,prompt\n1,2\n", 'no column "input"; its columns are: id, prompt'),
        ("id,input,input\n1,2,3\n", "two columns"),
        ("id,input\n1\n", "line 2: its number of fields"),
        ("id,input\n1,2,3\n", "line 2: its number of fields"),
        ("id,input,settings\n1,2,{\n", "line 2: "),
        ('id,input\n1,"a\nb"\n2,"x\n3,y\n', "line 4: not CSV: a quote is not closed"),
        ("", "no column"),
    ],
)
def test_what_is_wrong_with_a_csv_file_is_named(text: str, problem: str, tmp_path: Path) -> None:
    rows = tmp_path / "rows.csv"
    rows.write_text(text)
    with pytest.raises(InvalidParameterError, match=problem):
        run_batch(rows, model="offline:demo", out=tmp_path / "r.jsonl")


def test_a_parquet_file_holds_texts_lists_and_structs(tmp_path: Path) -> None:
    rows = tmp_path / "rows.parquet"
    inputs = [
        [{"role": "system", "content": "s"}, {"role": "user", "content": "u"}],
        [{"role": "user", "content": "only"}],
    ]
    settings = [{"temperature": 1.0, "max_tokens": None}, None]
    table = pyarrow.table({"id": [1, 2], "input": inputs, "settings": settings})
    pyarrow.parquet.write_table(table, rows)
    assert asked(rows, tmp_path / "r.jsonl") == [["s", "u"], ["only"]]


def test_a_file_that_is_no_parquet_is_named(tmp_path: Path) -> None:
    rows = tmp_path / "rows.parquet"
    rows.write_text("id,input\n")
    with pytest.raises(InvalidParameterError, match=r"rows\.parquet is no Parquet file.*[^.]\.$"):
        run_batch(rows, model="offline:demo", out=tmp_path / "r.jsonl")
