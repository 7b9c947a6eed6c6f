"""Requests to Google over httpx2: a request's body in, the raw response out.

The key goes into a header and never into the URL, which proxies log.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, NamedTuple

from chat_core.provider import HTTPTransport, RequestHead

from .resource_names import check_segment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chat_core.provider import Request

__all__ = ["Access", "GeminiTransport", "api_key_header", "api_version"]


def api_key_header(key: str) -> dict[str, str]:
    """The header that carries the key."""
    return {"x-goog-api-key": key}


def api_version(given: str | None, *, beta: str) -> str:
    """The version of the API: ``given``, else that of ``GOOGLE_GENAI_API_VERSION``, else ``beta``.

    ``"beta"`` in the environment stands for ``beta``, as in Google's SDK.
    """
    if given is None:
        named = os.environ.get("GOOGLE_GENAI_API_VERSION")
        given = named if named and named != "beta" else beta
    return check_segment(given, setting="api_version")


class Access(NamedTuple):
    """Where a resource lies below the base URL, and the headers of this request alone."""

    path: str
    headers: dict[str, str]


class GeminiTransport(HTTPTransport):
    """Sends to ``{base_url}/{resource}:{method}``, the resource being ``body["model"]``.

    ``headers`` go with every request. A subclass whose access changes with time (Vertex AI) says in
    ``access`` where a resource lies below ``base_url`` and which headers open it.
    """

    distribution = "chat-google-genai"

    def __init__(self, *, base_url: str, headers: Mapping[str, str]) -> None:
        super().__init__()
        self._base_url, _, self._query = base_url.partition("?")
        self._headers = headers

    def access(self, resource: str) -> Access:
        """How to reach ``resource`` now; may block."""
        return Access(resource, {})

    async def aaccess(self, resource: str) -> Access:
        """``access`` without blocking the event loop."""
        return self.access(resource)

    def content(self, body: dict[str, Any]) -> dict[str, Any]:
        """The body without the model's name, which is part of the address."""
        return {name: value for name, value in body.items() if name != "model"}

    def build_head(self, request: Request) -> RequestHead:
        """See ``HTTPTransport``."""
        return self._head(self.access(request.body["model"]), stream=request.stream)

    async def abuild_head(self, request: Request) -> RequestHead:
        """See ``HTTPTransport``."""
        return self._head(await self.aaccess(request.body["model"]), stream=request.stream)

    def base_head(self) -> RequestHead:
        """See ``HTTPTransport``."""
        return self._base(self.access(""))

    async def abase_head(self) -> RequestHead:
        """See ``HTTPTransport``."""
        return self._base(await self.aaccess(""))

    def _base(self, access: Access) -> RequestHead:
        query = f"?{self._query}" if self._query else ""
        path = f"/{access.path}" if access.path else ""
        headers = {"accept": "*/*", **self._headers, **access.headers}
        return RequestHead(f"{self._base_url}{path}{query}", headers)

    def _head(self, access: Access, *, stream: bool) -> RequestHead:
        method = "streamGenerateContent" if stream else "generateContent"
        query = "&".join(filter(None, ["alt=sse" if stream else "", self._query]))
        headers = {"accept": "*/*", **self._headers, **access.headers}
        url = f"{self._base_url}/{access.path}:{method}"
        return RequestHead(f"{url}?{query}" if query else url, headers)
