"""``EventEncoder``: the events of an answer as chat-core writes them, then one event that ends it.

``chat_core.events_from_sse`` reads all of them. The last frame is named ``end``. Its event is
``on_custom_event`` with the name ``end`` and the data

    reason    ``"complete"``, ``"error"`` or ``"aborted"``
    error     the error in its public form, if that is the reason
    text      why it was aborted, if that is the reason

so a reader in a browser listens to ``end`` and closes its ``EventSource`` there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from chat_core import ChatError, StreamEvent, event_to_json, event_to_sse

from .sse import frame

__all__ = ["EventEncoder"]


class EventEncoder:
    """The ``Encoder`` of chat-core's own events."""

    headers: Mapping[str, str] = {}

    def __init__(self) -> None:
        self._run_id = ""

    def start(self) -> Sequence[bytes]:
        """No frames."""
        return ()

    def feed(self, event: StreamEvent) -> Sequence[bytes]:
        """One frame, named as the event. Raises ``InvalidParameterError`` for data without JSON."""
        self._run_id = self._run_id or next(iter(event["parent_ids"]), event["run_id"])
        return (event_to_sse(event),)

    def finish(self) -> Sequence[bytes]:
        """The frame ``end``."""
        return self._end({"reason": "complete"})

    def error(self, error: ChatError) -> Sequence[bytes]:
        """The frame ``end`` with the error."""
        return self._end({"reason": "error", "error": error})

    def abort(self, text: str) -> Sequence[bytes]:
        """The frame ``end`` with the text."""
        return self._end({"reason": "aborted", "text": text})

    def _end(self, data: dict[str, Any]) -> Sequence[bytes]:
        event: StreamEvent = {
            "event": "on_custom_event",
            "name": "end",
            "run_id": self._run_id,
            "parent_ids": [],
            "tags": [],
            "metadata": {},
            "data": data,
        }
        return (frame(event_to_json(event), "end"),)
