"""llmock in this process, with its base URLs by provider id.

    with LlmockServer() as server:
        server.script.reply("Hello")
        model = ChatGroq(model="llama-3.3-70b-versatile", base_url=server.base_url("groq"), …)
        …
        server.script.assert_resilient(strict=True)

llmock listens on a free loopback port, in a thread. ``script`` is llmock's own handle, with
``reply``, ``call_tool``, ``fail``, ``rate_limit``, ``truncate``, ``disconnect``, ``stall``, … and
its verdict on the client. llmock has no paths of Vertex AI; this module adds them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from types import TracebackType

    from llmock.pytest_plugin import LLMock
    from llmock.testing import LLMockServer

__all__ = ["ROUTES", "LlmockServer"]

ROUTES: dict[str, tuple[str, str]] = {
    "openai": ("openai", "/v1"),
    "openai-compatible": ("openai", "/v1"),
    "fireworks": ("openai", "/v1"),
    "anthropic": ("anthropic", "/anthropic"),
    "google-genai": ("gemini", "/gemini"),
    "google-vertexai": ("gemini", "/vertex"),
    "groq": ("groq", "/groq"),
    "mistralai": ("mistral", "/mistral"),
}
"""Provider id → llmock's name for it, and the path of the ``base_url`` as our model takes it.

The path is what remains before the part that the vendor's SDK appends: ``/chat/completions`` for
openai, ``/openai/v1/chat/completions`` for groq, ``/v1/chat/completions`` for mistralai,
``/v1/messages`` for anthropic, ``/v1beta/models/…`` for google-genai, and for google-vertexai
``/v1beta1/projects/…`` or, with a key, ``/v1beta1/publishers/…``.
"""

_VERTEX = re.compile(
    r"/vertex/v1beta1/(?:projects/[^/]+/locations/[^/]+/)?publishers/google(/models/.+)"
)


class LlmockServer:
    """A running llmock; a context manager. llmock is imported when it starts."""

    script: LLMock
    _server: LLMockServer

    def __enter__(self) -> Self:
        from llmock.pytest_plugin import LLMock
        from llmock.testing import LLMockServer

        self._server = LLMockServer()
        self._server.app.add_middleware(_VertexRoute)
        self._server.start()
        self.script = LLMock(self._server)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.stop()

    @property
    def url(self) -> str:
        """The root, such as ``http://127.0.0.1:53412``."""
        return self._server.url

    def base_url(self, provider: str) -> str:
        """The ``base_url`` for the model of a provider id.

        Raises:
            LookupError: llmock has no route for this provider.
        """
        return self.url + _route(provider)[1]

    def name(self, provider: str) -> str:
        """llmock's name of a provider id, for the ``provider=`` of ``script``'s methods."""
        return _route(provider)[0]


class _VertexRoute:
    """Rewrites paths of Vertex AI to those of llmock's Gemini route; the wire is the same."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and (found := _VERTEX.fullmatch(scope["path"])):
            path = f"/gemini/v1beta{found[1]}"
            scope = {**scope, "path": path, "raw_path": path.encode()}
        await self._app(scope, receive, send)


def _route(provider: str) -> tuple[str, str]:
    if provider not in ROUTES:
        raise LookupError(f"llmock has no route for {provider!r}; it has {', '.join(ROUTES)}")
    return ROUTES[provider]
