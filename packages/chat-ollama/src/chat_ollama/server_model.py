"""``ServerModel``: address, key and errors of an Ollama server."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from chat_core import InvalidParameterError
from chat_core.provider import WireModel, clean_key, join_url
from pydantic import Field, field_validator

from .host import DEFAULT_ADDRESS, read_host
from .names import PROVIDER

if TYPE_CHECKING:
    from chat_core import APIError
    from chat_core.provider import Transport

__all__ = ["ServerModel"]

_HOST_VARIABLE = "OLLAMA_HOST"
_KEY_VARIABLE = "OLLAMA_API_KEY"


class ServerModel(WireModel):
    """A model on an Ollama server.

    ``timeout`` is 300 seconds: before the first event the server may have to load the model.
    """

    provider: ClassVar[str] = PROVIDER
    # No key is needed, so there is none to miss: api_key_env stays empty.
    base_url_env: ClassVar[tuple[str, ...]] = (_HOST_VARIABLE,)
    models_path: ClassVar[str] = "api/tags"

    timeout: float = Field(default=300.0, gt=0, le=31_536_000)

    @field_validator("base_url")
    @classmethod
    def _base_url_is_an_address(cls, base_url: str | None) -> str | None:
        if base_url is not None:
            join_url(read_host(base_url) if base_url.strip() else base_url, "")
        return base_url

    def address_source(self) -> tuple[str, str]:
        """See ``ModelSettings``; Ollama's own address is this machine's, and is named too."""
        source, given = super().address_source()
        return (source, read_host(given)) if source else ("the default address", DEFAULT_ADDRESS)

    def _make_transport(self) -> Transport:
        from .client import OllamaTransport

        source, address = self.address_source()
        try:
            return OllamaTransport(base_url=address, api_key=self._key())
        except InvalidParameterError as error:
            if _HOST_VARIABLE not in source:
                raise
            raise InvalidParameterError(f"{source}: {error}") from None

    def _key(self) -> str:
        """``api_key``, else that of the environment, which Ollama's client reads; may be empty."""
        return clean_key(self._own_key() or os.environ.get(_KEY_VARIABLE, ""))

    def _make_client_transport(self) -> Transport:
        raise InvalidParameterError(
            f"{type(self).__name__} takes no client of the ollama package: it has no public method"
            " that returns an answer's bytes. Give its address as base_url=, its key as api_key="
            " and its HTTP settings as http_client= or async_http_client=."
        )

    def _error_from_response(
        self, status: int, headers: Mapping[str, str], body: bytes
    ) -> APIError:
        from .errors import error_from_response

        return error_from_response(status, headers, body, model=self.model)
