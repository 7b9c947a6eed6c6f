"""The head of a request to OpenAI's models on Azure, equal to what ``openai.AzureOpenAI`` sends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from chat_core import InvalidParameterError
from chat_core.provider import HTTPTransport, Request, RequestHead, join_url

from .client import flat_query, openai_headers

__all__ = ["AzureTransport"]

_SAFE = "!$&'()*+,;=:@"
"""Characters that stand in a segment of a path as they are (RFC 3986)."""


class AzureTransport(HTTPTransport):
    """Sends requests to a resource on Azure.

    A body with ``messages`` goes to the deployment that its ``model`` names, any other to
    Responses, where the deployment is named in the body alone.

    Args:
        address: the resource's address up to ``/openai``.
        deployment: the deployment of every request, whatever ``model`` is; mostly ``None``.
        authorization: the header with the key or the token.
        api_version: the version of the API.
        organization, project, query: as for ``OpenAITransport``.
    """

    distribution = "chat-openai"

    def __init__(
        self,
        *,
        address: str,
        deployment: str | None,
        authorization: Mapping[str, str],
        api_version: str,
        organization: str | None,
        project: str | None,
        query: Mapping[str, Any] | None,
    ) -> None:
        super().__init__()
        self._address_of_resource = address
        self._deployment = deployment
        self._headers = {**authorization, **openai_headers(organization, project)}
        self._query = {**flat_query(query or {}), "api-version": api_version}

    def build_head(self, request: Request) -> RequestHead:
        """See ``HTTPTransport``."""
        path = "responses"
        if "messages" in request.body:
            path = self._below_deployment(self._deployment or request.body["model"])
        url = join_url(self._address_of_resource, path)
        return RequestHead(url, self._headers, self._query)

    def base_head(self) -> RequestHead:
        """See ``HTTPTransport``."""
        return RequestHead(self._address_of_resource, self._headers, self._query)

    def _below_deployment(self, deployment: str) -> str:
        if "/deployments" in urlsplit(self._address_of_resource).path:
            return "chat/completions"
        if deployment in (".", ".."):
            raise InvalidParameterError(f"model={deployment!r} is no name of a deployment.")
        return f"deployments/{quote(deployment, safe=_SAFE)}/chat/completions"
