"""The head of a request with an ``Operation``: its address, and who may see the key."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from .address import check_address
from .request_head import RequestHead, join_url, merge_headers
from .transport import Request

__all__ = ["operation_head"]


def operation_head(request: Request, base: RequestHead, given: Mapping[str, str]) -> RequestHead:
    """The head of ``request``, which has an operation.

    Args:
        request: the request.
        base: the vendor's address, and what authenticates a request there.
        given: the headers of the model's user.

    Raises:
        InvalidParameterError: the operation's address is none.
    """
    operation = request.operation
    assert operation is not None
    own = {"content-type": operation.content_type, **operation.headers}
    query = {**operation.query, **request.query}
    url = _url(operation.path, base.url)
    if _origin(url) != _origin(base.url):
        return RequestHead(url, own, query, operation.method)
    headers = merge_headers(base.headers, given, own)
    return RequestHead(url, headers, {**base.query, **query}, operation.method)


def _url(path: str, base_url: str) -> str:
    if "://" in path:
        return check_address(path, "The address of an operation")
    if path.startswith("/"):
        parts = urlsplit(base_url)
        query = f"?{parts.query}" if parts.query else ""
        return join_url(f"{parts.scheme}://{parts.netloc}{query}", path)
    return join_url(base_url, path)


def _origin(url: str) -> tuple[str, str | None, int | None]:
    """Scheme, host and port, by which a server is the same."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or {"https": 443, "http": 80}.get(parts.scheme)
