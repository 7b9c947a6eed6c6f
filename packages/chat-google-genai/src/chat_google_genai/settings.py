"""The settings that both Google APIs take, and how they become a request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from chat_core import APIError, InvalidParameterError
from chat_core.provider import CallOptions, CandidateWire, Logprobs, ToolSpec
from pydantic import field_validator
from pydantic.alias_generators import to_camel

from .caching_model import CachingModel
from .decode import GeminiDecoder
from .dialect import Dialect
from .encode import RequestSettings, encode_request
from .errors import error_from_response
from .logprobs import ask_logprobs
from .request_fields import Sent, checked, merge_body, merge_dicts, request_body
from .tool_names import given_names

if TYPE_CHECKING:
    from chat_core import Message
    from chat_core.provider import Decoder, ServerToolTable, Transport

__all__ = ["GeminiModel"]

_CONFIG = ("generationConfig",)
_THINKING = ("generationConfig", "thinkingConfig")


def _upper(value: Any, setting: str) -> Any:
    return value.upper() if isinstance(value, str) else [str(word).upper() for word in value]


def _resolution(value: str, setting: str) -> str:
    return f"MEDIA_RESOLUTION_{value.upper().removeprefix('MEDIA_RESOLUTION_')}"


def _speech(value: Any, setting: str) -> Any:
    if isinstance(value, str):
        return {"voiceConfig": {"prebuiltVoiceConfig": {"voiceName": value}}}
    return checked("SpeechConfig")(value, setting)


def _image(value: Any, setting: str) -> Any:
    """The SDK has two names of its own for what the wire calls ``imageOutputOptions``."""
    config: dict[str, Any] = checked("ImageConfig")(value, setting)
    options = {
        wire: config.pop(name)
        for name, wire in _IMAGE_OUTPUT.items()
        if config.get(name) is not None
    }
    if options:
        config["imageOutputOptions"] = {**options, **config.get("imageOutputOptions", {})}
    return config


_IMAGE_OUTPUT = {"outputMimeType": "mimeType", "outputCompressionQuality": "compressionQuality"}


def _safety(value: list[Any], setting: str) -> list[Any]:
    return [checked("SafetySetting")(each, setting) for each in value]


class GeminiModel(CachingModel):
    """A Gemini model behind either API.

    Settings beside those of ``ChatModel`` are the fields of Google's ``GenerationConfig`` and
    ``GenerateContentRequest`` under their Python names. Those that are objects are dicts
    (snake_case or camelCase) or objects of ``google.genai.types``, which checks them at the first
    call.

    Args:
        thinking_budget, thinking_level, include_thoughts: fields of ``thinking_config``, for short:
            tokens to think (0: none, -1: as needed); ``"minimal"``, ``"low"``, ``"medium"``,
            ``"high"``; whether the thoughts come with the answer.
        logprobs: whether the answer has the log probabilities of its tokens; with a number also
            those of so many of the likeliest tokens at each place.
        response_logprobs: Google's switch for them, which ``logprobs`` sets.
        speech_config: a dict, or the name of a prebuilt ``voiceName``.
        safety_settings: a list of ``{"category", "threshold"}``, or ``{category: threshold}``.
        modalities: what the answer consists of: ``"text"``, ``"image"``, ``"audio"``.
        response_modalities: Google's name for it, which wins over it.
        media_resolution: ``"low"``, ``"medium"``, ``"high"``, or Google's whole word.
        tool_config: Google's ``ToolConfig``; the tool choice of a call is merged into it.
        continuation_token: the token of an answer that ended in ``CONTINUATION``, which asks for
            the rest of it.
        stream_function_call_arguments: have the arguments of calls stream (Vertex AI).
    """

    dialect: ClassVar[Dialect]

    top_k: Annotated[float | None, Sent(_CONFIG)] = None
    candidate_count: Annotated[int | None, Sent(_CONFIG)] = None
    seed: Annotated[int | None, Sent(_CONFIG)] = None
    presence_penalty: Annotated[float | None, Sent(_CONFIG)] = None
    frequency_penalty: Annotated[float | None, Sent(_CONFIG)] = None
    response_logprobs: Annotated[bool | None, Sent(_CONFIG)] = None
    logprobs: Annotated[Logprobs | None, Sent(_CONFIG)] = None
    response_mime_type: Annotated[str | None, Sent(_CONFIG)] = None
    response_schema: Annotated[Any, Sent(_CONFIG, write=checked("Schema"))] = None
    response_json_schema: Annotated[dict[str, Any] | None, Sent(_CONFIG)] = None
    modalities: Annotated[
        list[str] | None, Sent(_CONFIG, name="responseModalities", write=_upper)
    ] = None
    response_modalities: Annotated[list[str] | None, Sent(_CONFIG, write=_upper)] = None
    media_resolution: Annotated[str | None, Sent(_CONFIG, write=_resolution)] = None
    speech_config: Annotated[Any, Sent(_CONFIG, write=_speech)] = None
    image_config: Annotated[Any, Sent(_CONFIG, write=_image)] = None
    audio_transcription_config: Annotated[
        Any, Sent(_CONFIG, write=checked("AudioTranscriptionConfig"))
    ] = None
    enable_enhanced_civic_answers: Annotated[bool | None, Sent(_CONFIG)] = None
    thinking_config: Annotated[Any, Sent(_CONFIG, write=checked("ThinkingConfig"))] = None
    thinking_budget: Annotated[int | None, Sent(_THINKING)] = None
    thinking_level: Annotated[str | None, Sent(_THINKING, write=_upper)] = None
    include_thoughts: Annotated[bool | None, Sent(_THINKING)] = None
    safety_settings: Annotated[list[Any] | None, Sent(write=_safety)] = None
    tool_config: Annotated[Any, Sent(write=checked("ToolConfig"))] = None
    stream_function_call_arguments: Annotated[
        bool | None, Sent(("toolConfig", "functionCallingConfig"))
    ] = None
    cached_content: Annotated[str | None, Sent()] = None
    continuation_token: Annotated[str | None, Sent()] = None
    service_tier: Annotated[str | None, Sent()] = None
    labels: Annotated[dict[str, str] | None, Sent()] = None
    store: Annotated[bool | None, Sent()] = None

    @field_validator("safety_settings", mode="before")
    @classmethod
    def _safety_by_category(cls, given: Any) -> Any:
        if isinstance(given, Mapping):
            return [{"category": name, "threshold": level} for name, level in given.items()]
        return given

    @field_validator("candidate_count")
    @classmethod
    def _one_candidate(cls, count: int | None) -> int | None:
        if count not in (None, 1):
            raise ValueError("one answer at a time; candidates(input, n=…) asks for more")
        return count

    def reasoning_parameters(self) -> dict[str, Any]:
        """See ``ModelSettings``; ``thinkingConfig`` within ``generationConfig``."""
        if self.reasoning is None:
            return {}
        own = self._own_thinking()
        if own.keys() & {"thinkingBudget", "thinkingLevel"}:
            return {"generationConfig": {"thinkingConfig": own}}
        from .reasoning import thinking_fields

        fields = thinking_fields(self.reasoning, self.model, self.provider)
        wire = {to_camel(name): value for name, value in fields.items()}
        whole = {**wire, **own}
        return {"generationConfig": {"thinkingConfig": whole}} if whole else {}

    def _own_thinking(self) -> dict[str, Any]:
        """What the user's own settings and ``model_kwargs`` put into ``thinkingConfig``."""
        body = merge_body(request_body(self), self.model_kwargs)
        config = body.get("generationConfig") or body.get("generation_config") or {}
        own = config.get("thinkingConfig") or config.get("thinking_config") or {}
        return {to_camel(name) if "_" in name else name: own[name] for name in own}

    def _resource(self) -> str:
        """Return the model's name in the URL."""
        raise NotImplementedError

    def _cache_model(self) -> str:
        return self._resource()

    def _server_tools(self) -> ServerToolTable:
        from .server_tools import server_tools

        return server_tools(self.dialect, self.model)

    def _encode(
        self, messages: list[Message], options: CallOptions, *, stream: bool
    ) -> dict[str, Any]:
        return encode_request(
            messages, self._checked_tools(options), self._request_settings(), self.dialect
        )

    def _decoder(self) -> Decoder:
        return GeminiDecoder(self.provider, self.model)

    def _decoder_for(self, options: CallOptions) -> Decoder:
        names = given_names(tool.name for tool in options.tools if isinstance(tool, ToolSpec))
        return GeminiDecoder(self.provider, self.model, names)

    def _candidate_wire(self) -> CandidateWire | None:
        return CandidateWire("candidates", ("generationConfig", "candidateCount"))

    def _make_client_transport(self) -> Transport:
        from .sdk_client import GenAIClientTransport

        return GenAIClientTransport(self.client, self.async_client)

    def _error_from_response(
        self, status: int, headers: Mapping[str, str], body: bytes
    ) -> APIError:
        return error_from_response(status, headers, body, provider=self.provider)

    def _request_settings(self) -> RequestSettings:
        body = request_body(self)
        if thought := self.reasoning_parameters():
            body = merge_dicts(body, thought)
        config = body.get("generationConfig", {})
        ask_logprobs(config)
        thinking = config.get("thinkingConfig", {})
        if "thinkingBudget" in thinking and "thinkingLevel" in thinking:
            raise InvalidParameterError(
                "thinking_budget and thinking_level exclude each other: Gemini 3 takes the level,"
                " Gemini 2.5 the budget."
            )
        if "responseSchema" in config or "responseJsonSchema" in config:
            config.setdefault("responseMimeType", "application/json")
        return RequestSettings(model=self._resource(), body=body, model_kwargs=self.model_kwargs)

    def _checked_tools(self, options: CallOptions) -> CallOptions:
        """Return ``options`` with tools and choice in Google's shape checked and spelled for it."""
        choice = options.tool_choice
        if isinstance(choice, dict):
            choice = checked("ToolConfig")(choice, "tool_choice")
        if choice is options.tool_choice and all(isinstance(t, ToolSpec) for t in options.tools):
            return options
        tools = tuple(
            tool if isinstance(tool, ToolSpec) else checked("Tool")(tool, "tools")
            for tool in options.tools
        )
        return replace(options, tools=tools, tool_choice=choice)
