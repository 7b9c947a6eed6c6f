"""OpenAI's SDK with Fireworks' address in, bytes out: the one file here that touches SDK and HTTP.

Fireworks' own SDK raises no errors that come inside a stream and brings an HTTP library of its own,
so the connection is that of the ``openai`` SDK, kept apart from OpenAI's environment variables.
"""

from __future__ import annotations

import os
from collections.abc import Hashable
from types import ModuleType
from typing import Any

from chat_core.provider import SDKTransport

__all__ = ["FireworksTransport"]


class FireworksTransport(SDKTransport):
    """Sends Chat Completions requests.

    Args:
        api_key: the key.
        base_url: the address, ending in ``/v1``.
        headers: sent with every request.
    """

    client_class = "OpenAI"

    def __init__(self, *, api_key: str, base_url: str, headers: dict[str, str]) -> None:
        super().__init__(api_key=api_key, base_url=base_url)
        self._headers = {"Authorization": f"Bearer {api_key}", **headers}

    def sdk(self) -> ModuleType:
        """The SDK, imported here and not before."""
        import openai

        return openai

    def arguments(self) -> dict[str, Any]:
        """With every header said outright, so that none comes from OpenAI's environment."""
        given = {name.lower() for name in self._headers}
        omitted = {
            name: self.sdk().Omit() for name in _ambient_headers() if name.lower() not in given
        }
        return {**super().arguments(), "default_headers": {**omitted, **self._headers}}

    def call(self, client: Any, kind: Hashable) -> Any:
        """See ``SDKTransport``."""
        return client.chat.completions.create(model="any", messages=[])


def _ambient_headers() -> list[str]:
    """The headers that the SDK would add from the environment, meant for OpenAI alone."""
    lines = os.environ.get("OPENAI_CUSTOM_HEADERS", "").split("\n")
    custom = [line.partition(":")[0].strip() for line in lines if ":" in line]
    return ["OpenAI-Organization", "OpenAI-Project", *custom]
