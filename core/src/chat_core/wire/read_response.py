"""Responses whose body was read before we got them.

An SDK reads refusals, hooks of a user's HTTP client may read everything, and the mock transports of
httpx and httpx2 give out responses that never were a stream.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping

from .http_options import Client
from .transport import Response

__all__ = ["ReadResponse", "as_unread"]


def as_unread(response: Client) -> Response:
    """``response``; where its body is read already, one that gives it out again."""
    if getattr(response, "is_stream_consumed", False):
        return ReadResponse(response)
    unread: Response = response
    return unread


class ReadResponse:
    """A response of httpx or httpx2 whose body is read and decoded, as one that is unread."""

    def __init__(self, response: Client) -> None:
        self.status_code: int = response.status_code
        self.headers: Mapping[str, str] = {
            name.lower(): value
            for name, value in response.headers.items()
            if name.lower() not in ("content-encoding", "content-length")
        }
        self.extensions: Mapping[str, object] = {}
        self.request: Client = getattr(response, "request", None)
        self._content: bytes = response.content

    def iter_raw(self) -> Iterator[bytes]:
        """The body, at once."""
        yield self._content

    async def aiter_raw(self) -> AsyncIterator[bytes]:
        """The body, at once."""
        yield self._content

    def close(self) -> None:
        """Nothing: what is read is closed."""

    async def aclose(self) -> None:
        """Nothing: what is read is closed."""
