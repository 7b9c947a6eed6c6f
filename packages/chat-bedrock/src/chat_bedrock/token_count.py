"""The tokens of a request, counted by Bedrock's CountTokens. Pure.

https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_CountTokens.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from chat_core import MalformedResponseError
from chat_core.provider import Operation

__all__ = ["count_operation"]

_COUNTED = ("messages", "system", "toolConfig", "additionalModelRequestFields")
"""The fields of ``ConverseTokensRequest`` in the service model of botocore."""

_GEOGRAPHY = re.compile(r"(us|us-gov|eu|apac|jp|au|ca|global)\.(?=[a-z0-9-]+\.)")
"""How the id of an inference profile begins. CountTokens takes the model behind it alone."""


def count_operation(body: Mapping[str, Any]) -> Operation[int]:
    """What asks for the input tokens of a Converse request with ``body``."""
    counted = {name: body[name] for name in _COUNTED if name in body}
    model = quote(_GEOGRAPHY.sub("", body["modelId"], count=1), safe="~")
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
