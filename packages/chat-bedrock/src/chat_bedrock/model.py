"""``ChatBedrock``: the settings of a model on Amazon Bedrock, wired to codec and client."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from chat_core import InvalidParameterError
from chat_core.provider import Connection, WireModel
from pydantic import Field

from .decode import ConverseDecoder
from .encode import INFERENCE, encode_request
from .encode_tools import names_of_tools
from .endpoint import check_region, profile_names, region_of
from .errors import error_from_response
from .families import forces_one_tool, forces_tools
from .names import KEY_VARIABLE, PROVIDER

if TYPE_CHECKING:
    from chat_core import APIError, Message
    from chat_core.provider import (
        BatchJobs,
        CacheMarks,
        CallOptions,
        Decoder,
        MediaLimits,
        Operation,
        ServerToolTable,
        Transport,
    )

__all__ = ["ChatBedrock"]

_REASONING = ("thinking", "reasoning_config", "reasoningConfig", "reasoning", "reasoning_effort")
"""Additional request fields that say how a model reasons."""

_OF_THE_CONNECTION = ("region", "aws_profile", "credentials")


class ChatBedrock(WireModel):
    """A chat model on Amazon Bedrock, by the Converse API.

    A request carries an API key of Bedrock (``api_key``, else ``AWS_BEARER_TOKEN_BEDROCK``), or is
    signed with credentials of AWS. ``aws_profile`` and ``credentials`` go before the environment's
    key. ``None`` means not sent. Dicts are in the vendor's shape.

    Args:
        model: a model's id (``"amazon.nova-lite-v1:0"``), an inference profile
            (``"us.anthropic.claude-haiku-4-5-20251001-v1:0"``), or an ARN.
        region: the region; else that of the model's ARN, ``AWS_REGION``, ``AWS_DEFAULT_REGION`` or
            the profile.
        aws_profile: a profile of the configuration files of AWS; else ``AWS_PROFILE``.
        credentials: a dict with ``aws_access_key_id``, ``aws_secret_access_key`` and maybe
            ``aws_session_token``; credentials of botocore; or a session of boto3 or botocore. Never
            shown, dumped or pickled.
        base_url: another host; else ``AWS_ENDPOINT_URL_BEDROCK_RUNTIME``, else
            ``AWS_ENDPOINT_URL``, else that of the region.
        additional_model_request_fields: parameters that the model has beyond Converse's, such as
            ``{"thinking": {"type": "enabled", "budget_tokens": 2048}}``.
        additional_model_response_field_paths: JSON pointers to what comes back in
            ``response_metadata["additionalModelResponseFields"]``.
        effort: how much the model puts into an answer; short for ``output_config["effort"]``.
        guardrail_config: ``guardrailIdentifier``, ``guardrailVersion``, ``trace``, and for streams
            ``streamProcessingMode``.
        output_config: ``textFormat``, ``effort``.
        performance_config: ``{"latency": "optimized"}``.
        project_identifier: the project that the request belongs to.
        prompt_variables: the variables of a prompt whose ARN is the model.
        request_metadata: pairs that stand in the invocation logs.
        service_tier: the tier that processes the request.
    """

    provider: ClassVar[str] = PROVIDER
    no_batch_jobs: ClassVar[str] = (
        "rows and answers lie in S3, which takes requests signed with credentials of AWS and no"
        " API key of Bedrock"
    )
    no_files: ClassVar[str] = "Bedrock reads files from S3"
    instead_of_upload: ClassVar[str] = (
        "Upload it there and give FileBlock('s3://bucket/file', mime_type=…), or send it with the"
        " message by FileBlock.from_path(…)"
    )
    no_model_list: ClassVar[str] = (
        "Amazon lists them at the control plane of Bedrock (aws bedrock list-foundation-models),"
        " which is another address than the one that answers"
    )
    api_key_env: ClassVar[tuple[str, ...]] = (KEY_VARIABLE,)
    base_url_env: ClassVar[tuple[str, ...]] = (
        "AWS_ENDPOINT_URL_BEDROCK_RUNTIME",
        "AWS_ENDPOINT_URL",
    )
    structured_output_method: ClassVar[Literal["json_schema", "function_calling"]] = (
        "function_calling"  # which every model with tools has
    )

    region: Annotated[str | None, Connection] = None
    aws_profile: Annotated[str | None, Connection] = None
    credentials: Annotated[Any, Connection] = Field(default=None, repr=False, exclude=True)
    additional_model_request_fields: dict[str, Any] | None = None
    additional_model_response_field_paths: list[str] | None = None
    effort: str | None = None
    guardrail_config: dict[str, Any] | None = None
    output_config: dict[str, Any] | None = None
    performance_config: dict[str, Any] | None = None
    project_identifier: str | None = None
    prompt_variables: dict[str, Any] | None = None
    request_metadata: dict[str, str] | None = None
    service_tier: Literal["default", "priority", "flex", "reserved"] | None = None

    def reasoning_parameters(self) -> dict[str, Any]:
        """See ``ModelSettings``; in the shape of Converse."""
        if self.reasoning is None:
            return {}
        from .reasoning import check_sampling, reasoning_fields

        own = self._own_fields()
        effort = self.effort or (self.output_config or {}).get("effort")
        fields: dict[str, Any] = {name: own[name] for name in _REASONING if name in own}
        if not fields:
            betas = own.get("anthropic_beta") or ()
            fields, found = reasoning_fields(self.reasoning, self.model, self.max_tokens, betas)
            check_sampling(fields, {name: getattr(self, name) for name in INFERENCE})
            effort = effort or found
        sent = {"additionalModelRequestFields": fields} if fields else {}
        return {**sent, "outputConfig": {"effort": effort}} if effort else sent

    def _own_fields(self) -> dict[str, Any]:
        """The additional request fields that the user has set."""
        further = self.model_kwargs.get("additionalModelRequestFields") or {}
        return {**(self.additional_model_request_fields or {}), **further}

    def _forces_tools(self) -> bool:
        """Not on models that refuse that, and not beside thinking."""
        mapped = self.reasoning_parameters().get("additionalModelRequestFields", {})
        fields = {**mapped, **self._own_fields()}
        thinking = fields.get("thinking") or fields.get("reasoning_config") or {}
        if isinstance(thinking, dict) and thinking.get("type", "disabled") != "disabled":
            return False
        return forces_tools(self.model) or forces_one_tool(self.model)

    def __getstate__(self) -> dict[Any, Any]:
        """What is pickled: all but the credentials."""
        state = super().__getstate__()
        return {**state, "__dict__": {**state["__dict__"], "credentials": None}}

    def _cache_marks(self) -> CacheMarks | None:
        from .cache_marks import cache_marks

        return cache_marks(self.model)

    def _server_tools(self) -> ServerToolTable:
        from .server_tools import server_tools

        return server_tools(self.model)

    def _encode(
        self, messages: list[Message], options: CallOptions, *, stream: bool
    ) -> dict[str, Any]:
        settings = {name: getattr(self, name) for name in (*INFERENCE, *_own_settings())}
        if sent := self.reasoning_parameters():
            fields = sent.get("additionalModelRequestFields", {})
            own = self.additional_model_request_fields or {}
            settings["additional_model_request_fields"] = {**fields, **own} or None
            settings["effort"] = sent.get("outputConfig", {}).get("effort")
        return encode_request(
            messages,
            options,
            model=self.model,
            settings=settings,
            model_kwargs=self.model_kwargs,
            stream=stream,
        )

    def batch_jobs(self) -> BatchJobs:
        """See ``WireModel``. Raises ``InvalidParameterError`` for a model with a key.

        Jobs are at the control plane of Bedrock, which ``base_url`` does not name.
        """
        if not self._is_signed():
            return super().batch_jobs()
        from .batch_jobs import BedrockJobs
        from .client import control_address, storage_address
        from .credentials import AWSCredentials

        if self.base_url is not None and not os.environ.get("AWS_ENDPOINT_URL_BEDROCK"):
            raise InvalidParameterError(
                "base_url is where Bedrock answers; its batch jobs are at another address. Leave"
                " base_url out, or name that address in AWS_ENDPOINT_URL_BEDROCK."
            )
        credentials = AWSCredentials(self.credentials, self.aws_profile)
        region = credentials.region(self.region or region_of(self.model))
        return BedrockJobs(region, control_address(region), storage_address(region))

    def _count_tokens(self, body: Mapping[str, Any]) -> Operation[int]:
        from .token_count import count_operation

        return count_operation(body)

    def _profile_names(self) -> tuple[str, ...]:
        return profile_names(self.model)

    def _decoder(self) -> Decoder:
        return ConverseDecoder(self.model)

    def _decoder_for(self, options: CallOptions) -> Decoder:
        return ConverseDecoder(self.model, names_of_tools(options))

    def media_limits(self) -> MediaLimits | None:
        """See ``WireModel``."""
        from .media_limits import LIMITS

        return LIMITS

    def _make_transport(self) -> Transport:
        from .client import KeyTransport, SignedTransport
        from .credentials import AWSCredentials

        _, given = self.address_source()
        region = check_region(self.region) if self.region else None
        if self.api_key is not None and self._has_credentials():
            raise InvalidParameterError(
                "api_key excludes aws_profile and credentials: a request has a key or a signature."
            )
        credentials = AWSCredentials(self.credentials, self.aws_profile)
        if self._is_signed():
            return SignedTransport(
                credentials=credentials,
                given=given or None,
                region=region,
                region_of_jobs=region_of(self.model),
            )
        key = self.get_api_key()
        if not given:
            region = credentials.region(region or region_of(self.model))
        return KeyTransport(api_key=key, given=given or None, region=region or "")

    def _has_credentials(self) -> bool:
        return self.aws_profile is not None or self.credentials is not None

    def _is_signed(self) -> bool:
        """Whether requests are signed, and carry no key."""
        has_key = self.api_key is not None or os.environ.get(KEY_VARIABLE)
        return self.api_key is None and (self._has_credentials() or not has_key)

    def _make_client_transport(self) -> Transport:
        raise InvalidParameterError(
            "ChatBedrock takes no client= of boto3: it has no public way to the bytes of an answer."
            " Its session does as well: credentials=boto3.Session(...), region=..., base_url=..."
        )

    def _error_from_response(
        self, status: int, headers: Mapping[str, str], body: bytes
    ) -> APIError:
        return error_from_response(status, headers, body)


@cache
def _own_settings() -> tuple[str, ...]:
    own = [name for name in ChatBedrock.model_fields if name not in WireModel.model_fields]
    return tuple(name for name in own if name not in _OF_THE_CONNECTION)
