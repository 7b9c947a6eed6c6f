"""``OperationCall``: one ``Operation`` with retries and deadlines; no I/O.

``call.py`` has its theory of operation. A whole answer is one value. With ``stream=True`` the
answer is read line by line, and the memory that it takes is bounded by its longest line.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from ..errors import APIError, ChatError
from ..json_text import parse_json
from .body_kind import JSON_OBJECT
from .call import Call
from .decode_failures import decode_failure, unexpected_body
from .ndjson import NDJSONFraming
from .operation import Operation

__all__ = ["OperationCall"]

T = TypeVar("T")


@dataclass(slots=True, kw_only=True)
class OperationCall(Call[T]):
    """One call for what ``operation`` asks for."""

    operation: Operation[T]

    _lines: NDJSONFraming = field(init=False, repr=False)

    def _read_whole(self, body: bytes) -> list[T]:
        if self.operation.reads_headers:
            return [self._read(self._head.headers, body)]
        if not body.strip():
            return [self._read(None, body)]
        try:
            wire = parse_json(body)
        except ValueError as error:
            raise unexpected_body(JSON_OBJECT, body) from error
        return [self._read(wire, body)]

    def _begin_stream(self) -> Callable[[bytes], list[T]]:
        self._lines = NDJSONFraming()
        return self._values

    def _values(self, data: bytes) -> list[T]:
        """The values of the lines that ``data`` completes."""
        if not data and self.deadline.expired:
            raise self._timed_out()
        values: list[T] = []
        try:
            for _, line in self._lines.feed(data) if data else self._lines.finish():
                values.append(self._read(line, line))
        except ChatError as error:
            self._failure = error
        if data:  # a download that goes on, however long its lines, is alive
            self._has_begun = True
            self.deadline.extend(self.idle_timeout)
        self.is_over = not data and self._failure is None
        if values:
            self._has_output = True
            self.deadline.paused = True
        elif self._failure is not None:
            raise self._failure
        elif self.deadline.check():
            raise self._timed_out()
        return values

    def _read(self, wire: object, body: bytes) -> T:
        """What ``wire`` means; ``body`` is its bytes, for errors."""
        try:
            return self.operation.read(wire)
        except APIError:
            raise
        except TypeError as error:
            if isinstance(wire, dict | bytes):
                raise decode_failure(error, body, self.operation.read) from error
            raise unexpected_body(JSON_OBJECT, body) from error
        except Exception as error:
            raise decode_failure(error, body, self.operation.read) from error
