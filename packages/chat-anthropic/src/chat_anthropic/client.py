"""The head of a request to Anthropic, equal to what its SDK sends.

``betas``, ``user_profile_id`` and ``workspace_id`` stand in the body here, and travel as headers.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from chat_core.provider import HTTPTransport, Request, RequestHead, join_url, parse_header_lines

from .encode import BETA_HEADER, HEADER_PARAMETERS

__all__ = ["AnthropicTransport", "caller_headers", "header_parameters", "json_part"]

_BASE_URL = "https://api.anthropic.com"
_VERSION = "2026-10-21"


class AnthropicTransport(HTTPTransport):
    """Sends Messages requests.

    The environment's ``ANTHROPIC_BASE_URL`` and ``ANTHROPIC_CUSTOM_HEADERS`` (one ``name: value`` a
    line) are read when a transport is made.

    Args:
        api_key: the key.
        base_url: the host; ``None`` for the environment's, else Anthropic's own.
    """

    distribution = "chat-anthropic"

    def __init__(self, *, api_key: str, base_url: str | None) -> None:
        super().__init__()
        host = base_url or os.environ.get("ANTHROPIC_BASE_URL") or _BASE_URL
        self._head = RequestHead(
            join_url(host, "v1/messages"),
            {
                "authorization": f"Bearer {api_key}",
                "anthropic-version": _VERSION,
                **parse_header_lines(os.environ.get("ANTHROPIC_CUSTOM_HEADERS", "")),
            },
        )
        self._base = replace(self._head, url=host)

    def build_head(self, request: Request) -> RequestHead:
        """See ``HTTPTransport``."""
        own = header_parameters(request)
        return replace(self._head, headers={**self._head.headers, **own})

    def base_head(self) -> RequestHead:
        """See ``HTTPTransport``."""
        return self._base

    def caller_headers(self, request: Request) -> Mapping[str, str]:
        """See ``HTTPTransport``. Beta words of the caller are among those of the head already."""
        return caller_headers(request)

    def content(self, body: dict[str, Any]) -> Mapping[str, Any]:
        """See ``HTTPTransport``."""
        return json_part(body)


def header_parameters(request: Request) -> dict[str, str]:
    """The headers of the parameters in the body that travel as headers.

    Beta words of the caller's header stand before those of the body.
    """
    given = _given(request.headers)
    return {
        header: _joined(value, given.get(header))
        for name, header in HEADER_PARAMETERS.items()
        if (value := request.body.get(name)) is not None
    }


def caller_headers(request: Request) -> Mapping[str, str]:
    """The caller's headers, without those that are in ``header_parameters`` already."""
    given = _given(request.headers)
    if request.body.get("betas"):
        given.pop(BETA_HEADER, None)
    return given


def json_part(body: Mapping[str, Any]) -> dict[str, Any]:
    """``body`` without the parameters that travel as headers."""
    return {name: value for name, value in body.items() if name not in HEADER_PARAMETERS}


def _given(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _joined(value: Any, given: str | None) -> str:
    """A header's value; of a list, its words behind those that were ``given`` for the header."""
    if not isinstance(value, list):
        return str(value)
    words = [word.strip() for word in (given or "").split(",")]
    return ",".join(dict.fromkeys(word for word in [*words, *map(str, value)] if word))
