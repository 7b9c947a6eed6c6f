"""The head of a request, equal to what OpenAI's SDK sends: the one file of this package with I/O.

OpenAI's environment variables are read for OpenAI alone; another server must not see their values.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any

from chat_core.provider import HTTPTransport, Request, RequestHead, join_url, parse_header_lines

__all__ = ["CompatibleTransport", "OpenAITransport", "flat_query", "openai_headers"]

_BASE_URL = "https://api.openai.com/v1"


class CompatibleTransport(HTTPTransport):
    """Sends requests; a body with ``messages`` goes to Chat Completions, any other to Responses.

    Args:
        base_url: the address, mostly ending in ``/v1``.
        api_key: the key; without one there is no ``Authorization``.
        headers: headers of every request.
        query: query parameters of every request; lists and dicts are written ``key[]``, ``key[a]``.
    """

    distribution = "chat-openai"

    def __init__(
        self,
        *,
        base_url: str,
        api_key: str | None,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__()
        bearer = {} if api_key is None else {"authorization": f"Bearer {api_key}"}
        merged = {**bearer, **{name.lower(): value for name, value in (headers or {}).items()}}
        flat = flat_query(query or {})
        self._chat = RequestHead(join_url(base_url, "chat/completions"), merged, flat)
        self._responses = RequestHead(join_url(base_url, "responses"), merged, flat)
        self._base = RequestHead(base_url, merged, flat)

    def build_head(self, request: Request) -> RequestHead:
        """See ``HTTPTransport``."""
        return self._chat if "messages" in request.body else self._responses

    def base_head(self) -> RequestHead:
        """See ``HTTPTransport``."""
        return self._base


class OpenAITransport(CompatibleTransport):
    """Sends requests to OpenAI.

    The environment's ``OPENAI_BASE_URL``, ``OPENAI_ORG_ID``, ``OPENAI_PROJECT_ID`` and
    ``OPENAI_CUSTOM_HEADERS`` (one ``name: value`` a line) are read when a transport is made.

    Args:
        api_key: the key.
        base_url: the address, ending in ``/v1``; ``None`` for the environment's, else OpenAI's own.
        organization: the organisation that pays; ``None`` for the environment's.
        project: the project; ``None`` for the environment's.
        query: as for ``CompatibleTransport``.
    """

    def __init__(
        self,
        *,
        api_key: str,
        base_url: str | None,
        organization: str | None,
        project: str | None,
        query: Mapping[str, Any] | None,
    ) -> None:
        super().__init__(
            base_url=base_url or os.environ.get("OPENAI_BASE_URL") or _BASE_URL,
            api_key=api_key,
            headers=openai_headers(organization, project),
            query=query,
        )


def openai_headers(organization: str | None, project: str | None) -> dict[str, str]:
    """The headers that say who pays, and those of ``OPENAI_CUSTOM_HEADERS``."""
    environment = os.environ
    headers = {
        "openai-organization": organization or environment.get("OPENAI_ORG_ID"),
        "openai-project": project or environment.get("OPENAI_PROJECT_ID"),
        **parse_header_lines(environment.get("OPENAI_CUSTOM_HEADERS", "")),
    }
    return {name.lower(): value for name, value in headers.items() if value is not None}


def flat_query(query: Mapping[str, Any]) -> dict[str, Any]:
    """Query parameters as the SDK writes them: each key with its values, ``None`` left out."""
    flat: dict[str, list[Any]] = {}
    for key, value in query.items():
        for name, single in _flat_items(key, value):
            flat.setdefault(name, []).append(single)
    return flat


def _flat_items(key: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _flat_items(f"{key}[{name}]", inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _flat_items(f"{key}[]", inner)
    elif value is not None:
        yield key, value
