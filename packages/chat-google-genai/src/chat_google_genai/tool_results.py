"""The result of a tool as ``functionResponse``, and the parts that stand beside it.

Rules (Gemini API reference ``FunctionResponse``; vercel/ai#14369):

- ``response`` is an object: ``{"output": …}`` or ``{"error": …}``. Text that is a JSON object or
  array is sent as that, if Google's ``Struct`` holds it unchanged. Otherwise it stays text: NaN and
  Infinity, whole numbers beyond 2^53, deep nesting, and the key ``$ref``, which Google resolves as
  the name of a part and refuses where there is none.
- From Gemini 3 on some media stand inside the response; all others, and parts in Google's own
  shape, follow the responses.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from chat_core import TextBlock, ToolMessage
from chat_core.provider import MediaBlock, parse_json

from .dialect import Dialect, generation
from .parts import refuse_extras, user_part

__all__ = ["ToolResult", "encode_result"]

Part = dict[str, Any]

_MEDIA_INSIDE = frozenset("image/png image/jpeg image/webp application/pdf text/plain".split())
_LARGEST_WHOLE = 2**53
_DEEPEST = 30


class ToolResult(NamedTuple):
    """``response`` without the name and id of its call, and the parts ``beside`` it."""

    response: Part
    beside: list[Part]


def encode_result(message: ToolMessage, dialect: Dialect, model: str) -> ToolResult:
    """Return the result on Google's wire.

    Raises ``InvalidParameterError`` for a block that cannot be sent.
    """
    inside: list[Part] = []
    beside: list[Part] = []
    for block in message.blocks:
        if isinstance(block, TextBlock):
            refuse_extras(block, dialect, taken=())
            continue
        part = user_part(block, dialect)
        if part is not None:
            fits = isinstance(block, MediaBlock) and _fits_inside(part, model)
            (inside if fits else beside).append(part)
    response: Part = {"response": _response(message)}
    if inside:
        response["parts"] = inside
    return ToolResult(response, beside)


def _fits_inside(part: Part, model: str) -> bool:
    data = part.get("inlineData") or {}
    return generation(model) >= 3 and data.get("mimeType") in _MEDIA_INSIDE


def _response(message: ToolMessage) -> Part:
    key = "error" if message.status == "error" else "output"
    text = message.content
    if text.lstrip()[:1] in ("{", "["):
        try:
            value = parse_json(text)
        except ValueError:
            return {key: text}  # it only looked like JSON
        if _is_struct(value):
            return {key: value}
    return {key: text}


def _is_struct(value: Any) -> bool:
    """Whether Google's ``Struct`` holds ``value`` unchanged."""
    level = [value]
    for _ in range(_DEEPEST):
        if not level:
            return True
        if not all(map(_is_plain, level)):
            return False
        level = [item for each in level for item in _items(each)]
    return False


def _is_plain(value: Any) -> bool:
    if isinstance(value, dict):
        return "$ref" not in value
    if isinstance(value, int | float):
        return abs(value) <= _LARGEST_WHOLE or (isinstance(value, float) and value - value == 0)
    return True


def _items(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
