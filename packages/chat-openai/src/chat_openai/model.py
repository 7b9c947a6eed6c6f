"""``ChatOpenAI`` and ``ChatOpenAICompatible``: settings, wired to the codecs of two wires."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from chat_completions.decode import CompletionsDecoder
from chat_completions.encode import encode_request as encode_completions
from chat_core import InvalidParameterError
from chat_core.provider import WireModel, clean_key, reveal
from pydantic import Field

from .dialect import CompatibleDialect, OpenAIDialect
from .errors import error_from_response
from .names import COMPATIBLE, OPENAI
from .provenance import as_told_to_completions
from .responses_decode import ResponsesDecoder
from .responses_request import HELD_BY_VENDOR
from .responses_request import encode_request as encode_responses
from .strict_schema import strict_options

if TYPE_CHECKING:
    from chat_completions.dialect import Dialect
    from chat_core import APIError, Message
    from chat_core.provider import CallOptions, Decoder, Transport

__all__ = ["ChatOpenAI", "ChatOpenAICompatible"]

_BOTH = frozenset(
    {
        "temperature",
        "top_p",
        "max_tokens",
        "logprobs",
        "metadata",
        "moderation",
        "prompt_cache_key",
        "prompt_cache_options",
        "prompt_cache_retention",
        "reasoning_effort",
        "safety_identifier",
        "service_tier",
        "store",
        "stream_options",
        "top_logprobs",
        "user",
        "verbosity",
    }
)
_COMPLETIONS_ONLY = frozenset(
    {
        "audio",
        "frequency_penalty",
        "logit_bias",
        "max_completion_tokens",
        "modalities",
        "n",
        "prediction",
        "presence_penalty",
        "response_format",
        "seed",
        "stop",
        "web_search_options",
    }
)
_RESPONSES_ONLY = frozenset(
    {
        "access_programs",
        "background",
        "background_options",
        "context_management",
        "conversation",
        "image",
        "include",
        "instructions",
        "max_output_tokens",
        "max_tool_calls",
        "previous_response_id",
        "prompt",
        "reasoning",
        "text",
        "truncation",
    }
)
"""The fields that are parameters of a request, by the endpoints that have them."""

_CONNECTION = frozenset({"organization", "project", "default_query"})
"""Settings of the connection besides those that core knows."""


class _OpenAIWire(WireModel):
    """What both classes share: the parameters of both endpoints under their own names.

    A parameter of the other endpoint is refused before anything is sent, never dropped.
    """

    api: Literal["chat-completions", "responses"] = "chat-completions"

    audio: dict[str, Any] | None = None
    frequency_penalty: float | None = None
    logit_bias: dict[str, int] | None = None
    logprobs: bool | None = None
    max_completion_tokens: int | None = Field(default=None, ge=1)
    metadata: dict[str, str] | None = None
    modalities: list[str] | None = None
    moderation: dict[str, Any] | None = None
    n: int | None = None
    prediction: dict[str, Any] | None = None
    presence_penalty: float | None = None
    prompt_cache_key: str | None = None
    prompt_cache_options: dict[str, Any] | None = None
    prompt_cache_retention: str | None = None
    reasoning_effort: str | None = None
    response_format: dict[str, Any] | None = None
    safety_identifier: str | None = None
    seed: int | None = None
    service_tier: str | None = None
    store: bool | None = None
    stream_options: dict[str, Any] | None = None
    top_logprobs: int | None = None
    user: str | None = None
    verbosity: str | None = None
    web_search_options: dict[str, Any] | None = None

    access_programs: Any = None
    background: bool | None = None
    background_options: dict[str, Any] | None = None
    context_management: list[dict[str, Any]] | None = None
    conversation: str | dict[str, Any] | None = None
    image: dict[str, Any] | None = None
    include: list[str] | None = None
    instructions: str | None = None
    max_output_tokens: int | None = Field(default=None, ge=1)
    max_tool_calls: int | None = None
    previous_response_id: str | None = None
    prompt: dict[str, Any] | None = None
    reasoning: dict[str, Any] | None = None
    text: dict[str, Any] | None = None
    truncation: str | None = None

    stream_usage: bool = True
    default_query: dict[str, Any] | None = None

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        if name in _CONNECTION:
            self._forget_connection()

    def _dialect(self) -> Dialect:
        raise NotImplementedError

    def _settings(self, theirs: frozenset[str], others: frozenset[str]) -> dict[str, Any]:
        """The parameters for one endpoint. Raises ``InvalidParameterError`` for the other's."""
        for name in sorted(others):
            if getattr(self, name) is not None:
                raise InvalidParameterError(
                    f"{name} is no parameter of api={self.api!r}; take it away, or use the other"
                    f" api. What this server takes beyond the documentation: model_kwargs="
                    f"{{{name!r}: …}}."
                )
        return {name: getattr(self, name) for name in sorted(_BOTH | theirs)}

    def _vendor_holds_turns(self) -> bool:
        if self.api != "responses":
            return False
        return any(self.model_kwargs.get(n, getattr(self, n)) for n in HELD_BY_VENDOR)

    def _encode(
        self, messages: list[Message], options: CallOptions, *, stream: bool
    ) -> dict[str, Any]:
        options = strict_options(options, by_default=self.provider == OPENAI)
        if self.api == "responses":
            return encode_responses(
                messages,
                model=self.model,
                settings=self._settings(_RESPONSES_ONLY, _COMPLETIONS_ONLY),
                options=options,
                stream=stream,
                dialect=self._dialect(),
                model_kwargs=self.model_kwargs,
            )
        return encode_completions(
            as_told_to_completions(messages),
            model=self.model,
            settings=self._settings(_COMPLETIONS_ONLY, _RESPONSES_ONLY),
            options=options,
            stream=stream,
            dialect=self._dialect(),
            stream_usage=self.stream_usage,
            model_kwargs=self.model_kwargs,
        )

    def _decoder(self) -> Decoder:
        if self.api == "responses":
            return ResponsesDecoder(self._dialect())
        audio_format = (self.audio or {}).get("format")
        return CompletionsDecoder(self._dialect(), audio_format=audio_format)

    def _error_from_response(
        self, status: int, headers: Mapping[str, str], body: bytes
    ) -> APIError:
        return error_from_response(status, headers, body, self._dialect())


class ChatOpenAI(_OpenAIWire):
    """A model of OpenAI, by Chat Completions or by Responses.

    The key is ``api_key`` or the environment's ``OPENAI_API_KEY``; ``base_url`` ends in ``/v1``.
    Every parameter that OpenAI documents for either endpoint is a field under its own name,
    ``None`` meaning not sent; dicts are in OpenAI's shape. What is set is sent, also where a model
    refuses it (reasoning models and ``temperature``): dropping it would be a lie about the answer.

    Args:
        api: ``"chat-completions"`` or ``"responses"``.
        max_tokens: goes out as ``max_completion_tokens`` for reasoning models (o1, o3, gpt-5 …)
            and as ``max_output_tokens`` on Responses.
        reasoning_effort, verbosity, logprobs: for both endpoints; on Responses they become
            ``reasoning.effort``, ``text.verbosity`` and an entry of ``include``.
        store: with ``False`` on Responses, reasoning models are asked for their encrypted
            reasoning, so that it goes back with the history.
        previous_response_id, conversation, prompt: the vendor holds earlier turns; the messages
            are then the new ones alone.
        stream_usage: ask Chat Completions streams for their token usage.
        organization, project: who pays; the environment's ``OPENAI_ORG_ID``, ``OPENAI_PROJECT_ID``.
        default_query: query parameters of every request.
    """

    provider: ClassVar[str] = OPENAI
    api_key_env: ClassVar[tuple[str, ...]] = ("OPENAI_API_KEY",)

    organization: str | None = None
    project: str | None = None

    def _dialect(self) -> Dialect:
        return OpenAIDialect()

    def _make_transport(self) -> Transport:
        from .client import OpenAITransport

        return OpenAITransport(
            api_key=self.get_api_key(),
            base_url=self.base_url,
            organization=self.organization,
            project=self.project,
            query=self.default_query,
        )


class ChatOpenAICompatible(_OpenAIWire):
    """Any server that speaks OpenAI's wire: vLLM, Ollama, OpenRouter, DeepSeek, xAI, Azure …

    ``base_url`` is required and ends where the SDK wants it to (mostly ``/v1``). ``api_key`` is
    optional, and no environment variable stands in for it: another server's key must not go astray.
    What a server takes beyond OpenAI's parameters goes into ``model_kwargs``.

    Args:
        stream_usage: set it to ``False`` for servers that refuse ``stream_options``.
        replay_reasoning: send reasoning text back with the history, in the field that it came in.
            DeepSeek, OpenRouter, Ollama and vLLM expect it; set it to ``False`` for a server that
            refuses the field.
        default_query: query parameters of every request, such as Azure's ``api-version``.
        default_headers: headers of every request, such as Azure's ``api-key``.
    """

    provider: ClassVar[str] = COMPATIBLE

    base_url: str = Field(min_length=1)
    replay_reasoning: bool = True

    def _dialect(self) -> Dialect:
        return CompatibleDialect(replays_reasoning=self.replay_reasoning)

    def _make_transport(self) -> Transport:
        from .client import CompatibleTransport

        return CompatibleTransport(
            base_url=self.base_url,
            api_key=clean_key(reveal(self.api_key or "")) or None,
            query=self.default_query,
        )
