"""``ChatMistralAI``: the settings of a Mistral model, wired to codec and client."""

from __future__ import annotations

import os
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
        CandidateWire,
        Decoder,
        FileStore,
        MediaLimits,
        Page,
        ServerToolTable,
        Transport,
    )

__all__ = ["ChatMistralAI"]


class ChatMistralAI(WireModel):
    """A model of Mistral AI, or one behind an address that speaks its Chat Completions wire.

    The key is ``api_key``, else the content of the file that the environment's
    ``MISTRAL_SA_TOKEN_PATH`` names, else its ``MISTRAL_API_KEY``; ``base_url`` is the host.
    ``None`` means not sent. Dicts are in the vendor's shape.

    Args:
        top_k: sample from the ``top_k`` likeliest tokens only.
        min_tokens: write at least so many.
        random_seed: the same answer for the same request, as far as the vendor can.
        seed: what other vendors call ``random_seed``, which wins over it.
        metadata: kept with the request by the vendor.
        response_format: ``{"type": "json_object"}`` and the like; ``with_structured_output`` sets
            it for you.
        presence_penalty, frequency_penalty, repetition_penalty: against repeating words.
        logprobs: ask for the log probabilities of the answer's tokens, with a number for so many
            of the likeliest ones at each place.
        top_logprobs: that number under the vendor's own name, which wins over it.
        prompt_logprobs, top_prompt_logprobs: the same of the prompt's tokens.
        n: candidates; more than one is refused, use ``candidates(input, n=…)``.
        prediction: ``{"type": "content", "content": …}``: what most of the answer will be.
        reasoning_effort: ``"none"`` to ``"max"``, for models that can think.
        prompt_mode: ``"reasoning"`` for the vendor's own system prompt of its reasoning models.
        guardrails: moderation of the prompt by the vendor.
        prompt_cache_key: requests with the same key share a cache.
        service_tier: whether priority capacity may be used.
        safe_prompt: let the vendor put its safety prompt first.
    """

    provider: ClassVar[str] = PROVIDER
    api_key_env: ClassVar[tuple[str, ...]] = ("MISTRAL_API_KEY",)
    no_counting: ClassVar[str] = "Mistral has no endpoint that counts"
    models_path: ClassVar[str] = "v1/models"

    top_k: int | None = None
    min_tokens: int | None = None
    random_seed: int | None = None
    seed: int | None = None
    metadata: dict[str, Any] | None = None
    response_format: dict[str, Any] | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None
    repetition_penalty: float | None = None
    logprobs: Logprobs | None = None
    top_logprobs: int | None = Field(default=None, ge=0)
    prompt_logprobs: bool | None = None
    top_prompt_logprobs: int | None = Field(default=None, ge=0)
    n: int | None = None
    prediction: dict[str, Any] | None = None
    reasoning_effort: str | None = None
    prompt_mode: str | None = None
    guardrails: list[dict[str, Any]] | None = None
    prompt_cache_key: str | None = None
    service_tier: Literal["auto", "standard_only"] | None = None
    safe_prompt: bool | None = None

    def reasoning_parameters(self) -> dict[str, Any]:
        """See ``ModelSettings``."""
        if self.reasoning is None:
            return {}
        from .reasoning import reasoning_fields

        names = ("reasoning_effort", "prompt_mode")
        own = own_values({n: self.model_kwargs.get(n, getattr(self, n)) for n in names})
        return own or reasoning_fields(self.reasoning, self.model)

    # The codec is loaded by the first request: building a model does not pay for it (2 to 4 ms).

    def _server_tools(self) -> ServerToolTable:
        from .server_tools import SERVER_TOOLS

        return SERVER_TOOLS

    def _encode(
        self, messages: list[Message], options: CallOptions, *, stream: bool
    ) -> dict[str, Any]:
        from .encode import encode_request

        return encode_request(
            messages,
            options,
            model=self.model,
            settings={**request_settings(self, ChatMistralAI), **self.reasoning_parameters()},
            model_kwargs=self.model_kwargs,
            stream=stream,
        )

    def _decoder(self) -> Decoder:
        from .decode import MistralDecoder

        return MistralDecoder()

    def _candidate_wire(self) -> CandidateWire | None:
        from chat_completions.candidates import CHOICES

        return CHOICES

    def batch_jobs(self) -> BatchJobs:
        """See ``WireModel``."""
        from .batch_jobs import MistralJobs

        return MistralJobs()

    def _profile_names(self) -> tuple[str, ...]:
        """A fine-tuned model (``ft:BASE:…``) has the limits of its base."""
        _, mark, rest = self.model.partition("ft:")
        return (self.model, rest.partition(":")[0]) if mark else (self.model,)

    def media_limits(self) -> MediaLimits | None:
        """See ``WireModel``."""
        from .media_limits import LIMITS

        return LIMITS

    def file_store(self) -> FileStore:
        """See ``WireModel``."""
        from chat_completions.files import CompletionsFiles

        from .dialect import DIALECT

        return CompletionsFiles(DIALECT, vendor="Mistral", root="v1/", purpose="ocr")

    def _read_models(self, wire: Any) -> Page:
        from .model_list import read_models

        return read_models(wire)

    def _make_transport(self) -> Transport:
        from .client import TOKEN_FILE, MistralTransport

        if self.api_key is None and (file := os.environ.get(TOKEN_FILE)):
            return MistralTransport(base_url=self.base_url, token_file=file)
        return MistralTransport(api_key=self.get_api_key(), base_url=self.base_url)

    def _make_client_transport(self) -> Transport:
        from .sdk_client import MistralClientTransport

        return MistralClientTransport(self.client, self.async_client)

    def _error_from_response(
        self, status: int, headers: Mapping[str, str], body: bytes
    ) -> APIError:
        from .errors import error_from_response

        return error_from_response(status, headers, body)
