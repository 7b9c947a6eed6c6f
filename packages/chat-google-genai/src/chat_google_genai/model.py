"""``ChatGoogleGenerativeAI``: Gemini through the Gemini API (Google AI Studio keys)."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from chat_core.provider import Connection

from .dialect import GEMINI_API
from .resource_names import check_segment
from .settings import GeminiModel

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chat_core.provider import BatchJobs, FileStore, MediaLimits, Operation, Page, Transport

__all__ = ["ChatGoogleGenerativeAI"]


_COLLECTIONS = ("models", "tunedModels", "dynamic")


class ChatGoogleGenerativeAI(GeminiModel):
    """Gemini models behind the Gemini API; the key comes from ``GOOGLE_API_KEY``.

    ``model`` is a name (``"gemini-2.5-flash"``) or a resource (``"tunedModels/mine"``).
    ``base_url`` is the host (else ``GOOGLE_GEMINI_BASE_URL``, as in Google's SDK), ``api_version``
    the first part of the path (else ``GOOGLE_GENAI_API_VERSION``, else ``v1beta``).
    """

    provider: ClassVar[str] = "google-genai"
    api_key_env: ClassVar[tuple[str, ...]] = ("GOOGLE_API_KEY", "GEMINI_API_KEY")
    base_url_env: ClassVar[tuple[str, ...]] = ("GOOGLE_GEMINI_BASE_URL",)
    models_path: ClassVar[str] = "models"
    dialect = GEMINI_API

    api_version: Annotated[str | None, Connection] = None

    def _resource(self) -> str:
        collection, slash, name = self.model.partition("/")
        if slash and collection in _COLLECTIONS:
            return f"{collection}/{check_segment(name, setting='model')}"
        return f"models/{check_segment(self.model, setting='model')}"

    def batch_jobs(self) -> BatchJobs:
        """See ``WireModel``."""
        from .batch_jobs import GeminiJobs

        return GeminiJobs(self.provider)

    def _profile_names(self) -> tuple[str, ...]:
        return (self.model.removeprefix("models/"),)

    def media_limits(self) -> MediaLimits | None:
        """See ``WireModel``."""
        from .media_limits import LIMITS

        return LIMITS

    def file_store(self) -> FileStore:
        """See ``WireModel``."""
        from .client import api_version
        from .files import GeminiFiles

        version = api_version(self.api_version, beta="v1beta")
        return GeminiFiles(self.provider, base_url=self._host(), version=version)

    def _count_tokens(self, body: Mapping[str, Any]) -> Operation[int]:
        from .token_count import count_operation, count_whole_request

        counted = count_whole_request(body)
        return count_operation(self._resource(), counted, provider=self.provider)

    def _read_models(self, wire: Any) -> Page:
        from .model_list import read_models

        return read_models(wire, provider=self.provider)

    def _host(self) -> str:
        given = self.base_url or os.environ.get("GOOGLE_GEMINI_BASE_URL")
        return given or "https://generativelanguage.googleapis.com"

    def _make_transport(self) -> Transport:
        from chat_core.provider import join_url

        from .client import GeminiTransport, api_key_header, api_version

        version = api_version(self.api_version, beta="v1beta")
        return GeminiTransport(
            base_url=join_url(self._host(), version),
            headers={**api_key_header(self.get_api_key()), **self.get_headers()},
        )
