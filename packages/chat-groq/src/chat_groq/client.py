"""The head of a request to Groq, equal to what its SDK sends: the one file here with I/O."""

from __future__ import annotations

import os
from dataclasses import replace

from chat_core.provider import HTTPTransport, Request, RequestHead, join_url, parse_header_lines

__all__ = ["GroqTransport"]

_BASE_URL = "https://api.groq.com"


class GroqTransport(HTTPTransport):
    """Sends Chat Completions requests.

    The environment's ``GROQ_BASE_URL`` and ``GROQ_CUSTOM_HEADERS`` (one ``name: value`` a line) are
    read when a transport is made.

    Args:
        api_key: the key.
        base_url: the host; ``None`` for the environment's, else Groq's own.
    """

    distribution = "chat-groq"

    def __init__(self, *, api_key: str, base_url: str | None) -> None:
        super().__init__()
        host = base_url or os.environ.get("GROQ_BASE_URL") or _BASE_URL
        self._head = RequestHead(
            join_url(host, "openai/v1/chat/completions"),
            {
                "authorization": f"Bearer {api_key}",
                **parse_header_lines(os.environ.get("GROQ_CUSTOM_HEADERS", "")),
            },
        )
        self._base = replace(self._head, url=host)

    def build_head(self, request: Request) -> RequestHead:
        """See ``HTTPTransport``."""
        return self._head

    def base_head(self) -> RequestHead:
        """See ``HTTPTransport``."""
        return self._base
