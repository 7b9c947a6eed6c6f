"""The settings that both Google APIs take, and how they become a request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from chat_core import APIError, InvalidParameterError
from chat_core.provider import CallOptions, ToolSpec, WireModel
from pydantic import Field, field_validator

from .decode import GeminiDecoder
from .dialect import Dialect
from .encode import RequestSettings, encode_request
from .errors import error_from_response
from .tool_names import given_names

if TYPE_CHECKING:
    from chat_core import Message
    from chat_core.provider import Decoder

__all__ = ["GeminiModel"]

_GENERATION = {
    "temperature": "temperature",
    "top_p": "topP",
    "top_k": "topK",
    "max_tokens": "maxOutputTokens",
    "stop": "stopSequences",
    "candidate_count": "candidateCount",
    "seed": "seed",
    "presence_penalty": "presencePenalty",
    "frequency_penalty": "frequencyPenalty",
    "response_logprobs": "responseLogprobs",
    "logprobs": "logprobs",
    "response_mime_type": "responseMimeType",
    "response_json_schema": "responseJsonSchema",
    "enable_enhanced_civic_answers": "enableEnhancedCivicAnswers",
}
"""Setting → field of ``generationConfig``, for values that are sent as they are."""

_CHECKED_GENERATION = {
    "response_schema": ("responseSchema", "Schema"),
    "image_config": ("imageConfig", "ImageConfig"),
    "speech_config": ("speechConfig", "SpeechConfig"),
}
"""Setting → field of ``generationConfig`` and its type in ``google.genai.types``."""

_IMAGE_OUTPUT = {"outputMimeType": "mimeType", "outputCompressionQuality": "compressionQuality"}

_REQUEST = {"cached_content": "cachedContent", "service_tier": "serviceTier", "labels": "labels"}
"""Setting → field of the body."""


class GeminiModel(WireModel):
    """A Gemini model behind either API.

    Settings beside those of ``ChatModel`` are the fields of Google's ``GenerationConfig`` and
    ``GenerateContentRequest`` under their Python names. Those that are objects are dicts
    (snake_case or camelCase) or objects of ``google.genai.types``, which checks them at the first
    call.

    Args:
        thinking_budget, thinking_level, include_thoughts: fields of ``thinking_config``, for short:
            tokens to think (0: none, -1: as needed); ``"minimal"``, ``"low"``, ``"medium"``,
            ``"high"``; whether the thoughts come with the answer.
        speech_config: a dict, or the name of a voice.
        safety_settings: a list of ``{"category", "threshold"}``, or ``{category: threshold}``.
        response_modalities: of ``"TEXT"``, ``"IMAGE"``, ``"AUDIO"``.
        media_resolution: ``"low"``, ``"medium"``, ``"high"``, or Google's whole word.
        tool_config: Google's ``ToolConfig``; the tool choice of a call is merged into it.
        stream_function_call_arguments: have the arguments of calls stream (Vertex AI).
    """

    dialect: ClassVar[Dialect]

    top_k: float | None = None
    candidate_count: int | None = None
    seed: int | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None
    response_logprobs: bool | None = None
    logprobs: int | None = Field(default=None, ge=0)
    response_mime_type: str | None = None
    response_schema: Any = None
    response_json_schema: dict[str, Any] | None = None
    response_modalities: list[str] | None = None
    media_resolution: str | None = None
    speech_config: Any = None
    image_config: Any = None
    thinking_config: Any = None
    thinking_budget: int | None = None
    thinking_level: str | None = None
    include_thoughts: bool | None = None
    safety_settings: list[Any] | None = None
    tool_config: Any = None
    stream_function_call_arguments: bool | None = None
    cached_content: str | None = None
    service_tier: str | None = None
    labels: dict[str, str] | None = None
    enable_enhanced_civic_answers: bool | None = None

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
            raise ValueError("one answer at a time; use batch([input] * n) for more")
        return count

    def _resource(self) -> str:
        """The model's name in the URL."""
        raise NotImplementedError

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

    def _error_from_response(
        self, status: int, headers: Mapping[str, str], body: bytes
    ) -> APIError:
        return error_from_response(status, headers, body, provider=self.provider)

    def _request_settings(self) -> RequestSettings:
        return RequestSettings(
            model=self._resource(),
            generation=self._generation_config(),
            request=self._request_fields(),
            tool_config=self._tool_config(),
            model_kwargs=self.model_kwargs,
        )

    def _present(self, names: Mapping[str, str]) -> dict[str, Any]:
        values = ((wire, getattr(self, name)) for name, wire in names.items())
        return {wire: value for wire, value in values if value is not None}

    def _generation_config(self) -> dict[str, Any]:
        config = self._present(_GENERATION)
        for name, (wire, kind) in _CHECKED_GENERATION.items():
            value = getattr(self, name)
            if isinstance(value, str) and name == "speech_config":
                config[wire] = {"voiceConfig": {"prebuiltVoiceConfig": {"voiceName": value}}}
            elif value is not None:
                config[wire] = _on_wire(self._check(kind, value, name))
        if self.response_modalities is not None:
            config["responseModalities"] = [str(word).upper() for word in self.response_modalities]
        if self.media_resolution is not None:
            word = self.media_resolution.upper().removeprefix("MEDIA_RESOLUTION_")
            config["mediaResolution"] = f"MEDIA_RESOLUTION_{word}"
        if thinking := self._thinking_config():
            config["thinkingConfig"] = thinking
        if ("responseSchema" in config or "responseJsonSchema" in config) and (
            "responseMimeType" not in config
        ):
            config["responseMimeType"] = "application/json"
        return config

    def _thinking_config(self) -> dict[str, Any]:
        config: dict[str, Any] = {}
        if self.thinking_config is not None:
            config = self._check("ThinkingConfig", self.thinking_config, "thinking_config")
        if self.thinking_budget is not None:
            config["thinkingBudget"] = self.thinking_budget
        if self.thinking_level is not None:
            config["thinkingLevel"] = self.thinking_level.upper()
        if self.include_thoughts is not None:
            config["includeThoughts"] = self.include_thoughts
        if "thinkingBudget" in config and "thinkingLevel" in config:
            raise InvalidParameterError(
                "thinking_budget and thinking_level exclude each other: Gemini 3 takes the level,"
                " Gemini 2.5 the budget."
            )
        return config

    def _request_fields(self) -> dict[str, Any]:
        fields = self._present(_REQUEST)
        if self.safety_settings is not None:
            fields["safetySettings"] = [
                self._check("SafetySetting", setting, "safety_settings")
                for setting in self.safety_settings
            ]
        return fields

    def _tool_config(self) -> dict[str, Any]:
        config: dict[str, Any] = {}
        if self.tool_config is not None:
            config = self._check("ToolConfig", self.tool_config, "tool_config")
        if self.stream_function_call_arguments is not None:
            calling = config.setdefault("functionCallingConfig", {})
            calling["streamFunctionCallArguments"] = self.stream_function_call_arguments
        return config

    def _checked_tools(self, options: CallOptions) -> CallOptions:
        """``options`` with tools and choice in Google's shape checked and in the wire's words."""
        from dataclasses import replace

        choice = options.tool_choice
        if isinstance(choice, dict):
            choice = self._check("ToolConfig", choice, "tool_choice")
        if choice is options.tool_choice and all(isinstance(t, ToolSpec) for t in options.tools):
            return options
        tools = tuple(
            tool if isinstance(tool, ToolSpec) else self._check("Tool", tool, "tools")
            for tool in options.tools
        )
        return replace(options, tools=tools, tool_choice=choice)

    @staticmethod
    def _check(kind: str, value: Any, where: str) -> dict[str, Any]:
        from .sdk_types import checked

        return checked(kind, value, where=where)


def _on_wire(checked: dict[str, Any]) -> dict[str, Any]:
    """The SDK has two names of its own for what the wire calls ``imageOutputOptions``."""
    options = {
        wire: checked.pop(name)
        for name, wire in _IMAGE_OUTPUT.items()
        if checked.get(name) is not None
    }
    if options:
        checked["imageOutputOptions"] = {**options, **checked.get("imageOutputOptions", {})}
    return checked
