"""Version numbers: their form, their order, and the range that one of ours asks of another."""

from __future__ import annotations

import re

_FORM = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:(a|b|rc)(\d+))?")


def sort_key(version: str) -> tuple[int, int, int, str, int]:
    """What versions are ordered by; a pre-release comes before its release.

    Raises:
        ValueError: the version has another form than `1.2.3` or `1.2.3rc1`.
    """
    match = _FORM.fullmatch(version)
    if match is None:
        raise ValueError(f"{version!r} is no version; write 1.2.3, or 1.2.3rc1 before a release")
    major, minor, patch, stage, number = match.groups()
    return int(major), int(minor), int(patch), stage or "z", int(number or 0)


def compatible_range(version: str) -> str:
    """The range of the others in the workspace that a distribution of this version works with.

    Up to the next minor version before 1.0, up to the next major version after it:
    `>=0.1.0,<0.2` and `>=1.4.0,<2`.
    """
    major, minor, *_ = sort_key(version)
    return f">={version},<{major + 1}" if major else f">={version},<0.{minor + 1}"
