"""The tokens of a request, counted by Bedrock's CountTokens. Pure.

https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_CountTokens.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from chat_core import MalformedResponseError
from chat_core.provider import Operation

from .endpoint import without_geography

__all__ = ["count_operation"]

_COUNTED = ("messages", "system", "toolConfig", "additionalModelRequestFields")
"""The fields of ``ConverseTokensRequest`` in the service model of botocore."""


def count_operation(body: Mapping[str, Any]) -> Operation[int]:
    """What asks for the input tokens of a Converse request with ``body``."""
    counted = {name: body[name] for name in _COUNTED if name in body}
    model = quote(without_geography(body["modelId"]), safe="~")
    return Operation(
        f"model/{model}/count-tokens", _tokens, "POST", {"input": {"converse": counted}}
    )


def _tokens(wire: Any) -> int:
    if not isinstance(wire, dict):
        raise TypeError(f"a JSON {type(wire).__name__}, not an object")
    tokens = wire.get("inputTokens")
    if type(tokens) is not int:
        raise MalformedResponseError("The answer has no number of tokens.", wire=str(wire))
    return tokens
