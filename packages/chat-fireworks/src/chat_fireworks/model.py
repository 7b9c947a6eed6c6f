"""``ChatFireworks``: the settings of a model at Fireworks, wired to codec and client."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from chat_completions.settings import request_settings
from chat_core.provider import Logprobs, WireModel, own_values
from pydantic import Field

from .names import BASE_URL, PROVIDER

if TYPE_CHECKING:
    from chat_core import APIError, Message
    from chat_core.provider import BatchJobs, CallOptions, CandidateWire, Decoder, Page, Transport

__all__ = ["ChatFireworks"]

_LOCAL = frozenset({"stream_usage"})
"""The fields that are no parameters of a request."""


class ChatFireworks(WireModel):
    """A model that Fireworks hosts, such as ``accounts/fireworks/models/gpt-oss-20b``.

    The key is ``api_key`` or the environment's ``FIREWORKS_API_KEY``. Every parameter that
    Fireworks documents for chat completions is a field under its own name, ``None`` meaning not
    sent; dicts are in Fireworks' shape.

    Args:
        max_tokens: Fireworks lowers it to what the context has left, unless
            ``context_length_exceeded_behavior="error"``.
        reasoning_effort: ``"none"``, ``"low"``, ``"medium"``, ``"high"``, or a number of tokens.
        reasoning_history: how much earlier reasoning the model sees: ``"disabled"``,
            ``"interleaved"`` or ``"preserved"``. It always goes back with the history.
        thinking: ``{"type": "enabled", "budget_tokens": 1024}``, instead of ``reasoning_effort``.
        response_format: also ``{"type": "grammar", "grammar": …}``.
        perf_metrics_in_response: puts the metrics into ``response_metadata["perf_metrics"]``.
        raw_output: puts prompt and completion as the model saw them into
            ``response_metadata["raw_output"]``.
        stream_usage: ask streams for their token usage.
    """

    provider: ClassVar[str] = PROVIDER
    no_server_tools: ClassVar[str] = "Fireworks runs no tools in chat completions"
    api_key_env: ClassVar[tuple[str, ...]] = ("FIREWORKS_API_KEY",)
    base_url_suffix: ClassVar[str] = "/inference/v1"
    idempotency_header: ClassVar[str | None] = "Idempotency-Key"
    no_files: ClassVar[str] = "Fireworks keeps none for messages"
    instead_of_upload: ClassVar[str] = "ImageBlock.from_path(…) sends an image with the message"
    no_counting: ClassVar[str] = "Fireworks has no endpoint that counts"
    models_path: ClassVar[str] = "models"

    context_length_exceeded_behavior: Literal["error", "truncate"] | None = None
    echo: bool | None = None
    echo_last: int | None = None
    frequency_penalty: float | None = None
    ignore_eos: bool | None = None
    logit_bias: dict[str, float] | None = None
    logprobs: Logprobs | None = None
    max_completion_tokens: int | None = Field(default=None, ge=1)
    metadata: dict[str, str] | None = None
    min_p: float | None = None
    mirostat_lr: float | None = None
    mirostat_target: float | None = None
    n: int | None = None
    perf_metrics_in_response: bool | None = None
    prediction: str | dict[str, Any] | None = None
    presence_penalty: float | None = None
    prompt_cache_isolation_key: str | None = None
    prompt_cache_key: str | None = None
    prompt_cache_max_len: int | None = None
    prompt_truncate_len: int | None = None
    raw_output: bool | None = None
    reasoning_effort: str | int | bool | None = None
    reasoning_history: str | None = None
    repetition_penalty: float | None = None
    response_format: dict[str, Any] | None = None
    return_token_ids: bool | None = None
    safe_tokenization: bool | None = None
    sampling_mask: Any = None
    seed: int | None = None
    service_tier: str | None = None
    speculation: str | list[int] | None = None
    stream_options: dict[str, Any] | None = None
    thinking: dict[str, Any] | None = None
    top_k: int | None = None
    top_logprobs: int | None = None
    typical_p: float | None = None
    user: str | None = None

    stream_usage: bool = True

    def reasoning_parameters(self) -> dict[str, Any]:
        """See ``ModelSettings``; ``thinking`` stands instead of ``reasoning_effort``."""
        if self.reasoning is None:
            return {}
        from .reasoning import choose_effort

        names = ("reasoning_effort", "thinking")
        own = own_values({n: self.model_kwargs.get(n, getattr(self, n)) for n in names})
        return own or own_values({names[0]: choose_effort(self.reasoning, self.model)})

    # The codec is loaded by the first request: building a model does not pay for it (2 to 4 ms).

    def _encode(
        self, messages: list[Message], options: CallOptions, *, stream: bool
    ) -> dict[str, Any]:
        from chat_completions.encode import encode_request

        from .dialect import FIREWORKS

        return encode_request(
            messages,
            model=self.model,
            settings={
                **request_settings(self, ChatFireworks, local=_LOCAL),
                **self.reasoning_parameters(),
            },
            options=options,
            stream=stream,
            dialect=FIREWORKS,
            stream_usage=self.stream_usage,
            model_kwargs=self.model_kwargs,
        )

    def _decoder(self) -> Decoder:
        from chat_completions.decode import CompletionsDecoder

        from .dialect import FIREWORKS

        return CompletionsDecoder(FIREWORKS)

    def _candidate_wire(self) -> CandidateWire | None:
        from chat_completions.candidates import CHOICES

        return CHOICES

    def batch_jobs(self) -> BatchJobs:
        """See ``WireModel``. The account is that of ``FIREWORKS_ACCOUNT_ID``, else the key's."""
        from .batch_jobs import FireworksJobs

        return FireworksJobs(os.environ.get("FIREWORKS_ACCOUNT_ID") or None)

    def _profile_names(self) -> tuple[str, ...]:
        """Without the deployment that ``#`` names."""
        return (self.model, self.model.partition("#")[0])

    def _read_models(self, wire: Any) -> Page:
        from chat_completions.model_list import read_models

        from .dialect import FIREWORKS

        return read_models(wire, FIREWORKS)

    def _make_transport(self) -> Transport:
        from .client import FireworksTransport

        return FireworksTransport(api_key=self.get_api_key(), base_url=self.base_url or BASE_URL)

    def _make_client_transport(self) -> Transport:
        from .sdk_client import FireworksClientTransport

        return FireworksClientTransport(self.client, self.async_client)

    def _error_from_response(
        self, status: int, headers: Mapping[str, str], body: bytes
    ) -> APIError:
        from .dialect import FIREWORKS
        from .errors import error_from_response

        return error_from_response(status, headers, body, FIREWORKS)
