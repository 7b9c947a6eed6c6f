"""Builds the sdist and the wheel of every distribution, the same bytes from the same sources.

The time in the archives is `SOURCE_DATE_EPOCH`, or else that of the last commit.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from workspace import ROOT, Distribution

from .place import Place
from .stage import stage


def build(distributions: Iterable[Distribution], out: Path, place: Place) -> list[Path]:
    """Build all into an empty folder `out`; return the files, sorted by name."""
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    environment = {**os.environ, "SOURCE_DATE_EPOCH": source_date()}
    with ThreadPoolExecutor(2) as workers:
        jobs = [workers.submit(_build_one, each, out, place, environment) for each in distributions]
        for job in jobs:
            job.result()
    return sorted(out.iterdir())


def source_date() -> str:
    """Seconds since 1970 that archives carry as the time of their files."""
    given = os.environ.get("SOURCE_DATE_EPOCH")
    if given:
        return given
    git = ["git", "-C", str(ROOT), "log", "-1", "--format=%ct"]
    found = subprocess.run(git, check=False, capture_output=True, text=True).stdout.strip()
    return found or "1767225600"  # 2026-01-01, where there is no history


def _build_one(
    distribution: Distribution, out: Path, place: Place, environment: dict[str, str]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        staged = stage(distribution, Path(folder), place)
        _hatchling("sdist", staged, out, environment)
        # The wheel is made from the sdist, which shows that the sdist is complete.
        with tarfile.open(next(out.glob(f"{distribution.package}-*.tar.gz"))) as archive:
            archive.extractall(Path(folder, "unpacked"), filter="data")
        _hatchling("wheel", next(Path(folder, "unpacked").iterdir()), out, environment)


def _hatchling(target: str, source: Path, out: Path, environment: dict[str, str]) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(out.resolve())]
    run = subprocess.run(
        command, cwd=source, env=environment, check=False, capture_output=True, text=True
    )
    if run.returncode:
        raise RuntimeError(f"hatchling could not build {source.name}\n{run.stdout}{run.stderr}")
