"""Laws about the key: it goes to the vendor and not into logs, events or errors."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ..backends import KEY
from ..http_answers import json_answer
from ..script import ErrorReply, Reply

if TYPE_CHECKING:
    from ..harness import Chat

__all__ = ["SecretLaws"]


class SecretLaws:
    """No error, log line, event or repr contains the key."""

    def test_logs_hold_no_key(self, chat: Chat) -> None:
        """At the level DEBUG, with everybody logging, the key is in no line."""
        with _everything_logged() as lines:
            model = chat.new_model(max_retries=1)
            chat.enqueue(ErrorReply("server_error"), Reply("Hello"), ErrorReply("authentication"))
            chat.mode.invoke(model, "Hi")
            chat.mode.stream(model, "Hi")
        assert not [line for line in lines if KEY in line]

    def test_events_hold_no_key(self, chat: Chat) -> None:
        """No event of a call holds the key."""
        chat.enqueue("Hello")
        events, _ = chat.mode.events(chat.model(), "Hi")
        assert KEY not in repr(events)

    def test_errors_hold_no_key(self, chat: Chat) -> None:
        """Neither an error nor its traceback, causes included, holds the key."""
        for error in chat.failures(ErrorReply("authentication")):
            assert KEY not in "".join(traceback.format_exception(error))
            assert KEY not in repr(vars(error))

    def test_an_error_that_echoes_the_key_hides_it(self, chat: Chat) -> None:
        """A key that the vendor repeats in an error is in no attribute of the error."""
        body = {"message": f"Incorrect API key provided: {KEY}.", "type": "invalid_request_error"}
        for error in chat.failures(json_answer({"error": body}, 401)):
            assert KEY not in "".join(traceback.format_exception(error))
            assert KEY not in repr(vars(error))


@contextmanager
def _everything_logged() -> Iterator[list[str]]:
    lines: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(record.getMessage())

    root, keep = logging.getLogger(), Keep(logging.DEBUG)
    level = root.level
    root.addHandler(keep)
    root.setLevel(logging.DEBUG)
    try:
        yield lines
    finally:
        root.removeHandler(keep)
        root.setLevel(level)
