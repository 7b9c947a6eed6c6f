"""OpenAI's SDK in, bytes out: the one file of this package that touches the SDK and HTTP.

With another server than OpenAI it is kept apart from OpenAI's environment variables.
"""

from __future__ import annotations

import os
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from chat_core.provider import SDKTransport

__all__ = ["Connection", "OpenAITransport"]


@dataclass(frozen=True, slots=True)
class Connection:
    """What the SDK's client is made with; ``None`` leaves it to the SDK.

    Without ``api_key`` no ``Authorization`` is sent. ``is_openai`` lets the SDK read organisation,
    project and headers from its own environment variables; another server must not see them.
    ``resource`` is what of the SDK is made ready before time runs: ``"chat"`` or ``"responses"``.
    """

    api_key: str | None = field(repr=False)
    base_url: str | None
    organization: str | None = None
    project: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    query: Mapping[str, object] | None = None
    is_openai: bool = True
    resource: str = "chat"

    def arguments(self) -> dict[str, Any]:
        """Keyword arguments for either client of the SDK."""
        return {
            # The SDK takes an empty key for a missing one; this one is never sent.
            "api_key": self.api_key or "none",
            "base_url": self.base_url,
            "organization": self.organization,
            "project": self.project,
            "default_headers": self.headers,
            "default_query": self.query,
        }

    def request_headers(self) -> dict[str, Any] | None:
        """For another server than OpenAI: what keeps headers meant for OpenAI from it."""
        if self.is_openai:
            return None
        import openai

        key = self.api_key
        headers: dict[str, Any] = dict.fromkeys(_ambient_headers(), openai.Omit())
        headers["Authorization"] = openai.Omit() if key is None else f"Bearer {key}"
        given = {name.lower() for name in self.headers}
        return {name: value for name, value in headers.items() if name.lower() not in given}


def _ambient_headers() -> list[str]:
    """The headers that the SDK would add from the environment for OpenAI."""
    lines = os.environ.get("OPENAI_CUSTOM_HEADERS", "").split("\n")
    custom = [line.partition(":")[0].strip() for line in lines if ":" in line]
    named = ["OpenAI-Organization", "OpenAI-Project", *custom]
    return [name for name in named if name.lower() != "authorization"]


class OpenAITransport(SDKTransport):
    """Sends requests; a body with ``messages`` goes to Chat Completions, any other to Responses."""

    client_class = "OpenAI"

    def __init__(self, connection: Connection) -> None:
        super().__init__(**connection.arguments())
        self._connection = connection
        self.usual_kind = connection.resource

    def sdk(self) -> ModuleType:
        """The SDK, imported here and not before."""
        import openai

        return openai

    def kind(self, body: dict[str, Any], *, stream: bool) -> str:
        """Which of the two APIs ``body`` is for."""
        return "chat" if "messages" in body else "responses"

    def call(self, client: Any, kind: Hashable) -> Any:
        """See ``SDKTransport``."""
        headers = self._connection.request_headers()
        if kind == "responses":
            return client.responses.create(extra_headers=headers)
        return client.chat.completions.create(model="any", messages=[], extra_headers=headers)
