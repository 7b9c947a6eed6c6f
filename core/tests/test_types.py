"""Type checkers infer of a user's program what it does, and refuse what is wrong in it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pytest
from chat_core.runnables import Runnable

if TYPE_CHECKING:
    from collections.abc import Sequence

pytestmark = pytest.mark.slow

PROGRAM = Path(__file__).with_name("typed_program.py")
T = TypeVar("T")


def run(module: str, *arguments: Sequence[str] | str, folder: Path) -> str:
    ended = subprocess.run(
        [sys.executable, "-m", module, *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=folder,
        check=False,
    )
    return ended.stdout + ended.stderr


def with_mypy(program: Path, folder: Path) -> str:
    options = ("--strict", "--config-file=", "--cache-dir", str(folder / "cache"))
    return run("mypy", *options, str(program), folder=folder)


def with_pyright(program: Path, folder: Path) -> str:
    config = {"typeCheckingMode": "strict", "include": [program.name], "pythonVersion": "3.11"}
    (folder / "pyrightconfig.json").write_text(json.dumps(config))
    options = ("--project", str(folder), "--pythonpath", sys.executable)
    return run("basedpyright", *options, folder=folder)


CHECKERS = {with_mypy: "no issues found", with_pyright: "0 errors, 0 warnings"}


@pytest.mark.parametrize("check", CHECKERS)
def test_a_program_without_annotations_has_the_types_it_asserts(check: Any, tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM.read_text())
    assert CHECKERS[check] in check(program, tmp_path)


@pytest.mark.parametrize("check", CHECKERS)
def test_a_wrong_type_in_the_program_is_found(check: Any, tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    right = "with_structured_output(City).invoke("
    program.write_text(PROGRAM.read_text().replace(right, "with_structured_output(Place).invoke("))
    found = check(program, tmp_path)
    assert "assert" in found
    assert CHECKERS[check] not in found


def test_a_generic_runnable_of_a_user_has_the_parameters_that_it_names() -> None:
    class Own(Runnable[str, T]):
        def invoke(self, input: str, config: Any = None, **kwargs: Any) -> Any:
            return input

    assert Own[int]().invoke("x") == "x"
    assert Own.__parameters__ == (T,)  # type: ignore[attr-defined]
