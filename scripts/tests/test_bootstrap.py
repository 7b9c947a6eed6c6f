"""Setting up the environment: one line for each step, and the output of a step that fails."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bootstrap import DEMO_STEPS, STEPS, TOOL_STEPS, StepFailedError, Steps, requirements


@pytest.mark.parametrize("planned", [STEPS, DEMO_STEPS, TOOL_STEPS])
def test_each_step_prints_one_line_with_the_time_left(
    planned: dict[str, float], capsys: pytest.CaptureFixture[str]
) -> None:
    steps = Steps(planned)
    for _ in planned:
        steps.run(sys.executable, "-c", "print('much output')")
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(planned)
    for number, (line, name) in enumerate(zip(lines, planned, strict=True), start=1):
        assert line.startswith(f"[{number}/{len(planned)}] {name} … about ")
        assert line.endswith(" s left")


def test_a_step_that_fails_shows_its_command_and_its_output() -> None:
    with pytest.raises(StepFailedError) as caught:
        Steps(STEPS).run(sys.executable, "-c", "print('no such package'); raise SystemExit(1)")
    assert sys.executable in str(caught.value)
    assert "no such package" in str(caught.value)


def test_the_demo_needs_no_tool_that_the_full_set_up_lacks() -> None:
    assert set(requirements("demo")) <= set(requirements("dev"))
