"""The tokens of a request, counted by Anthropic. Pure.

https://platform.claude.com/docs/en/build-with-claude/token-counting
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chat_core import MalformedResponseError
from chat_core.provider import Operation

from .encode import as_headers
from .errors import error_in_answer

__all__ = ["count_operation"]

_COUNTED = frozenset(
    "billing_policy cache_control compaction context_management mcp_servers messages model"
    " output_config system thinking tool_choice tools".split()
)
"""The parameters of a count, as in ``MessageCountTokensParams`` of Anthropic's SDK."""


def count_operation(body: Mapping[str, Any]) -> Operation[int]:
    """What asks for the input tokens of a Messages request with ``body``."""
    counted = {name: value for name, value in body.items() if name in _COUNTED}
    return Operation("v1/messages/count_tokens", _tokens, "POST", counted, headers=as_headers(body))


def _tokens(wire: Any) -> int:
    if not isinstance(wire, dict):
        raise TypeError(f"a JSON {type(wire).__name__}, not an object")
    tokens = wire.get("input_tokens")
    if type(tokens) is not int:
        if (error := error_in_answer(wire)) is not None:
            raise error
        raise MalformedResponseError("The answer has no number of tokens.", wire=str(wire))
    return tokens
