"""Decompression of a response's body with bounded memory: gzip and deflate, once, and nothing else.

Other encodings are not offered to servers. Brotli and Zstandard can turn one kilobyte into a
gigabyte; gzip at most a thousandfold, and here it is given out in pieces of ``PIECE_BYTES``.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping

from ..errors import MalformedResponseError

__all__ = ["ACCEPTED_ENCODINGS", "Inflater", "inflater_for"]

ACCEPTED_ENCODINGS = "gzip, deflate"
"""The value of ``Accept-Encoding``."""

PIECE_BYTES = 1024 * 1024
"""The most that is decompressed at once."""

_WINDOW = {"gzip": 16 + zlib.MAX_WBITS, "x-gzip": 16 + zlib.MAX_WBITS, "deflate": zlib.MAX_WBITS}


def inflater_for(headers: Mapping[str, str]) -> Inflater | None:
    """What decompresses a body with these headers (names in lower case); ``None`` for no need.

    Raises ``MalformedResponseError`` for an encoding that was not offered.
    """
    encoding = headers.get("content-encoding", "").strip().lower()
    if encoding in ("", "identity"):
        return None
    window = _WINDOW.get(encoding)
    if window is None:
        raise MalformedResponseError(
            f"The body has the content encoding {encoding[:80]!r}; {ACCEPTED_ENCODINGS} are read."
        )
    return Inflater(window)


class Inflater:
    """Compressed bytes in, pieces of at most ``PIECE_BYTES`` out."""

    __slots__ = ("_header", "_stream", "_window")

    def __init__(self, window: int) -> None:
        self._window = window
        self._stream = zlib.decompressobj(window)
        self._header: bytes | None = b""
        """The first two bytes, until zlib has accepted them."""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """What ``data`` decompresses to. Raises ``MalformedResponseError`` for other bytes."""
        if self._header is not None:
            data = self._begin(data)
        while data:
            try:
                piece = self._stream.decompress(data, PIECE_BYTES)
            except zlib.error as error:
                raise MalformedResponseError(
                    f"The body cannot be decompressed: {error}."
                ) from error
            data = self._stream.unconsumed_tail
            if self._stream.eof:
                data = self._stream.unused_data
                self._stream = zlib.decompressobj(self._window)
            if piece:
                yield piece

    def _begin(self, data: bytes) -> bytes:
        """What can be decompressed, once two bytes tell which format it is."""
        data = (self._header or b"") + data
        if len(data) < 2:
            self._header = data
            return b""
        self._header = None
        if self._window == zlib.MAX_WBITS and (data[0] & 15 != 8 or int.from_bytes(data[:2]) % 31):
            # Some servers mean by "deflate" the bare format (RFC 1951), without zlib's header.
            self._window = -zlib.MAX_WBITS
            self._stream = zlib.decompressobj(self._window)
        return data
