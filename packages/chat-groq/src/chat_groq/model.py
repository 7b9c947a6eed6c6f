"""``ChatGroq``: the settings of a model at Groq, wired to codec and client."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from chat_completions.settings import request_settings
from chat_core.provider import Logprobs, WireModel, own_values
from pydantic import Field

from .names import PROVIDER

if TYPE_CHECKING:
    from chat_core import APIError, Message
    from chat_core.provider import (
        BatchJobs,
        CallOptions,
        Decoder,
        MediaLimits,
        Page,
        ServerToolTable,
        Transport,
    )

__all__ = ["ChatGroq"]


class ChatGroq(WireModel):
    """A model that Groq hosts, such as ``llama-3.3-70b-versatile``.

    The key is ``api_key`` or the environment's ``GROQ_API_KEY``; ``base_url`` is the host. Every
    parameter that Groq documents for chat completions is a field under its own name, ``None``
    meaning not sent; dicts are in Groq's shape.

    Args:
        max_tokens: sent as ``max_completion_tokens``, Groq's present name for it.
        reasoning_format: ``"parsed"`` puts reasoning into ``message.reasoning``, ``"raw"`` leaves
            it in the text between ``<think>`` tags, ``"hidden"`` leaves it out. Not for gpt-oss.
        include_reasoning: for gpt-oss: whether reasoning comes along. Not beside
            ``reasoning_format``.
        reasoning_effort: ``"low"``, ``"medium"``, ``"high"`` for gpt-oss; ``"none"`` or
            ``"default"`` for qwen3.
        disable_tool_validation: give out calls of tools that the request did not name.
        search_settings: ``include_domains``, ``exclude_domains``, ``country`` … of web search.
        compound_custom: models and tools of a compound system.
        documents: documents that the model may cite, with ``citation_options="enabled"``.
        service_tier: ``"auto"``, ``"on_demand"``, ``"flex"``, ``"performance"``.
    """

    provider: ClassVar[str] = PROVIDER
    api_key_env: ClassVar[tuple[str, ...]] = ("GROQ_API_KEY",)
    base_url_env: ClassVar[tuple[str, ...]] = ("GROQ_BASE_URL",)
    idempotency_header: ClassVar[str | None] = "Idempotency-Key"
    no_files: ClassVar[str] = "Groq keeps files of batch jobs alone, and its messages take none"
    instead_of_upload: ClassVar[str] = "ImageBlock.from_path(…) sends an image with the message"
    no_counting: ClassVar[str] = "Groq has no endpoint that counts"
    models_path: ClassVar[str] = "openai/v1/models"
    # Few of the models take a JSON schema for the answer; all that take tools take a forced one.
    structured_output_method: ClassVar[Literal["json_schema", "function_calling"]] = (
        "function_calling"
    )

    citation_options: Literal["enabled", "disabled"] | None = None
    compound_custom: dict[str, Any] | None = None
    disable_tool_validation: bool | None = None
    documents: list[dict[str, Any]] | None = None
    exclude_domains: list[str] | None = None
    frequency_penalty: float | None = None
    function_call: str | dict[str, Any] | None = None
    functions: list[dict[str, Any]] | None = None
    include_domains: list[str] | None = None
    include_reasoning: bool | None = None
    logit_bias: dict[str, int] | None = None
    logprobs: Logprobs | None = None
    max_completion_tokens: int | None = Field(default=None, ge=1)
    metadata: dict[str, str] | None = None
    n: int | None = None
    presence_penalty: float | None = None
    reasoning_effort: str | None = None
    reasoning_format: Literal["hidden", "raw", "parsed"] | None = None
    response_format: dict[str, Any] | None = None
    search_settings: dict[str, Any] | None = None
    seed: int | None = None
    service_tier: str | None = None
    store: bool | None = None
    top_logprobs: int | None = None
    user: str | None = None

    def reasoning_parameters(self) -> dict[str, Any]:
        """See ``ModelSettings``."""
        if self.reasoning is None:
            return {}
        from .reasoning import reasoning_fields

        names = ("reasoning_effort", "reasoning_format", "include_reasoning")
        own = own_values({n: self.model_kwargs.get(n, getattr(self, n)) for n in names})
        if "reasoning_effort" in own:
            return own
        found = reasoning_fields(self.reasoning, self.model)
        if "include_reasoning" in own:
            found.pop("reasoning_format", None)  # the two exclude each other
        return {**found, **own}

    # The codec is loaded by the first request: building a model does not pay for it (2 to 4 ms).

    def _server_tools(self) -> ServerToolTable:
        from .server_tools import server_tools

        return server_tools(self.model)

    def _encode(
        self, messages: list[Message], options: CallOptions, *, stream: bool
    ) -> dict[str, Any]:
        from chat_completions.encode import encode_request
        from chat_completions.strict_schema import strict_options

        from .dialect import GroqDialect, refuse_unknown_fields

        refuse_unknown_fields(messages)
        return encode_request(
            messages,
            model=self.model,
            settings={**request_settings(self, ChatGroq), **self.reasoning_parameters()},
            options=strict_options(options, by_default=False),
            stream=stream,
            dialect=GroqDialect(self.model),
            stream_usage=False,  # comes unasked
            model_kwargs=self.model_kwargs,
        )

    def _decoder(self) -> Decoder:
        from chat_completions.decode import CompletionsDecoder

        from .dialect import GroqDialect

        return CompletionsDecoder(GroqDialect(self.model))

    def batch_jobs(self) -> BatchJobs:
        """See ``WireModel``."""
        from .batch_jobs import groq_jobs

        return groq_jobs(self.model)

    def _read_models(self, wire: Any) -> Page:
        from chat_completions.model_list import read_models

        from .dialect import GroqDialect

        return read_models(wire, GroqDialect(self.model))

    def media_limits(self) -> MediaLimits | None:
        """See ``WireModel``."""
        from .media_limits import LIMITS

        return LIMITS

    def _make_transport(self) -> Transport:
        from .client import GroqTransport

        return GroqTransport(api_key=self.get_api_key(), base_url=self.base_url)

    def _make_client_transport(self) -> Transport:
        from .sdk_client import GroqClientTransport

        return GroqClientTransport(self.client, self.async_client)

    def _error_from_response(
        self, status: int, headers: Mapping[str, str], body: bytes
    ) -> APIError:
        from .dialect import GroqDialect
        from .errors import error_from_response

        return error_from_response(status, headers, body, GroqDialect(self.model))
