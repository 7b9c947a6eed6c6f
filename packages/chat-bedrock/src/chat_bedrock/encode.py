"""Messages, tools and settings into the parameters of Converse.

The body here is what ``client.converse`` of boto3 takes: ``modelId`` stands in it, and travels in
the path. Bytes are base64 text, as in the JSON on the wire.
https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from chat_core import InvalidParameterError

from .cache_marks import check_cache_points
from .encode_tools import encode_tools, to_native_schema
from .encode_turns import encode_turns

if TYPE_CHECKING:
    from chat_core import Message
    from chat_core.provider import CallOptions

__all__ = ["INFERENCE", "encode_request"]

INFERENCE = {
    "max_tokens": "maxTokens",
    "temperature": "temperature",
    "top_p": "topP",
    "stop": "stopSequences",
}
"""Settings that stand in ``inferenceConfig``."""

_MERGED = ("inferenceConfig", "additionalModelRequestFields")
"""Parameters of which ``model_kwargs`` adds fields to those that settings have made."""


def encode_request(
    messages: Sequence[Message],
    options: CallOptions,
    *,
    model: str,
    settings: Mapping[str, Any],
    model_kwargs: Mapping[str, Any],
    stream: bool,
) -> dict[str, Any]:
    """The parameters. ``settings`` are ours that are set, by their own names.

    What a guardrail does in streams is left out where none is asked for.

    Raises ``InvalidRequestError`` for messages, ``InvalidParameterError`` for settings that the API
    cannot take.
    """
    given = {name: value for name, value in settings.items() if value is not None}
    if model_kwargs.get("n") not in (None, 1):
        raise InvalidParameterError(
            f"Bedrock gives one answer to a request; got n={model_kwargs['n']}. For several answers"
            " to one prompt use batch([prompt] * n)."
        )
    system, turns = encode_turns(messages, model=model)
    body: dict[str, Any] = {"modelId": model, "messages": turns}
    if system:
        body["system"] = system
    inference = {wire: given.pop(name) for name, wire in INFERENCE.items() if name in given}
    if inference:
        body["inferenceConfig"] = inference
    body.update(encode_tools(options, model=model, turns=turns))
    check_cache_points(body)
    output = _output_config(given, options)
    if output:
        body["outputConfig"] = output
    if "guardrail_config" in given and not stream:
        config = given["guardrail_config"].items()
        given["guardrail_config"] = {k: v for k, v in config if k != "streamProcessingMode"}
    if "service_tier" in given:
        given["service_tier"] = {"type": given["service_tier"]}
    body.update({_camel_case(name): value for name, value in given.items()})
    for name, value in model_kwargs.items():
        is_merged = name in _MERGED and isinstance(value, dict)
        body[name] = {**body.get(name, {}), **value} if is_merged else value
    return body


def _json(schema: dict[str, Any]) -> str:
    try:
        return json.dumps(schema, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise InvalidParameterError(f"The schema of the answer is not JSON: {error}.") from error


def _output_config(given: dict[str, Any], options: CallOptions) -> dict[str, Any]:
    config: dict[str, Any] = dict(given.pop("output_config", {}))
    effort = given.pop("effort", None)
    if effort is not None:
        config["effort"] = effort
    asked = options.response_schema
    if asked is not None:
        schema: dict[str, Any] = {"schema": _json(to_native_schema(asked.schema))}
        schema["name"] = asked.name
        if asked.description:
            schema["description"] = asked.description
        config["textFormat"] = {"type": "json_schema", "structure": {"jsonSchema": schema}}
    elif options.json_mode:
        raise InvalidParameterError(
            "Bedrock has no JSON mode; use with_structured_output(schema) with"
            " method='function_calling' or 'json_schema'."
        )
    return config


def _camel_case(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(map(str.capitalize, rest))
