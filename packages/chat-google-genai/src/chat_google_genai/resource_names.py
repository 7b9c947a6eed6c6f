"""Names that become part of a request's path: each is one segment, or it is refused."""

from __future__ import annotations

import re

from chat_core import InvalidParameterError

__all__ = ["check_segment", "check_segments"]

_SEGMENT = re.compile(r"(?!\.+\Z)[a-zA-Z0-9_.@:~+-]+")


def check_segments(text: str, *, setting: str) -> str:
    """Return ``text``, segments with ``/`` between them.

    Raises ``InvalidParameterError`` that names ``setting`` for a segment that would change the path
    (``..``, ``?``, ``#``, ``%``, an empty one).
    """
    for segment in text.split("/"):
        if not _SEGMENT.fullmatch(segment):
            raise InvalidParameterError(
                f"{setting}={text!r} cannot stand in the path of a request: {segment!r} is not made"
                " of letters, digits and _.@:~+- alone."
            )
    return text


def check_segment(text: str, *, setting: str) -> str:
    """``check_segments`` for a name that is one segment: it has no ``/``."""
    if "/" in text:
        raise InvalidParameterError(f"{setting}={text!r} is one name; it has no '/'.")
    return check_segments(text, setting=setting)
