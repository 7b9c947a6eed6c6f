"""``ChatOpenAICompatible``: hosts and servers of OpenAI's wire, by their id or by their address."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal, cast

from chat_core import InvalidParameterError
from chat_core.provider import clean_key
from pydantic import Field

from .model import OpenAIWire
from .names import COMPATIBLE
from .parameters import Local

if TYPE_CHECKING:
    from chat_completions.dialect import Dialect
    from chat_core.provider import (
        BatchJobs,
        FileStore,
        Listing,
        Page,
        ServerToolTable,
        ToolSpec,
        Transport,
    )

    from .hosts import Host

__all__ = ["ChatOpenAICompatible"]


class _ByHost:
    """A class attribute that a model with a ``host`` takes from the row of its host."""

    def __init__(self, attribute: str, without_host: object) -> None:
        self._attribute = attribute
        self._without_host = without_host

    def __get__(self, model: ChatOpenAICompatible | None, owner: object = None) -> object:
        host = None if model is None else model._host()  # noqa: SLF001 - of the same class
        return self._without_host if host is None else getattr(host, self._attribute)


class ChatOpenAICompatible(OpenAIWire):
    """A host of OpenAI's wire by its id, or any other server of it by its address.

    ``get_chat_model("deepseek:…")`` gives this class with ``host="deepseek"``: address, variable of
    the key and what the host does otherwise are then known (``hosts.py``). Without a host,
    ``base_url`` is required and ends where the SDK wants it to (mostly ``/v1``); ``api_key`` is
    then optional, and no environment variable stands in for it: another server's key must not go
    astray. What a server takes beyond OpenAI's parameters goes into ``model_kwargs``.

    Args:
        host: the id of a host, such as ``"deepseek"``. ``base_url`` then takes the place of its
            address, for a proxy or another region.
        stream_usage: set it to ``False`` for servers that refuse ``stream_options``.
        replay_reasoning: send reasoning text back with the history, in the field that it came in.
            DeepSeek, OpenRouter, Ollama and vLLM expect it; set it to ``False`` for a server that
            refuses the field.
        default_query: query parameters of every request, such as Azure's ``api-version``.
        default_headers: headers of every request, such as Azure's ``api-key``.
        client, async_client: an ``openai.OpenAI`` and an ``openai.AsyncOpenAI`` with the server's
            address, instead of ``base_url``.
    """

    provider: ClassVar[str] = cast("str", _ByHost("id", COMPATIBLE))
    no_files: ClassVar[str] = "this package knows no endpoint of the host that keeps them"
    no_counting: ClassVar[str] = "servers of this wire have no endpoint in common that counts"
    api_key_env: ClassVar[tuple[str, ...]] = cast("tuple[str, ...]", _ByHost("keys", ()))
    base_url_suffix: ClassVar[str] = "/v1"
    models_path: ClassVar[str] = "models"

    host: Local[str | None] = Field(default=None, frozen=True)
    base_url: str | None = Field(default=None, min_length=1)
    replay_reasoning: Local[bool] = True

    def __init__(self, **settings: Any) -> None:
        if isinstance(settings.get("host"), str):
            from .hosts import find_host

            host = find_host(settings["host"])
            settings["host"] = host.id
            if host.api is not None:
                settings.setdefault("api", host.api.value)
        super().__init__(**settings)
        if self.client is None and self.async_client is None:
            self._address()

    def _host(self) -> Host | None:
        if self.host is None:
            return None
        from .hosts import HOSTS

        return HOSTS[self.host]

    def _address(self) -> str:
        if self.base_url is not None:
            return self.base_url
        if (host := self._host()) is not None:
            return host.base_url
        raise InvalidParameterError(
            f"{type(self).__name__}: base_url is required, the server's address, which mostly"
            " ends in /v1; or pass host= for one that is known by name, or client=, which has an"
            " address."
        )

    def _dialect(self) -> Dialect:
        if (host := self._host()) is not None:
            from .host_dialect import HostDialect

            return HostDialect(host, replays_reasoning=self.replay_reasoning)
        from .dialect import CompatibleDialect

        return CompatibleDialect(replays_reasoning=self.replay_reasoning)

    def _method_for(self, spec: ToolSpec) -> Literal["json_schema", "function_calling"]:
        host = self._host()
        has_none = host is not None and host.json_schema is not None and not host.json_schema.value
        return "function_calling" if has_none else super()._method_for(spec)

    def _forces_tools(self) -> bool:
        host = self._host()
        if host is None or host.tool_choices is None or self.api == "responses":
            return True
        return not {"named", "required"}.isdisjoint(host.tool_choices.value)

    def _server_tools(self) -> ServerToolTable:
        host = self._host()
        if host is None or host.server_tools is None:
            return super()._server_tools()
        from .host_tools import host_tools

        return host_tools(host, self.api)

    def batch_jobs(self) -> BatchJobs:
        """See ``WireModel``. Raises ``InvalidParameterError`` for a host."""
        if self.host is not None:
            return super().batch_jobs()
        from .batch_jobs import openai_jobs

        return openai_jobs(self.api, self._dialect())

    def file_store(self) -> FileStore:
        """See ``WireModel``. Raises ``InvalidParameterError`` for a host."""
        if self.host is not None:
            return super().file_store()
        from chat_completions.files import CompletionsFiles

        return CompletionsFiles(self._dialect(), vendor="The server", root="", purpose="user_data")

    def _listing(self) -> Listing:
        host = self._host()
        if host is not None and host.no_models is not None:
            raise InvalidParameterError(
                f"The provider {host.id!r} cannot list models: {host.no_models.value}."
            )
        return super()._listing()

    def _read_models(self, wire: Any) -> Page:
        from chat_completions.model_list import read_models

        return read_models(wire, self._dialect())

    def _make_transport(self) -> Transport:
        from .client import CompatibleTransport

        host = self._host()
        if host is not None and host.keys:
            key: str | None = self.get_api_key()
        else:
            key = clean_key(self._own_key()) or None
        transport = CompatibleTransport(
            base_url=self._address(), api_key=key, query=self.default_query
        )
        if host is not None and host.start and self.base_url is None:
            transport.advice = (
                f"Is {host.title} running? {host.start} A server elsewhere is named by base_url=."
            )
        return transport
