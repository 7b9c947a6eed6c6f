"""Other spellings of an answer: one object in the place of a list, text in the place of an object.

Servers that imitate Google's API write ``parts`` and ``candidates`` as one object, the arguments
of a call as JSON text, names with underscores (``function_call``), and counts as text.
"""

from __future__ import annotations

from typing import Any

from chat_core.provider import parse_arguments

__all__ = ["count", "entries", "part_as_google", "parts_of"]

Wire = dict[str, Any]

_NAMES = {
    "code_execution_result": "codeExecutionResult",
    "executable_code": "executableCode",
    "file_data": "fileData",
    "file_uri": "fileUri",
    "function_call": "functionCall",
    "inline_data": "inlineData",
    "mime_type": "mimeType",
    "thought_signature": "thoughtSignature",
}
_MEDIA = ("inlineData", "fileData")


def entries(value: Any) -> list[Wire]:
    """The objects in a list; an object in the place of the list is a list of one."""
    if isinstance(value, dict):
        return [value]
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def parts_of(candidate: Wire) -> list[Wire]:
    """The parts of a candidate's content; an empty object for each that is ``null``."""
    content = candidate.get("content")
    parts = content.get("parts") if isinstance(content, dict) else content
    each = parts if isinstance(parts, list) else [parts] if parts else []
    return [{"text": part} if isinstance(part, str) else part or {} for part in each]


def part_as_google(part: Wire) -> Wire:
    """``part`` with Google's names and without fields that are ``null``."""
    part = {_NAMES.get(name, name): value for name, value in part.items() if value is not None}
    for name in _MEDIA:
        if isinstance(part.get(name), dict):
            part[name] = {_NAMES.get(key, key): value for key, value in part[name].items()}
    if isinstance(part.get("thought"), str):
        part = {"text": part["thought"], **part, "thought": True}
    call = part.get("functionCall")
    if isinstance(call, dict) and isinstance(call.get("args"), str):
        part["functionCall"] = {**call, "args": _arguments(call["args"])}
    return part


def count(value: Any) -> int | None:
    """A count of tokens or an offset; ``None`` for what is none."""
    if isinstance(value, str) and value.isdecimal() and len(value) < 20:
        return int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, int) and value >= 0 else None


def _arguments(text: str) -> Any:
    """The object that ``text`` is; ``text`` itself, an invalid call, where it is none."""
    try:
        return parse_arguments(text)
    except ValueError:
        return text
