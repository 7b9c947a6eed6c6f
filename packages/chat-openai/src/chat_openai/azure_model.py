"""``ChatAzureOpenAI``: OpenAI's models on Azure, with a key, a token or a token function."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from chat_core import InvalidParameterError, MissingAPIKeyError
from chat_core.provider import KEY_FOLLOWS, Connection, KeyFunction, clean_key, reveal
from pydantic import Field, SecretStr
from pydantic.json_schema import SkipJsonSchema

from .model import OpenAIWire
from .names import AZURE
from .parameters import Local

if TYPE_CHECKING:
    from chat_completions.dialect import Dialect
    from chat_core.provider import BatchJobs, FileStore, Transport

__all__ = ["ChatAzureOpenAI"]


class ChatAzureOpenAI(OpenAIWire):
    """A model of OpenAI that you have deployed on Azure, by Chat Completions or by Responses.

    ``model`` is the name of the deployment. The settings and variables of the environment are those
    of ``openai.AzureOpenAI``; of ``api_key``, ``azure_ad_token`` and ``azure_ad_token_provider`` at
    most one is given. Without any, ``AZURE_OPENAI_AD_TOKEN`` is read, then
    ``AZURE_OPENAI_API_KEY``.

    Args:
        azure_endpoint: the resource's address, ``https://NAME.openai.azure.com``; else
            ``AZURE_OPENAI_ENDPOINT``. ``base_url`` takes its place where the address does not end
            in ``/openai``.
        api_version: the version of the API, such as ``"2025-04-01-preview"``; else
            ``OPENAI_API_VERSION``.
        azure_ad_token: a token of Microsoft Entra.
        azure_ad_token_provider: a function or an async function that returns such a token; it is
            asked before each request, and once more after a 401.
        azure_deployment: the deployment of every request, if ``model`` is to name the model itself.
        api: ``"chat-completions"`` or ``"responses"``.
        organization, project: as for ``ChatOpenAI``.
        client, async_client: an ``openai.AzureOpenAI`` and an ``openai.AsyncAzureOpenAI``.
        default_query: query parameters of every request.
    """

    provider: ClassVar[str] = AZURE
    api_key_env: ClassVar[tuple[str, ...]] = ("AZURE_OPENAI_API_KEY",)
    base_url_env: ClassVar[tuple[str, ...]] = ("AZURE_OPENAI_ENDPOINT",)
    no_counting: ClassVar[str] = (
        "the name of a deployment does not tell its model, by which OpenAI's tokens are counted"
    )
    no_model_list: ClassVar[str] = (
        "deployments are listed by Azure's management API (az cognitiveservices account deployment"
        " list), which takes another address and another login"
    )
    address_settings: ClassVar[tuple[str, ...]] = ("base_url", "azure_endpoint")

    azure_endpoint: Annotated[Local[str | None], Connection] = None
    azure_deployment: Annotated[Local[str | None], Connection] = None
    api_version: Annotated[Local[str | None], Connection] = None
    azure_ad_token: Annotated[Local[SecretStr | None], Connection] = None
    azure_ad_token_provider: Annotated[
        Local[SkipJsonSchema[Callable[[], Any]] | None], Connection
    ] = Field(default=None, exclude=True, repr=False)
    organization: Annotated[Local[str | None], Connection] = None
    project: Annotated[Local[str | None], Connection] = None

    def __getstate__(self) -> dict[Any, Any]:
        """Return what is pickled: all but secrets and the function that returns tokens."""
        state = super().__getstate__()
        fields = {**state["__dict__"], "azure_ad_token_provider": None}
        return {**state, "__dict__": fields}

    def _profile_names(self) -> tuple[str, ...]:
        """None for a deployment: its model is not known from its name."""
        return () if self.azure_deployment is None else (self.model,)

    def _dialect(self) -> Dialect:
        from .dialect import AzureDialect

        return AzureDialect()

    def batch_jobs(self) -> BatchJobs:
        """See ``WireModel``. The deployment is one of the kind Global Batch or Data Zone Batch."""
        from .batch_jobs import AzureJobs

        return AzureJobs(
            self.api, self._dialect(), root=self._root(), deployment=self.azure_deployment or None
        )

    def file_store(self) -> FileStore:
        """See ``WireModel``. Azure has no purpose ``user_data`` (``assistants`` is taken)."""
        from chat_completions.files import CompletionsFiles

        return CompletionsFiles(
            self._dialect(), vendor="Azure", root=self._root(), purpose="assistants"
        )

    def _root(self) -> str:
        """What stands in front of files and jobs, which belong to the resource."""
        resource, is_below, _ = self._address().partition("/deployments")
        return f"{resource}/" if is_below else ""

    def _make_transport(self) -> Transport:
        from .azure_client import AzureTransport

        transport = AzureTransport(
            address=self._address(),
            deployment=self.azure_deployment,
            authorization=self._authorization(),
            api_version=self._version(),
            organization=self.organization,
            project=self.project,
            query=self.default_query,
        )
        if self.azure_ad_token_provider is not None:
            transport.key = KeyFunction(self.azure_ad_token_provider, "azure_ad_token_provider")
        return transport

    def _address(self) -> str:
        from chat_core.provider import join_url

        if self.base_url is not None:
            if self.azure_endpoint is not None:
                raise InvalidParameterError(
                    "base_url and azure_endpoint exclude each other; give one of them."
                )
            return self.base_url
        endpoint = self.azure_endpoint or os.environ.get("AZURE_OPENAI_ENDPOINT")
        if not endpoint:
            raise InvalidParameterError(
                "ChatAzureOpenAI needs the resource's address: set AZURE_OPENAI_ENDPOINT in the"
                " environment, or pass azure_endpoint='https://NAME.openai.azure.com'."
            )
        return join_url(endpoint, "openai")

    def _version(self) -> str:
        version = self.api_version or os.environ.get("OPENAI_API_VERSION")
        if not version:
            raise InvalidParameterError(
                "ChatAzureOpenAI needs the version of the API: set OPENAI_API_VERSION in the"
                " environment, or pass api_version=... as a date ('2024-10-21')."
            )
        return version

    def _authorization(self) -> Mapping[str, str]:
        """The header with the key or the token. Raises ``MissingAPIKeyError``."""
        names = ("api_key", "azure_ad_token", "azure_ad_token_provider")
        given = [name for name in names if getattr(self, name) is not None]
        if len(given) > 1:
            raise InvalidParameterError(f"{' and '.join(given)} exclude each other; give one.")
        if self.azure_ad_token_provider is not None:
            return {"authorization": f"Bearer {KEY_FOLLOWS}"}
        token = reveal(self.azure_ad_token or "")
        if not given:
            token = os.environ.get("AZURE_OPENAI_AD_TOKEN", "")
        if token := clean_key(token):
            return {"authorization": f"Bearer {token}"}
        try:
            return {"api-key": self.get_api_key()}
        except MissingAPIKeyError as error:
            raise MissingAPIKeyError(
                f"{error} Or pass azure_ad_token=... or azure_ad_token_provider=..., or set"
                " AZURE_OPENAI_AD_TOKEN.",
                provider=self.provider,
            ) from None
