"""Which of the workers of pytest-xdist reports what each of them finds."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

__all__ = ["is_first_to_report"]


def is_first_to_report(what: str, request: pytest.FixtureRequest) -> bool:
    """Whether no other worker of this run has reported ``what``; true in a run without workers.

    The first worker leaves a file in the folder that the workers of one machine share.
    """
    run = getattr(request.config, "workerinput", {}).get("testrunuid")
    if run is None:
        return True
    own: Path = request.getfixturevalue("tmp_path_factory").getbasetemp()
    try:
        (own.parent / re.sub(r"\W", "-", f"reported-{run}-{what}")).touch(exist_ok=False)
    except FileExistsError:
        return False
    return True
