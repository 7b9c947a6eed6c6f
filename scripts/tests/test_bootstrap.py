"""Setting up the environment: one line for each step, and the output of a step that fails."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bootstrap import STEPS, StepFailedError, Steps


def test_each_step_prints_one_line_with_the_time_left(capsys: pytest.CaptureFixture[str]) -> None:
    steps = Steps()
    for _ in STEPS:
        steps.run(sys.executable, "-c", "print('much output')")
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(STEPS)
    for number, (line, name) in enumerate(zip(lines, STEPS, strict=True), start=1):
        assert line.startswith(f"[{number}/{len(STEPS)}] {name} … about ")
        assert line.endswith(" s left")


def test_a_step_that_fails_shows_its_command_and_its_output() -> None:
    with pytest.raises(StepFailedError) as caught:
        Steps().run(sys.executable, "-c", "print('no such package'); raise SystemExit(1)")
    assert sys.executable in str(caught.value)
    assert "no such package" in str(caught.value)
