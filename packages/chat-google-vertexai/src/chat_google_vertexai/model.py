"""``ChatVertexAI``: Gemini on Vertex AI, with a Google Cloud project or a key of express mode."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from chat_core import InvalidParameterError
from chat_core.provider import Connection, join_url
from chat_google_genai.dialect import Dialect
from chat_google_genai.request_fields import Sent, checked
from chat_google_genai.settings import GeminiModel
from pydantic import Field

from .endpoint import check_location, host, location_of, path, profile_names, resource

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chat_core.provider import BatchJobs, MediaLimits, Operation, Transport

__all__ = ["ChatVertexAI"]

LOCATION_VARIABLES = ("GOOGLE_CLOUD_LOCATION", "GOOGLE_CLOUD_REGION")

_VERTEX_AI = Dialect("google-vertexai", needs_mime_type=True)
_CONFIG = ("generationConfig",)


class ChatVertexAI(GeminiModel):
    """Gemini models on Vertex AI.

    Args:
        model: a Google model (``"gemini-2.5-flash"``), another publisher's (``"publisher/name"``),
            a tuned one (``"endpoints/123"``), or a whole resource.
        project: the project's id; else ``GOOGLE_CLOUD_PROJECT``, else that of the credentials.
        location: ``"global"``, ``"us"``, ``"eu"`` or a region; else ``GOOGLE_CLOUD_LOCATION``, else
            ``"global"``.
        credentials: a google-auth object, the path of a credentials file, or its content as a dict;
            else the file that ``GOOGLE_APPLICATION_CREDENTIALS`` names, else application default
            credentials. Never shown, dumped or pickled.
        api_key: a key for express mode, which needs neither project nor credentials.
        base_url: another host, with its scheme (else ``GOOGLE_VERTEX_BASE_URL``, as in Google's
            SDK); the path stays Vertex AI's.
        api_version: the first part of the path; else ``GOOGLE_GENAI_API_VERSION``, else
            ``v1beta1``.
        audio_timestamp, routing_config, model_selection_config, model_armor_config: as in
            ``google.genai.types``.
    """

    provider: ClassVar[str] = "google-vertexai"
    no_batch_jobs: ClassVar[str] = (
        "batch prediction jobs belong to a project, and a key of express mode has none"
    )
    no_files: ClassVar[str] = "Vertex AI reads files from Cloud Storage"
    instead_of_upload: ClassVar[str] = (
        "Upload it there and give FileBlock('gs://bucket/file', mime_type=…), or send it with the"
        " message by FileBlock.from_path(…)"
    )
    no_model_list: ClassVar[str] = (
        "the models of a project are listed in Model Garden, at another address than the one that"
        " answers"
    )
    base_url_env: ClassVar[tuple[str, ...]] = ("GOOGLE_VERTEX_BASE_URL",)
    dialect = _VERTEX_AI

    project: Annotated[str | None, Connection] = None
    location: Annotated[str | None, Connection] = None
    credentials: Annotated[Any, Connection] = Field(default=None, repr=False, exclude=True)
    api_version: Annotated[str | None, Connection] = None
    audio_timestamp: Annotated[bool | None, Sent(_CONFIG)] = None
    routing_config: Annotated[
        Any, Sent(_CONFIG, write=checked("GenerationConfigRoutingConfig"))
    ] = None
    model_selection_config: Annotated[
        Any, Sent(_CONFIG, "modelConfig", checked("ModelSelectionConfig"))
    ] = None
    model_armor_config: Annotated[Any, Sent(write=checked("ModelArmorConfig"))] = None

    def __getstate__(self) -> dict[Any, Any]:
        """Return what is pickled: all but the credentials."""
        state = super().__getstate__()
        return {**state, "__dict__": {**state["__dict__"], "credentials": None}}

    def _resource(self) -> str:
        return resource(self.model)

    def _cache_model(self) -> str:
        """Return the model's whole resource, which a cache wants. May read the credentials."""
        resource = self._resource()
        if resource.startswith("projects/"):
            return resource
        if self.api_key is not None:
            raise InvalidParameterError(
                "Express mode (api_key) keeps no content: it has no project. Give project= and"
                " credentials instead."
            )
        from .credentials import GoogleCredentials

        credentials = GoogleCredentials(self.credentials, self.project, self.timeout)
        if self.project is None:
            credentials.headers()  # reads the project of the credentials
        return path(resource, credentials.project(), self._place())

    def _place(self) -> str:
        """Return the location to use. Raises ``InvalidParameterError`` for an impossible one."""
        named = (location_of(self.model), self.location, *map(os.environ.get, LOCATION_VARIABLES))
        return check_location(next((place for place in named if place), "global"))

    def address_source(self) -> tuple[str, str]:
        """See ``ModelSettings``; a host that is made from a location comes from that location."""
        source, url = super().address_source()
        if source or self.api_key is not None or self._place() == "global":
            return source, url
        return f"location={self._place()!r}", host(self._place())

    def media_limits(self) -> MediaLimits | None:
        """See ``WireModel``."""
        from .media_limits import limits_of

        return limits_of(self._resource())

    def batch_jobs(self) -> BatchJobs:
        """See ``WireModel``. Raises ``InvalidParameterError`` for express mode and other models."""
        if self.api_key is not None:
            return super().batch_jobs()
        from .batch_jobs import VertexJobs, check_model
        from .client import storage_address

        check_model(self._resource())
        return VertexJobs(self.provider, storage_address())

    def _profile_names(self) -> tuple[str, ...]:
        return profile_names(self._resource())

    def _count_tokens(self, body: Mapping[str, Any]) -> Operation[int]:
        from chat_google_genai.token_count import count_fields, count_operation

        resource = self._resource()
        if resource.startswith("projects/"):  # others lie below the model's own project
            resource = join_url(self._versioned_address(), resource)
        return count_operation(resource, count_fields(body), provider=self.provider)

    def _versioned_address(self) -> str:
        """Return the address below which the resources lie."""
        from chat_google_genai.client import api_version

        place = "global" if self.api_key is not None else self._place()
        given = self.base_url or os.environ.get("GOOGLE_VERTEX_BASE_URL")
        return join_url(given or host(place), api_version(self.api_version, beta="v1beta1"))

    def _make_transport(self) -> Transport:
        from chat_google_genai.client import GeminiTransport, api_key_header

        express = self.api_key is not None
        if express and self.credentials is not None:
            raise InvalidParameterError(
                "api_key (express mode) and credentials exclude each other; give one of them."
            )
        base_url = self._versioned_address()
        if express:
            headers = {**api_key_header(self.get_api_key()), **self.get_headers()}
            return GeminiTransport(base_url=base_url, headers=headers)
        from .client import VertexTransport
        from .credentials import GoogleCredentials

        return VertexTransport(
            base_url=base_url,
            headers=self.get_headers(),
            credentials=GoogleCredentials(self.credentials, self.project, self.timeout),
            location=self._place(),
        )
