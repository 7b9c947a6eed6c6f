"""The vendor's SDK as the judge of a request's head: method, address, query and headers.

A provider that builds its own heads is compared with the installed SDK: both send to one server,
with the same settings and the same environment, and ``head_of`` of both requests must be equal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .wire_connection import Request

__all__ = ["head_of"]

_NOT_COMPARED = {"accept-encoding", "connection", "content-length", "host", "user-agent"}
"""Headers that say who sends and what it can decode, or that depend on the body."""

_TELEMETRY = ("x-stainless-", "x-goog-api-client")
"""Beginnings of headers in which an SDK reports about itself."""


def head_of(request: Request) -> dict[str, Any]:
    """What of a received request has to equal the SDK's."""
    headers = {
        name: value
        for name, value in request.headers.items()
        if name not in _NOT_COMPARED and not name.startswith(_TELEMETRY)
    }
    return {
        "method": request.method,
        "path": request.path,
        "query": request.query,
        "headers": headers,
    }
