"""``ChatAnthropic``: the settings of a Claude model, wired to codec and client."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from chat_core import InvalidParameterError
from chat_core.provider import WireModel, own_values
from pydantic import Field

from .decode import MessagesDecoder
from .encode import BETA_HEADER, continues_thread, encode_request
from .encode_tools import names_of_tools, to_native_schema
from .errors import error_from_response
from .families import has_native_schema, refuses_forced_tools
from .names import PROVIDER

if TYPE_CHECKING:
    from chat_core import APIError, Message
    from chat_core.provider import (
        BatchJobs,
        CacheMarks,
        CallOptions,
        Decoder,
        FileStore,
        MediaLimits,
        Operation,
        Page,
        Reasoning,
        ServerToolTable,
        ToolSpec,
        Transport,
    )

__all__ = ["ChatAnthropic"]

_COMMON = ("max_tokens", "temperature", "top_p", "stop")
"""The settings of every model that are parameters of a request; all of our own are."""


class ChatAnthropic(WireModel):
    """A Claude model, or one behind an address that speaks Anthropic's Messages wire.

    The key is ``api_key`` or the environment's ``ANTHROPIC_API_KEY``, else its
    ``ANTHROPIC_AUTH_TOKEN``; ``base_url`` is the host.
    ``None`` means not sent, except for ``max_tokens``, which the API demands: it is then chosen by
    the model's generation (``families.py``). Dicts are in the vendor's shape.

    Args:
        top_k: sample from the ``top_k`` likeliest tokens only.
        thinking: ``{"type": "adaptive"}``, or ``{"type": "enabled", "budget_tokens": 2048}`` on
            models before 4.6.
        effort: how much the model puts into an answer; short for ``output_config["effort"]``.
        output_config: ``effort``, ``format``, ``task_budget``.
        service_tier: whether priority capacity may be used.
        inference_geo: where the answer is computed.
        speed: ``"fast"`` for more tokens a second.
        metadata: ``{"user_id": …}``, an opaque id of your user.
        cache_control: ``{"type": "ephemeral"}`` marks the last block of the request for the cache.
        container: the id of a container of an earlier answer
            (``response_metadata["container"]["id"]``), or a dict with ``skills``.
        context_management: edits of the context by the vendor, compaction among them.
        compaction: ask for a summary of the conversation instead of an answer.
        mcp_servers: MCP servers whose tools the vendor calls.
        thread: let the vendor hold the conversation.
        fallbacks: models that answer where this one declines.
        fallback_credit_token: from a refusal's ``response_metadata["stop_details"]``.
        billing_policy: which organisation pays.
        diagnostics: ask why the cache was missed.
        betas: words for the ``anthropic-beta`` header; what the settings above, tools and blocks
            need is added by itself (``betas.py``).
        user_profile_id: on whose behalf the request is made.
        workspace_id: the workspace, for keys that can act on several.
    """

    provider: ClassVar[str] = PROVIDER
    idempotency_header: ClassVar[str | None] = "Idempotency-Key"
    api_key_env: ClassVar[tuple[str, ...]] = ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN")
    base_url_env: ClassVar[tuple[str, ...]] = ("ANTHROPIC_BASE_URL",)
    models_path: ClassVar[str] = "v1/models"

    top_k: int | None = None
    thinking: dict[str, Any] | None = None
    effort: Literal["low", "medium", "high", "xhigh", "max"] | None = None
    output_config: dict[str, Any] | None = None
    service_tier: Literal["auto", "standard_only"] | None = None
    inference_geo: str | None = None
    speed: Literal["standard", "fast"] | None = None
    metadata: dict[str, Any] | None = None
    cache_control: dict[str, Any] | None = None
    container: str | dict[str, Any] | None = None
    context_management: dict[str, Any] | None = None
    compaction: dict[str, Any] | None = None
    mcp_servers: list[dict[str, Any]] | None = Field(default=None, repr=False)  # may hold tokens
    thread: dict[str, Any] | None = None
    fallbacks: str | list[dict[str, Any]] | None = None
    fallback_credit_token: str | dict[str, Any] | None = Field(default=None, repr=False)
    billing_policy: dict[str, Any] | None = None
    diagnostics: dict[str, Any] | None = None
    betas: list[str] | None = None
    user_profile_id: str | None = None
    workspace_id: str | None = None

    def reasoning_parameters(self) -> dict[str, Any]:
        """See ``ModelSettings``; ``thinking`` and ``output_config["effort"]``."""
        if self.reasoning is None:
            return {}
        asked = self.reasoning
        thinking = self.model_kwargs.get("thinking", self.thinking)
        given = {**(self.output_config or {}), **self.model_kwargs.get("output_config", {})}
        effort = self.model_kwargs.get("effort", self.effort) or given.get("effort")
        found = {**self._asked_thinking(asked, thinking), **own_values({"effort": effort})}
        effort = found.pop("effort", None)
        return {**found, "output_config": {"effort": effort}} if effort else found

    def _asked_thinking(self, asked: Reasoning, own: dict[str, Any] | None) -> dict[str, Any]:
        """``thinking`` and ``effort`` for what is asked, beside the user's ``own`` thinking."""
        from .reasoning import check_sampling, thinking_parameters

        if own is not None and "budget_tokens" in own:
            return {"thinking": own}
        most = self.model_kwargs.get("max_tokens", self.max_tokens)
        found = thinking_parameters(asked, self.model, most, self.betas or ())
        if own is not None:
            return {**found, "thinking": own}
        sampling = {"temperature": self.temperature, "top_k": self.top_k}
        check_sampling(found.get("thinking", {}), {**sampling, **self.model_kwargs})
        return found

    def _thinking(self) -> dict[str, Any]:
        """The parameter ``thinking`` of a request; empty where none is sent."""
        own = self.model_kwargs.get("thinking", self.thinking)
        found: dict[str, Any] = own or self.reasoning_parameters().get("thinking") or {}
        return found

    def _method_for(self, spec: ToolSpec) -> Literal["json_schema", "function_calling"]:
        """The native schema where model and schema allow that (``encode_tools.py``)."""
        if not has_native_schema(self.model):
            return "function_calling"
        try:
            to_native_schema(spec.parameters)
        except InvalidParameterError:
            return "function_calling"
        return "json_schema"

    def _forces_tools(self) -> bool:
        """Not on models that refuse that, and not beside thinking."""
        if refuses_forced_tools(self.model):
            return False
        return bool(self._thinking().get("type", "disabled") == "disabled")

    def _vendor_holds_turns(self) -> bool:
        return continues_thread({"thread": self.thread, **self.model_kwargs})

    def _cache_marks(self) -> CacheMarks:
        from .cache_marks import CACHE_MARKS

        return CACHE_MARKS

    def _server_tools(self) -> ServerToolTable:
        from .server_tools import SERVER_TOOLS

        return SERVER_TOOLS

    def _encode(
        self, messages: list[Message], options: CallOptions, *, stream: bool
    ) -> dict[str, Any]:
        settings = {name: getattr(self, name) for name in (*_COMMON, *_own_settings())}
        if sent := self.reasoning_parameters():
            settings["thinking"] = sent.get("thinking")
            settings["effort"] = sent.get("output_config", {}).get("effort")
        return encode_request(
            messages,
            options,
            model=self.model,
            settings={
                **settings,
                "betas": self._asked_betas(),
            },
            model_kwargs=self.model_kwargs,
            stream=stream,
        )

    def _asked_betas(self) -> list[str] | None:
        """``betas`` after those of the same header among ``default_headers``.

        A request has one such header, and words that a setting needs must not push those out.
        """
        given = (v for name, v in self.get_headers().items() if name.lower() == BETA_HEADER)
        words = [word.strip() for value in given for word in value.split(",")]
        return [*words, *(self.betas or ())] or None

    def _decoder(self) -> Decoder:
        return MessagesDecoder()

    def _decoder_for(self, options: CallOptions) -> Decoder:
        return MessagesDecoder(names_of_tools(options))

    def batch_jobs(self) -> BatchJobs:
        """See ``WireModel``."""
        from .batch_jobs import AnthropicJobs

        return AnthropicJobs()

    def media_limits(self) -> MediaLimits | None:
        """See ``WireModel``."""
        from .media_limits import LIMITS

        return LIMITS

    def file_store(self) -> FileStore:
        """See ``WireModel``."""
        from .files import AnthropicFiles

        return AnthropicFiles(self._asked_betas() or ())

    def _count_tokens(self, body: Mapping[str, Any]) -> Operation[int]:
        from .token_count import count_operation

        return count_operation(body)

    def _read_models(self, wire: Any) -> Page:
        from .model_list import read_models

        return read_models(wire)

    def _make_transport(self) -> Transport:
        from .client import AnthropicTransport

        return AnthropicTransport(api_key=self.get_api_key(), base_url=self.base_url)

    def _make_client_transport(self) -> Transport:
        from .sdk_client import AnthropicClientTransport

        return AnthropicClientTransport(self.client, self.async_client)

    def _error_from_response(
        self, status: int, headers: Mapping[str, str], body: bytes
    ) -> APIError:
        return error_from_response(status, headers, body)


@cache
def _own_settings() -> tuple[str, ...]:
    return tuple(name for name in ChatAnthropic.model_fields if name not in WireModel.model_fields)
