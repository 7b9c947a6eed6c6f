"""Files of ``SQLiteCache``: several processes, damage, locks, other versions and other files."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import warnings
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from chat_cache import CacheWarning, SQLiteCache, sqlite_cache, with_cache
from counting_model import CountingModel

WRITER = """
import sys
sys.path.insert(0, sys.argv[3])
from chat_cache import SQLiteCache, with_cache
from counting_model import CountingModel
import warnings
warnings.simplefilter("error")
model = with_cache(CountingModel(), SQLiteCache(sys.argv[1], wait=60))
for number in range(30):
    model.invoke(f"question {number}" if number % 2 else f"of {sys.argv[2]}: {number}")
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "answers.db"


def filled(path: Path, texts: int = 40) -> None:
    cache = SQLiteCache(path)
    model = with_cache(CountingModel(), cache)
    for number in range(texts):
        model.invoke(f"question {number}")
    cache.close()


def asks(path: Path, *, times: int = 2) -> tuple[int, list[str]]:
    """How often a model is asked for the same answer, and what is warned of."""
    model = with_cache(CountingModel(), SQLiteCache(path, wait=0.05))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for _ in range(times):
            assert model.invoke("hi").tool_calls
    assert all(issubclass(each.category, CacheWarning) for each in caught)
    return model.asked, [str(each.message) for each in caught]


def test_processes_write_one_file_at_once(path: Path) -> None:
    here = str(Path(__file__).parent)
    command = [sys.executable, "-c", WRITER, str(path)]
    running = [subprocess.Popen([*command, str(number), here]) for number in range(2)]
    assert [process.wait(110) for process in running] == [0, 0]
    with sqlite3.connect(path) as db:
        assert db.execute("SELECT count(*) FROM answers").fetchone() == (15 + 2 * 15,)
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        total, counted = db.execute(
            "SELECT bytes, (SELECT sum(size) FROM answers) FROM total"
        ).fetchone()
        assert total == counted


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_forked_child_opens_a_connection_of_its_own(path: Path) -> None:
    model = with_cache(CountingModel(), SQLiteCache(path))
    model.invoke("hi")
    child = os.fork()
    if child == 0:
        try:
            cached = model.invoke("hi").response_metadata.get("cached")
            model.invoke("from the child")
            os._exit(0 if cached else 1)
        finally:
            os._exit(2)
    assert os.waitpid(child, 0)[1] == 0
    assert model.invoke("from the child").response_metadata.get("cached") is True


@pytest.mark.parametrize("left", [0, 50, 99, 100, 1000, 4096, 5000, 20_000])
def test_a_file_that_is_cut_short_is_begun_anew(path: Path, left: int) -> None:
    filled(path)
    size = path.stat().st_size
    assert size > 20_000
    with path.open("r+b") as file:
        file.truncate(left)
    asked, warned = asks(path)
    assert asked == 1
    assert len(warned) <= 1
    assert asks(path) == (0, [])


def test_a_file_that_is_overwritten_in_the_middle_is_begun_anew(path: Path) -> None:
    filled(path)
    data = bytearray(path.read_bytes())
    data[4096:] = b"\xff" * (len(data) - 4096)
    path.write_bytes(data)
    asked, warned = asks(path)
    assert asked == 1
    assert "is damaged" in warned[0]
    assert path.with_name("answers.db.damaged").read_bytes() == data
    assert asks(path) == (0, [])


def test_a_file_that_another_process_has_begun_anew_is_shared_with_it(path: Path) -> None:
    filled(path)
    first, second = SQLiteCache(path), SQLiteCache(path)
    assert (first.size(), second.size()) > (0, 0)
    data = bytearray(path.read_bytes())
    data[4096:] = b"\xff" * (len(data) - 4096)
    path.write_bytes(data)
    with pytest.warns(CacheWarning, match="is damaged"):
        first.clear()
    first.put(b"1", b"of the first")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        second.put(b"2", b"of the second")
        assert second.get(b"1") == b"of the first"
        assert first.get(b"2") == SQLiteCache(path).get(b"2") == b"of the second"
    assert path.with_name("answers.db.damaged").read_bytes() == data


def test_a_file_that_was_deleted_is_begun_anew_without_a_restart(path: Path) -> None:
    cache = SQLiteCache(path)
    cache.put(b"1", b"before")
    for each in path.parent.iterdir():
        each.unlink()
    assert cache.get(b"1") is None
    cache.put(b"2", b"after")
    assert SQLiteCache(path).get(b"2") == b"after"


def test_a_file_of_another_version_is_emptied(path: Path) -> None:
    filled(path)
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 7")
    asked, warned = asks(path)
    assert asked == 1
    assert "another version" in warned[0]
    assert asks(path) == (0, [])


def test_a_file_that_is_no_cache_is_left_alone(path: Path) -> None:
    path.write_text("my notes\n" * 100)
    asked, warned = asks(path)
    assert (asked, len(warned)) == (2, 1)
    assert "is no cache" in warned[0]
    assert path.read_text().startswith("my notes")


def test_a_database_of_another_program_is_left_alone(path: Path) -> None:
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE mine (a)")
        db.execute("INSERT INTO mine VALUES (1)")
    before = path.read_bytes()
    asked, warned = asks(path)
    assert (asked, len(warned)) == (2, 1)
    assert "is no cache" in warned[0]
    assert path.read_bytes() == before


def test_a_locked_file_is_waited_for_once_and_then_left_for_a_while(path: Path) -> None:
    filled(path, 1)
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("PRAGMA locking_mode = EXCLUSIVE")
    holder.execute("BEGIN EXCLUSIVE")
    asked, warned = asks(path, times=3)
    holder.close()
    assert asked == 3
    assert len(warned) == 1
    assert "locked" in warned[0]


def test_after_a_lock_the_file_is_used_again(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_cache, "_PAUSE", 0.0)
    filled(path, 1)
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    model = with_cache(CountingModel(), SQLiteCache(path, wait=0.05))
    with pytest.warns(CacheWarning, match="locked"):
        model.invoke("hi")
    assert model.invoke("question 0").response_metadata.get("cached") is True
    holder.close()
    model.invoke("hi")
    model.invoke("hi")
    assert model.asked == 2


READER = """
import os, sys
sys.path.insert(0, sys.argv[2])
from chat_cache import SQLiteCache, with_cache
from counting_model import CountingModel
import warnings
with_cache(CountingModel(), SQLiteCache(":memory:")).invoke("hi")  # imports what it needs
if os.getuid() == 0:
    os.setuid(65534)
model = with_cache(CountingModel(), SQLiteCache(sys.argv[1]))
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    assert model.invoke("new").tool_calls
    assert model.invoke("new").tool_calls
    known = model.invoke("question 0").response_metadata.get("cached")
print(model.asked, known, len(caught), caught[0].message)
"""


@pytest.mark.skipif(not hasattr(os, "setuid"), reason="this system has no such permissions")
def test_a_file_that_may_only_be_read_is_read() -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "answers.db"
        filled(path, 1)
        path.chmod(0o444)
        path.parent.chmod(0o555)
        command = [sys.executable, "-c", READER, str(path), str(Path(__file__).parent)]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        path.parent.chmod(0o755)
    assert run.stdout.startswith("2 True 1 "), run.stdout + run.stderr
    assert "may only be read" in run.stdout


def test_a_folder_that_is_missing_is_named_and_the_model_answers(tmp_path: Path) -> None:
    asked, warned = asks(tmp_path / "nowhere" / "answers.db")
    assert asked == 2
    assert len(warned) == 1
    assert "nowhere" in warned[0]


def test_a_cleared_file_is_small_again(path: Path) -> None:
    filled(path)
    cache = SQLiteCache(path)
    cache.clear()
    assert cache.size() == 0
    cache.close()
    assert path.stat().st_size < 40_000
