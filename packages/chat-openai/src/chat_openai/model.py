"""``ChatOpenAI``, and what it shares with other servers: settings, wired to two codecs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from chat_core import InvalidParameterError
from chat_core.provider import Connection, Logprobs, Reasoning, WireModel, read_reasoning
from pydantic import Field, field_validator

from .names import AZURE, HELD_BY_VENDOR, OPENAI
from .parameters import Completions, Local, Responses, parameters

if TYPE_CHECKING:
    from chat_completions.dialect import Dialect
    from chat_core import APIError, Message
    from chat_core.provider import (
        BatchJobs,
        CacheMarks,
        CallOptions,
        CandidateWire,
        Decoder,
        FileStore,
        MediaLimits,
        Operation,
        Page,
        ServerToolTable,
        Transport,
    )

__all__ = ["ChatOpenAI", "OpenAIWire"]


class OpenAIWire(WireModel):
    """What the classes share: the parameters of both endpoints under their own names.

    A field is a parameter of both endpoints unless its type names one (``parameters.py``). A
    parameter of the other endpoint is refused before anything is sent, never dropped.
    """

    idempotency_header: ClassVar[str | None] = "Idempotency-Key"

    api: Local[Literal["chat-completions", "responses"]] = "chat-completions"

    audio: Completions[dict[str, Any] | None] = None
    frequency_penalty: Completions[float | None] = None
    logit_bias: Completions[dict[str, int] | None] = None
    logprobs: Logprobs | None = None
    max_completion_tokens: Completions[int | None] = Field(default=None, ge=1)
    metadata: dict[str, str] | None = None
    modalities: list[str] | None = None
    moderation: dict[str, Any] | None = None
    n: Completions[int | None] = None
    prediction: Completions[dict[str, Any] | None] = None
    presence_penalty: Completions[float | None] = None
    prompt_cache_key: str | None = None
    prompt_cache_options: dict[str, Any] | None = None
    prompt_cache_retention: str | None = None
    reasoning_effort: str | None = None
    response_format: Completions[dict[str, Any] | None] = None
    safety_identifier: str | None = None
    seed: Completions[int | None] = None
    service_tier: str | None = None
    store: bool | None = None
    stream_options: dict[str, Any] | None = None
    top_logprobs: int | None = None
    user: str | None = None
    verbosity: str | None = None
    web_search_options: Completions[dict[str, Any] | None] = None

    access_programs: Responses[Any] = None
    background: Responses[bool | None] = None
    background_options: Responses[dict[str, Any] | None] = None
    context_management: Responses[list[dict[str, Any]] | None] = None
    conversation: Responses[str | dict[str, Any] | None] = None
    image: Responses[dict[str, Any] | None] = None
    include: Responses[list[str] | None] = None
    instructions: Responses[str | None] = None
    max_output_tokens: Responses[int | None] = Field(default=None, ge=1)
    max_tool_calls: Responses[int | None] = None
    previous_response_id: Responses[str | None] = None
    prompt: Responses[dict[str, Any] | None] = None
    # A word stands for the effort at both endpoints; a dict is the parameter of Responses.
    reasoning: Reasoning | dict[str, Any] | None = None  # type: ignore[assignment]
    text: Responses[dict[str, Any] | None] = None
    truncation: Responses[str | None] = None

    stream_usage: Local[bool] = True
    default_query: Annotated[Local[dict[str, Any] | None], Connection] = None

    def _candidate_wire(self) -> CandidateWire | None:
        if self.api != "chat-completions":
            return None
        from chat_completions.candidates import CHOICES

        return CHOICES

    def _make_client_transport(self) -> Transport:
        from .sdk_client import OpenAIClientTransport

        return OpenAIClientTransport(self.client, self.async_client)

    def _dialect(self) -> Dialect:
        raise NotImplementedError

    @field_validator("reasoning", mode="before")
    @classmethod
    def _reasoning_is_a_word(cls, reasoning: object) -> object:
        return reasoning if isinstance(reasoning, dict) else read_reasoning(reasoning)

    takes_any_model: ClassVar[bool] = True
    """Whether a name that is none of OpenAI's may stand for a model that reasons."""

    def reasoning_parameters(self) -> dict[str, Any]:
        """See ``ModelSettings``."""
        if self.reasoning is None or isinstance(self.reasoning, dict):
            return {}
        from .reasoning import choose_effort

        own = self.model_kwargs.get("reasoning_effort", self.reasoning_effort)
        given = self.model_kwargs.get("reasoning") or {}
        effort = own or given.get("effort")
        if effort is None:
            effort = choose_effort(
                self.reasoning,
                self.model,
                provider=self.provider,
                is_open=self.takes_any_model,
            )
        if effort is None:
            return {}
        if self.api == "responses":
            return {"reasoning": {"effort": effort, **given}}
        return {"reasoning_effort": effort}

    def _settings(self) -> dict[str, Any]:
        """The parameters for this endpoint. Raises ``InvalidParameterError`` for the other's."""
        sent: dict[str, Any] = {}
        values = vars(self)  # a model has many parameters, and getattr takes twice as long
        if isinstance(self.reasoning, dict):
            sent["reasoning"] = self.reasoning
            if self.api != "responses":
                raise _of_other_api("reasoning", self.api)
        for name, endpoint in parameters(OpenAIWire).items():
            value = values[name]
            if endpoint is None or endpoint == self.api:
                sent[name] = value
            elif value is not None:
                raise _of_other_api(name, self.api)
        if self.modalities and self.api == "chat-completions":
            from .modalities import audio_settings, refuse_images

            if self.provider in (OPENAI, AZURE):
                refuse_images(self.modalities)
            sent["audio"] = audio_settings(self.modalities, self.audio)
        return {**sent, **self.reasoning_parameters()}

    @field_validator("modalities")
    @classmethod
    def _modalities_in_lower_case(cls, given: list[str] | None) -> list[str] | None:
        return given and [each.lower() for each in given]

    def _vendor_holds_turns(self) -> bool:
        if self.api != "responses":
            return False
        return any(self.model_kwargs.get(n, getattr(self, n)) for n in HELD_BY_VENDOR)

    # The codec is loaded by the first request: building a model does not pay for it (2 to 4 ms).

    def _server_tools(self) -> ServerToolTable:
        from .server_tools import completions_tools, responses_tools

        vendor = f"{self.provider} with api={self.api!r}"
        is_own = self.provider in (OPENAI, AZURE)
        if self.api == "responses":
            return responses_tools(vendor, includes=is_own)
        return completions_tools(
            vendor, self.model, knows_responses=is_own, searches=self.provider == OPENAI
        )

    def _encode(
        self, messages: list[Message], options: CallOptions, *, stream: bool
    ) -> dict[str, Any]:
        from chat_completions.strict_schema import strict_options

        if self.provider in (OPENAI, AZURE):
            from .tool_names import check_tool_names, with_plain_roots

            check_tool_names(options)
            options = with_plain_roots(options)
        options = strict_options(options, by_default=self.provider in (OPENAI, AZURE))
        if self.api == "responses":
            from .responses_request import encode_request as encode_responses

            return encode_responses(
                messages,
                model=self.model,
                settings=self._settings(),
                options=options,
                stream=stream,
                dialect=self._dialect(),
                model_kwargs={**self.model_kwargs, **self.reasoning_parameters()},
            )
        from chat_completions.encode import encode_request as encode_completions

        from .provenance import as_foreign_to_completions

        return encode_completions(
            as_foreign_to_completions(messages),
            model=self.model,
            settings=self._settings(),
            options=options,
            stream=stream,
            dialect=self._dialect(),
            stream_usage=self.stream_usage,
            model_kwargs=self.model_kwargs,
        )

    def _decoder(self) -> Decoder:
        if self.api == "responses":
            from .responses_decode import ResponsesDecoder

            return ResponsesDecoder(self._dialect())
        from chat_completions.decode import CompletionsDecoder

        from .modalities import audio_settings

        audio = audio_settings(self.modalities, self.audio) or {}
        return CompletionsDecoder(self._dialect(), audio_format=audio.get("format"))

    def _error_from_response(
        self, status: int, headers: Mapping[str, str], body: bytes
    ) -> APIError:
        from .errors import error_from_response

        return error_from_response(status, headers, body, self._dialect())


def _of_other_api(name: str, api: str) -> InvalidParameterError:
    return InvalidParameterError(
        f"{name} is no parameter of api={api!r}; take it away, or use the other api. What this"
        f" server takes beyond the documentation: model_kwargs={{{name!r}: …}}."
    )


class ChatOpenAI(OpenAIWire):
    """A model of OpenAI, by Chat Completions or by Responses.

    The key is ``api_key`` or the environment's ``OPENAI_API_KEY``; ``base_url`` ends in ``/v1``.
    Every parameter that OpenAI documents for either endpoint is a field under its own name,
    ``None`` meaning not sent; dicts are in OpenAI's shape. What is set is sent, also where a model
    refuses it (reasoning models and ``temperature``): without it the answer would be another one.

    Args:
        api: ``"chat-completions"`` or ``"responses"``.
        max_tokens: goes out as ``max_completion_tokens`` for reasoning models (o1, o3, gpt-5 …)
            and as ``max_output_tokens`` on Responses.
        reasoning: a word (``"off"`` to ``"max"``), or the dict of Responses with ``effort`` and
            ``summary``.
        reasoning_effort, verbosity: for both endpoints; on Responses they become
            ``reasoning.effort`` and ``text.verbosity``.
        logprobs: whether the answer has the log probabilities of its tokens; with a number also
            those of so many of the likeliest tokens at each place (``top_logprobs``).
        modalities: what the answer consists of: ``["text", "audio"]`` by Chat Completions, where
            ``audio`` names voice and format (else alloy and pcm16); ``["text", "image"]`` by
            Responses, whose tool makes the images.
        store: with ``False`` on Responses, reasoning models are asked for their encrypted
            reasoning, so that it goes back with the history.
        previous_response_id, conversation, prompt: the vendor holds earlier turns; the messages
            are then the new ones alone.
        stream_usage: ask Chat Completions streams for their token usage.
        organization, project: who pays; the environment's ``OPENAI_ORG_ID``, ``OPENAI_PROJECT_ID``.
        client, async_client: an ``openai.OpenAI`` and an ``openai.AsyncOpenAI``, or subclasses such
            as ``AzureOpenAI``, that carry the requests.
        default_query: query parameters of every request.
    """

    provider: ClassVar[str] = OPENAI
    api_key_env: ClassVar[tuple[str, ...]] = ("OPENAI_API_KEY",)
    base_url_env: ClassVar[tuple[str, ...]] = ("OPENAI_BASE_URL",)
    base_url_suffix: ClassVar[str] = "/v1"
    models_path: ClassVar[str] = "models"
    takes_any_model: ClassVar[bool] = False

    organization: Annotated[Local[str | None], Connection] = None
    project: Annotated[Local[str | None], Connection] = None

    def _dialect(self) -> Dialect:
        from .dialect import OpenAIDialect

        return OpenAIDialect()

    def _cache_marks(self) -> CacheMarks | None:
        from .cache_marks import cache_marks

        return cache_marks(self.model)

    def _profile_names(self) -> tuple[str, ...]:
        """A fine-tuned model (``ft:BASE:…``) has the limits of its base."""
        _, mark, rest = self.model.partition("ft:")
        return (self.model, rest.partition(":")[0]) if mark else (self.model,)

    def _count_tokens(self, body: Mapping[str, Any]) -> Operation[int] | int:
        from .token_count import count_operation, count_with_tiktoken

        if self.api == "responses":
            return count_operation(body, self._dialect())
        return count_with_tiktoken(body)

    def batch_jobs(self) -> BatchJobs:
        """See ``WireModel``."""
        from .batch_jobs import openai_jobs

        return openai_jobs(self.api, self._dialect())

    def media_limits(self) -> MediaLimits | None:
        """See ``WireModel``."""
        from .media_limits import LIMITS

        return LIMITS

    def file_store(self) -> FileStore:
        """See ``WireModel``."""
        from chat_completions.files import CompletionsFiles

        return CompletionsFiles(self._dialect(), vendor="OpenAI", root="", purpose="user_data")

    def _read_models(self, wire: Any) -> Page:
        from chat_completions.model_list import read_models

        return read_models(wire, self._dialect())

    def _make_transport(self) -> Transport:
        from .client import OpenAITransport

        return OpenAITransport(
            api_key=self.get_api_key(),
            base_url=self.base_url,
            organization=self.organization,
            project=self.project,
            query=self.default_query,
        )
